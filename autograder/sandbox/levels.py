"""How strongly student code is held here: the levels, which of them this machine offers, and which one is taken.

In: what is required and asked for. Out: a level; never less than required.
A level counts as available when code has really run in it and was refused what the level must refuse.
Covers: Linux as root, as a user, in containers with and without namespaces.
Does not: know a third, weaker level. Where neither works, one grades in the container of autograder/Dockerfile.
"""

import enum
import functools
import sys

from autograder.errors import GradingError, SandboxError
from autograder.sandbox.client import WorkerFactory, WorkerGone
from autograder.sandbox.zygote import Zygote
from autograder.spec import Limits


class Level(enum.StrEnum):
    """How a student's process is held, strongest first."""

    NAMESPACES = "namespaces"
    """A private root, and namespaces for processes, network, memory and names; seccomp and limits."""
    LANDLOCK = "landlock"
    """Landlock and seccomp and limits: for containers that may not make namespaces."""


PROBE = """
import os, socket, threading
def refused(what, *arguments):
    try:
        what(*arguments)
    except OSError:
        return True
    return False
def probe(secret):
    thread = threading.Thread(target=int)
    thread.start()
    thread.join()
    with open("kept", "w") as file:
        file.write("x")
    return [refused(open, secret), refused(os.fork), refused(socket.socket), refused(os.kill, os.getppid(), 0),
            refused(open, "/new", "w"), refused(os.listdir, os.path.dirname(secret))]
"""
SECONDS = 30.0


def available() -> list[Level]:
    """The levels that work here, strongest first; tried once a process."""
    return [level for level in Level if not trouble(level)]


@functools.cache
def trouble(level: Level) -> str:
    """Why a level does not work here; nothing if it does."""
    if sys.platform != "linux":
        return f"it needs Linux, this is {sys.platform}"
    try:
        with Zygote(level, (), ()) as zygote:
            worker = WorkerFactory(zygote.channels[0]).start([("probe", PROBE)], [], Limits(), SECONDS)
            reply = worker.call("probe", [__file__], {}, SECONDS)
            worker.close()
    except (SandboxError, WorkerGone, OSError) as error:
        return str(error).split("\n")[0]
    return "" if reply.value == [True] * 6 else f"it does not hold: {reply.value or reply.error}"


def choose(require: Level | None = None, asked: Level | None = None) -> Level:
    """The level to grade at: the one that is asked for, else the strongest.

    Raises:
        GradingError: it does not work here, or it is weaker than required.
    """
    found = available()
    if asked is not None and asked not in found:
        raise GradingError(f"isolation {asked.value!r} does not work here: {trouble(asked)}.", _remedy(found))
    if not found:
        reasons = "; ".join(f"{level.value}: {trouble(level)}" for level in Level)
        raise GradingError(f"student code cannot be held on this machine ({reasons}).", _remedy(found))
    chosen = asked or found[0]
    if require is not None and list(Level).index(chosen) > list(Level).index(require):
        raise GradingError(f"isolation {chosen.value!r} is weaker than the required {require.value!r}.", _remedy(found))
    return chosen


def _remedy(found: list[Level]) -> str:
    works = ", ".join(level.value for level in found)
    start = f"Here works: {works}. For more, grade" if works else "Grade"
    return f"{start} in a Linux container: autograder/Dockerfile says how."

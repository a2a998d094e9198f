"""Many runs on this machine, each in a process of its own, some side by side.

In: orders, how many go on at once, with how many threads each. Out: how each of them ended.
One that fails or is killed does not touch the others. Stopped (Ctrl-C), all processes are told to stop and waited for;
a process whose parent has died stops by itself.
Does not: know what a run is, or read what it left.
"""

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple, Protocol

import driftlab
from driftlab.one_run import GRACE, Order

PROGRAM = ("-P", "-m", "driftlab.one_run")
"""What a process runs; -P: a user's folder with a file random.py must not stand in for Python's own."""
LAST_WORDS = 2_000
"""Characters of what a process wrote to stderr before it ended without a word."""
THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS")
LISTENING_SECONDS = 0.5
How = Literal["finished", "failed", "bug", "killed"]
AGAIN = "The same command goes on with it where it was."


class Ending(NamedTuple):
    """How a run ended; where it is not finished, why and what to do."""

    order: Order
    how: How
    problem: str = ""
    remedy: str = ""


class Watcher(Protocol):
    """Somewhere to tell how far many runs are, each by its name."""

    def began(self, name: str) -> None:
        """A run has begun."""

    def heard(self, name: str, event: dict[str, Any]) -> None:
        """A run has said how far it is: a `stage`, or `done` of `total` with a `note`, or something to `say`."""

    def ended(self, name: str, how: str) -> None:
        """A run has ended."""


def run_here(orders: Sequence[Order], jobs: int, threads: int, watcher: Watcher) -> list[Ending]:
    """Make all runs, at most `jobs` at once; how they ended, in the order of the orders."""
    waiting, running = deque(orders), list[Child]()
    heard: queue.Queue[tuple[Child, dict[str, Any] | None]] = queue.Queue()
    endings: dict[str, Ending] = {}
    try:
        while waiting or running:
            while waiting and len(running) < jobs:
                child = Child(waiting.popleft(), threads, lambda who, event: heard.put((who, event)))
                running.append(child)
                watcher.began(child.order.name)
            try:
                child, event = heard.get(timeout=LISTENING_SECONDS)  # with a limit, so that Ctrl-C comes through
            except queue.Empty:
                continue
            if event is not None:
                watcher.heard(child.order.name, event)
                continue
            running.remove(child)
            ending = endings[child.order.name] = child.ending()
            watcher.ended(ending.order.name, ending.how)
    finally:
        stop(running)
    return [endings[order.name] for order in orders]


def run_one(order: Order, threads: int, keep_on: Callable[[], bool]) -> Ending:
    """Make one run, and look now and then whether it is still wanted."""
    child = Child(order, threads, lambda *_: None)
    try:
        while child.process.poll() is None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.process.wait(LISTENING_SECONDS)
            if not keep_on():
                break
    finally:
        stop([child])
    return child.ending()


class Child:
    """A process with a run. `tell` is called in a thread, for each event and with None when it has ended."""

    def __init__(self, order: Order, threads: int, tell: Callable[["Child", dict[str, Any] | None], None]) -> None:
        self.order = order
        self._last: dict[str, Any] = {}
        self._ending: Ending | None = None
        self._errors = tempfile.TemporaryFile()  # closed in `ending`
        self.process = subprocess.Popen(  # noqa: S603  our own module, by the same Python
            [sys.executable, *PROGRAM],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            env=_environment(threads),
            cwd=order.place,
            # Ctrl-C in a terminal goes to a whole group: a run of our own group would stop before it is told to
            **_own_group(),
        )
        self._tell = tell
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()
        with contextlib.suppress(OSError):  # it has ended already: `ending` says how
            self._stdin.write((order.to_text() + "\n").encode())
            self._stdin.flush()

    @property
    def _stdin(self) -> Any:
        return self.process.stdin

    @property
    def _stdout(self) -> Any:
        return self.process.stdout

    def ask_to_stop(self) -> None:
        """Close its stdin, which it takes for an order to stop."""
        with contextlib.suppress(OSError):
            self._stdin.close()

    def ending(self) -> Ending:
        """How it ended, once it has; nothing of it is open afterwards."""
        if self._ending is None:
            code = self.process.wait()
            self._listener.join()
            self.ask_to_stop()
            with self._errors:
                self._errors.seek(0)
                words = self._errors.read().decode(errors="replace")[-LAST_WORDS:].strip()
            self._ending = self._ended(code, words)
        return self._ending

    def _ended(self, code: int, words: str) -> Ending:
        end = self._last.get("end")
        if end == "finished":
            return Ending(self.order, "finished")
        if end == "failed":
            return Ending(self.order, "failed", self._last["problem"], self._last["remedy"])
        if end == "bug":
            return Ending(self.order, "bug", self._last["problem"], self._last["trace"])
        if code < 0 or end == "interrupted":
            return Ending(self.order, "killed", _killed_by(code), AGAIN)
        return Ending(self.order, "bug", f"its process ended with exit code {code}.", words)

    def _listen(self) -> None:
        with self._stdout:
            for line in self._stdout:
                try:
                    event = json.loads(line)
                except ValueError:
                    continue  # it was killed within a line
                if "end" in event:
                    self._last = event
                else:
                    self._tell(self, event)
        self.process.wait()
        self._tell(self, None)


def stop(children: Sequence[Child]) -> None:
    """See that these processes have ended when this returns: first they are asked, then they are killed."""
    for child in children:
        child.ask_to_stop()
    until = time.monotonic() + GRACE + LISTENING_SECONDS
    try:
        for child in children:
            child.process.wait(max(0.1, until - time.monotonic()))
    except (subprocess.TimeoutExpired, KeyboardInterrupt):
        pass  # asked long enough, or Ctrl-C once more
    finally:
        for child in children:
            child.process.kill()
            child.ending()


def _environment(threads: int) -> dict[str, str]:
    """Ours, with a share of the cores; who has asked for fewer threads gets fewer."""
    shares = {}
    for name in THREADS:
        given = os.environ.get(name, "")
        shares[name] = str(min(threads, int(given)) if given.isdecimal() and int(given) else threads)
    ours = str(Path(driftlab.__file__).resolve().parents[1])
    path = os.pathsep.join(filter(None, [ours, os.environ.get("PYTHONPATH")]))
    return {**os.environ, **shares, "PYTHONPATH": path}


def _own_group() -> dict[str, Any]:
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
    return {"start_new_session": True}


def _killed_by(code: int) -> str:
    if code >= 0:
        return "it was interrupted."
    name = signal.Signals(-code).name if -code in {each.value for each in signal.Signals} else str(-code)
    hint = " A system that is short of memory does that: fewer --jobs need less." if name == "SIGKILL" else ""
    return f"its process was killed ({name}).{hint}"

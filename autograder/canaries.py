"""What attacks must not reach: canaries, a witness, the process table, the places where they leave their marks.

In: nothing. Out: a scene for one run of the battery, laid out in a temporary folder; afterwards, what in it was read,
changed, signalled or left running.
Does not: know which attack did it, or how attacks are graded.
"""

import ctypes
import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder.attacks import BATTERY, ROOT, Ground
from autograder.spec import Course

GONE_SECONDS = 3.0
"""Until a process that was killed must be out of the process table."""
PR_SET_CHILD_SUBREAPER = 36
VARIABLE = "DRIFTLAB_CANARY"
KEPT = ("gradebook.db", "salt", "canaries", "canaries/canary", "canaries/empty")
"""Below the scene's folder: what must be afterwards as it was."""
State = tuple[int, int, int, bytes]


@dataclass(frozen=True, slots=True)
class Scene:
    """Where one run takes place."""

    ground: Ground
    course: Course
    witness: "subprocess.Popen[bytes]"
    states: dict[str, State]
    """Of all that is kept, before the first attack."""


@contextmanager
def laid_out() -> Iterator[Scene]:
    """A folder with canaries, a course whose hidden checks hold a token, an environment that does, and the witness."""
    token, mark, key = f"canary-{secrets.token_hex(8)}", secrets.token_hex(4), secrets.randbelow(2**30) + 1
    root = Path(tempfile.mkdtemp(prefix="driftlab-self-check-"))
    try:
        course = _course(root, token)
        (root / "canaries").mkdir()
        for name in ("gradebook.db", "salt", "canaries/canary"):
            (root / name).write_text(f"{token}-file\n", encoding="utf-8")
        (root / "canaries" / "empty").touch()
        os.environ[VARIABLE] = f"{token}-environment"
        with _witness(root, mark, token, key) as (witness, port):
            ground = Ground(root, mark, token, port, witness.pid, os.getpid(), key)
            yield Scene(ground, course, witness, _states(root))
    finally:
        os.environ.pop(VARIABLE, None)
        shutil.rmtree(root)
        (Path("/dev/shm") / f"driftlab-{mark}").unlink(missing_ok=True)  # noqa: S108  the witness's, if it was killed


def _course(root: Path, token: str) -> Course:
    """The battery's labs, copied, with the token in every hidden check."""
    course = Course(root / "course" / "specs", root / "course" / "checks")
    shutil.copytree(BATTERY / "lab" / "specs", course.specs)
    shutil.copytree(BATTERY / "lab" / "checks", course.checks, ignore=shutil.ignore_patterns("__pycache__"))
    for path in course.checks.glob("*/hidden/test_*.py"):
        path.write_text(path.read_text(encoding="utf-8").replace("@CANARY@", f"{token}-check"), encoding="utf-8")
    return course


@contextmanager
def _witness(root: Path, mark: str, token: str, key: int) -> Iterator[tuple["subprocess.Popen[bytes]", int]]:
    """The process that attacks try to reach, and a port that it listens on."""
    script = BATTERY / "lab" / "witness.py"
    witness = subprocess.Popen(  # noqa: S603  our own file
        [sys.executable, "-I", str(script), str(root), mark, token, str(key)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    with witness:  # leaving it closes stdin, and so ends the witness
        assert witness.stdout is not None  # noqa: S101  Popen made it
        yield witness, json.loads(witness.stdout.readline())["port"]


def _states(root: Path) -> dict[str, State]:
    return {name: _state(root / name) for name in KEPT}


def _state(path: Path) -> State:
    try:
        found = path.lstat()
        content = " ".join(sorted(os.listdir(path))).encode() if path.is_dir() else path.read_bytes()
    except OSError:
        return 0, 0, 0, b"gone"
    return found.st_mode, found.st_uid, found.st_mtime_ns, content


def changed(scene: Scene) -> list[str]:
    """What attacks reached outside of their sandbox. Files that they left are removed."""
    failed = []
    if scene.witness.poll() is not None:
        failed.append(f"the witness was ended: {scene.witness.returncode}")
    if log := (scene.ground.root / "witness.log").read_text(encoding="utf-8"):
        failed.append(f"the witness was reached: {sorted(set(log.splitlines()))}")
    now = _states(scene.ground.root)
    failed += [f"{name} is not as it was" for name in KEPT if now[name] != scene.states[name]]
    for place in _places():
        for path in place.glob(f"driftlab-attack-{scene.ground.mark}*"):
            failed.append(f"an attack wrote {path}")
            path.unlink()
    return failed


def _places() -> Iterator[Path]:
    """Folders that attacks try to write to, or that look like it."""
    yield from (
        ROOT,
        ROOT / "autograder",
        ROOT / "autograder" / "__pycache__",
        Path.home(),
        Path(tempfile.gettempdir()),
    )
    yield from map(Path, ("/", "/etc", "/run", "/tmp", "/var/tmp", "/dev/shm", "/usr/local/bin"))  # noqa: S108
    yield from (Path(folder) for folder in sys.path if folder and Path(folder).is_dir())
    yield Path(json.__file__).parent


@contextmanager
def left_behind() -> Iterator[Callable[[], list[str]]]:
    """While this lasts, orphans of our children become ours; the function that it gives says which still run."""
    import psutil

    us = psutil.Process()
    before = {process.pid for process in us.children(recursive=True)}
    libc = ctypes.CDLL(None)
    libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)

    def left() -> list[str]:
        until = time.monotonic() + GONE_SECONDS
        while True:
            found = [
                process for process in us.children(recursive=True) if process.pid not in before and _lives(process)
            ]
            if not found or time.monotonic() > until:
                return [f"process {process.pid} is left: {_named(process)}" for process in found]
            time.sleep(0.05)

    try:
        yield left
    finally:
        libc.prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)


def _lives(process: Any) -> bool:
    """Whether a process is there and is no orphan that only waits to be taken note of; such a one is, here."""
    import psutil

    try:
        if process.status() != psutil.STATUS_ZOMBIE:
            return True
        os.waitpid(process.pid, os.WNOHANG)
    except (psutil.Error, ChildProcessError):
        pass
    return False


def _named(process: Any) -> str:
    import psutil

    try:
        return " ".join(process.cmdline())[:200] or str(process.name())
    except psutil.Error:
        return "it has just ended"

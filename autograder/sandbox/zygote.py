"""Starting the zygote, and ending it: a process of its own that has imported a lab's libraries and knows nothing else.

In: a level, modules to import, modules of ours that may be read. Out: a socket for each judge.
Covers: a clean environment and argument list, no descriptor but its own, a new session; it ends with this process.
Does not: choose a level (`levels`), or speak with student code (`client`).
"""

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Self

from autograder.errors import SandboxError
from autograder.sandbox import visible
from autograder.worker.orders import Settings

ENVIRONMENT = {
    "PATH": "/usr/bin:/bin",
    "HOME": "/tmp",  # noqa: S108  the sandbox's own
    "USER": "student",
    "LC_ALL": "C.UTF-8",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "HF_HUB_OFFLINE": "1",
    "CUDA_VISIBLE_DEVICES": "",
    "TOKENIZERS_PARALLELISM": "false",
    "TORCHDYNAMO_DISABLE": "1",
    "PYTHONWARNINGS": "ignore",
    "PYTHONDONTWRITEBYTECODE": "1",
}
PROGRAM = "import sys; sys.path.insert(0, sys.argv[2]); from autograder.worker.zygote import main; main(sys.argv[1])"
START_SECONDS = 180.0
"""For its imports on a cold disk."""
END_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Ready:
    """What the zygote said when it was ready."""

    seconds: float
    resident: int
    """Bytes in memory."""
    threads: int


class Zygote:
    """The process, as a context. `channels` are there from entering on; one judge each, also in another process."""

    def __init__(self, level: str, preload: Sequence[str], readable: Sequence[str], channels: int = 1) -> None:
        self.level = level
        self.channels: list[socket.socket] = []
        self.ready: Ready | None = None
        self._preload, self._readable, self._count = tuple(preload), tuple(readable), channels
        self._process: subprocess.Popen[bytes] | None = None
        self._lifeline: socket.socket | None = None
        self._base = ""

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def pid(self) -> int:
        """Of the process that was started; the zygote itself is its child."""
        return 0 if self._process is None else self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it still runs; a moment after its end this may still say so."""
        return self._process is not None and self._process.poll() is None

    def close(self) -> None:
        """End the zygote and all that it started. Calling it again does nothing."""
        for end in (*self.channels, self._lifeline):
            if end is not None:
                end.close()
        self._lifeline = None
        if self._process is not None and self._process.poll() is None:
            try:
                self._process.wait(END_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        if self._base:
            shutil.rmtree(self._base, ignore_errors=True)

    def _start(self) -> None:
        shown = tuple(visible.paths(self._readable))
        pairs = [socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET) for _ in range(self._count)]
        self.channels = [here for here, _ in pairs]
        self._lifeline, far = socket.socketpair()
        theirs = [there for _, there in pairs]
        if self.level == "landlock":
            self._base = tempfile.mkdtemp(prefix="autograder-")
            Path(self._base).chmod(0o711)  # each student's folder in it is that student's alone
        settings = Settings(
            self.level,
            self._preload,
            self._readable,
            shown,
            str(visible.ROOT),
            self._base,
            tuple(end.fileno() for end in theirs),
            far.fileno(),
        )
        with tempfile.TemporaryFile() as errors:
            try:
                self._process = _execute(settings, [*theirs, far], errors)
            finally:
                for end in (*theirs, far):
                    end.close()
            self.ready = self._wait(self._lifeline, errors)

    def _wait(self, lifeline: socket.socket, errors: IO[bytes]) -> Ready:
        lifeline.settimeout(START_SECONDS)
        with contextlib.suppress(OSError), lifeline.makefile("rb") as stream:
            line = stream.readline()
            if line:
                row = json.loads(line)
                return Ready(row["seconds"], row["resident"], row["threads"])
        errors.seek(0)
        last = errors.read().decode(errors="replace").strip().splitlines()[-3:]
        raise SandboxError(
            f"the zygote did not start at level {str(self.level)!r}: {' / '.join(last) or 'no message'}",
            "Look whether the course's environment is complete (./lab driftlab doctor), and run: autograder self-check",
        )


def _execute(settings: Settings, ends: Sequence[socket.socket], errors: IO[bytes]) -> subprocess.Popen[bytes]:
    flags = ["-I", "-B", "-W", "ignore"]
    return subprocess.Popen(  # noqa: S603  our own interpreter and program
        [sys.executable, *flags, "-c", PROGRAM, settings.dumps(), settings.root],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=errors,
        env=ENVIRONMENT,
        cwd=os.sep,
        pass_fds=[end.fileno() for end in ends],
        start_new_session=True,
    )

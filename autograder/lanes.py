"""The machinery of a grading run: one zygote for all, one judge process a lane, restarted when they are lost.

In: how many lanes, and the isolation level. Out: for each submission, what its judge said.
Does not: know what a submission is worth, or run student code: the zygote's children do.
"""

import json
import os
import select
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from autograder.errors import SandboxError
from autograder.sandbox.levels import Level
from autograder.sandbox.zygote import Zygote
from autograder.spec import Course, LabSpec

SLACK_SECONDS = 60.0
"""What a judge may take beyond a submission's own time before it counts as lost."""
SUBMISSIONS_A_JUDGE = 200
"""Then it is replaced, so that nothing can grow over a long night."""
ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True)
class Job:
    """A submission's cells, and the seed of its inputs."""

    cells: tuple[tuple[str, str], ...]
    seed: bytes


class Machinery:
    """A zygote with one channel a lane; a context. A lane that finds it dead asks for a new one."""

    def __init__(self, level: Level, spec: LabSpec, lanes: int) -> None:
        self._level, self._spec, self._lanes = level, spec, lanes
        self._lock = threading.Lock()
        self._zygote: Zygote | None = None
        self.generation = 0

    def __enter__(self) -> Self:
        self._start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._lock:
            self._stop()

    def _start(self) -> None:
        zygote = Zygote(self._level, self._spec.preload, self._spec.readable, channels=self._lanes)
        zygote.__enter__()
        self._zygote = zygote

    def _stop(self) -> None:
        if self._zygote is not None:
            self._zygote.__exit__(None, None, None)
            self._zygote = None

    def channel(self, lane: int) -> tuple[int, int]:
        """The lane's descriptor to the zygote, and which zygote that is."""
        with self._lock:
            if self._zygote is None:
                raise SandboxError("the zygote is not running.", "Grade again; what was finished is kept.")
            return self._zygote.channels[lane].fileno(), self.generation

    def renew(self, generation: int) -> None:
        """Replace the zygote if it is dead, unless somebody already has since that generation.

        One that lives is kept: other lanes' submissions are at work in it.
        """
        with self._lock:
            if generation == self.generation and (self._zygote is None or not self._zygote.alive):
                self._stop()
                self._start()
                self.generation += 1


class Lane:
    """One judge process at a time, for one thread."""

    def __init__(self, number: int, machinery: Machinery, course: Course, spec: LabSpec) -> None:
        self._number, self._machinery, self._course, self._spec = number, machinery, course, spec
        self._judge: subprocess.Popen[bytes] | None = None
        self._said: IO[bytes] | None = None
        self._generation = -1
        self._done = 0

    def grade(self, job: Job) -> dict[str, Any]:
        """What the judge said about one submission; a lost judge or zygote is replaced once.

        Raises:
            SandboxError: it was lost twice, or says so itself.
        """
        try:
            return self._ask(job)
        except SandboxError:
            self.close()
            self._machinery.renew(self._generation)
            return self._ask(job)

    def _ask(self, job: Job) -> dict[str, Any]:
        judge = self._running()
        line = json.dumps({"cells": job.cells, "seed": job.seed.hex()}) + "\n"
        try:
            assert judge.stdin is not None  # noqa: S101  Popen made it
            judge.stdin.write(line.encode())
            judge.stdin.flush()
        except OSError as error:
            raise self._lost(judge, "went away") from error
        row = json.loads(self._answer(judge))
        self._done += 1
        broken = [check for check in row["checks"] if check["outcome"] == "sandbox error"]
        if broken:
            raise SandboxError(f"{broken[0]['check']}: {broken[0]['said']}", "Grade again; tell us if it stays.")
        return row  # type: ignore[no-any-return]

    def _answer(self, judge: subprocess.Popen[bytes]) -> bytes:
        """The judge's next line, within its time."""
        assert judge.stdout is not None  # noqa: S101
        ready, _, _ = select.select([judge.stdout], [], [], self._spec.limits.submission_seconds * 2 + SLACK_SECONDS)
        line = judge.stdout.readline() if ready else b""
        if not line.endswith(b"\n"):
            raise self._lost(judge, "ended early" if ready else "did not answer in time")
        return line

    def _running(self) -> subprocess.Popen[bytes]:
        if self._judge is not None and self._done >= SUBMISSIONS_A_JUDGE:
            self.close()
        if self._judge is None:
            channel, self._generation = self._machinery.channel(self._number)
            self._said = tempfile.TemporaryFile()  # not a pipe: nobody reads it while a judge runs
            self._judge = subprocess.Popen(  # noqa: S603  our own module
                [
                    sys.executable, "-m", "autograder.judging", "--lab", self._spec.lab, "--channel", str(channel),
                    "--specs", str(self._course.specs), "--checks", str(self._course.checks),
                ],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._said,
                pass_fds=[channel], env=judge_environment(), cwd=ROOT,
            )  # fmt: skip
            self._done = 0
        return self._judge

    def _lost(self, judge: subprocess.Popen[bytes], how: str) -> SandboxError:
        tail = self._end(judge).decode(errors="replace").strip()[-300:]
        return SandboxError(f"the judge {how}. {tail}".strip(), "Grade again; tell us if it stays.")

    def close(self) -> None:
        """End the judge."""
        if self._judge is not None:
            self._end(self._judge)  # between submissions it holds nothing

    def _end(self, judge: subprocess.Popen[bytes]) -> bytes:
        """Kill the judge; what it said on stderr."""
        judge.kill()
        judge.communicate()
        said, self._judge, self._said = self._said, None, None
        if said is None:
            return b""
        with said:
            said.seek(0)
            return said.read()


def judge_environment() -> dict[str, str]:
    """What a judge needs of the environment, and nothing that could change its checks."""
    keep = {key: value for key, value in os.environ.items() if key in ("PATH", "HOME", "SYSTEMROOT", "LD_LIBRARY_PATH")}
    return {**keep, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "LC_ALL": "C.UTF-8", "PYTHONPATH": str(ROOT)}

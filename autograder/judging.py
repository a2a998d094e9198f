"""A judge: one trusted process that runs a lab's checks over submissions, and asks the sandbox for their values.

In: on stdin, a line of JSON with the lab, then one line a submission; a channel to the zygote as an inherited
descriptor. Out: on stdout, one line a submission with its checks. `lanes` starts judges and reads them.
Expected values live here and nowhere near student code, which runs in workers of the sandbox.
Does not: read uploads, write scores, or import anything that student code could have changed.
"""

import argparse
import json
import socket
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, TextIO

from autograder.calling import NotAttemptedError, OutOfMemoryError, StudentError, TimedOutError, raised
from autograder.checking import Subject, run_session
from autograder.errors import GradingError, SandboxError
from autograder.outcomes import CheckResult
from autograder.sandbox.client import Reply, Worker, WorkerFactory, WorkerGone
from autograder.spec import Course, LabSpec

Cells = Sequence[tuple[str, str]]


class Sandboxed:
    """Calls functions of a submission in a worker; one that is gone is replaced for the next call."""

    def __init__(self, factory: WorkerFactory, cells: Cells, given: Sequence[str], spec: LabSpec) -> None:
        self._factory, self._cells, self._given, self._limits = factory, cells, given, spec.limits
        self._deadline: float | None = None
        self._worker: Worker | None = None
        self._unloadable: WorkerGone | None = None
        self.notes: tuple[str, ...] = ()

    def call(self, function: str, /, *args: Any, **kwargs: Any) -> Any:
        """What the function returned; see `calling.Caller`."""
        try:
            worker = self._started()
        except WorkerGone as gone:
            raise explained("Running your cells", gone) from gone
        try:
            reply = worker.call(function, list(args), kwargs, self._seconds(self._limits.call_seconds))
        except WorkerGone as gone:
            self._worker = None
            raise explained(function, gone) from gone
        return result_of(function, reply)

    def _started(self) -> Worker:
        """The worker, with the submission's cells executed; what ends it while loading ends it for every call."""
        if self._unloadable is not None:
            raise self._unloadable
        if self._worker is None:
            seconds = self._seconds(self._limits.submission_seconds)
            try:
                self._worker = self._factory.start(self._cells, self._given, self._limits, seconds)
            except WorkerGone as gone:
                self._unloadable = gone
                raise
            self.notes = self._worker.loaded.notes
        return self._worker

    def _seconds(self, wanted: float) -> float:
        """What is left for the next step, at most `wanted`.

        Raises:
            TimedOutError: the submission has used up its time.
        """
        now = time.monotonic()
        if self._deadline is None:
            self._deadline = now + self._limits.submission_seconds
        if now >= self._deadline:
            raise TimedOutError(f"The whole submission may take {self._limits.submission_seconds:g} s; it took longer.")
        return min(wanted, self._deadline - now)

    def close(self) -> None:
        """End the worker, if there is one."""
        if self._worker is not None:
            self._worker.close()
            self._worker = None


def explained(what: str, gone: WorkerGone) -> Exception:
    """How the end of a worker reads to the learner; `what` is the function, or the loading of the cells."""
    if gone.reason == "timeout":
        return TimedOutError(f"{what} did not return in time. {gone.detail}".strip())
    if gone.reason == "memory":
        return OutOfMemoryError(f"{what} wanted more memory than there is. {gone.detail}".strip())
    words = {
        "exited": "ended its own process",
        "killed": "was ended by the system",
        "bad reply": "answered with something that is no value",
        "too much output": "returned more than a value may hold",
    }
    return StudentError(f"{what} {words.get(gone.reason, gone.reason)}. {gone.detail}".strip())


def result_of(function: str, reply: Reply) -> Any:
    """The value in a reply.

    Raises:
        CallError: there is none.
    """
    if reply.missing:
        raise NotAttemptedError(f"There is no function {function} yet.")
    if reply.error is None:
        return reply.value
    if reply.error.not_attempted:
        raise NotAttemptedError(f"{function} is not written yet.")
    if reply.error.type == "MemoryError":
        raise OutOfMemoryError(f"{function} ran out of memory.")
    raise StudentError(raised(function, reply.error.type, reply.error.message, reply.error.where))


class Judge:
    """Reads submissions, runs the checks, writes results."""

    def __init__(self, factory: WorkerFactory, course: Course, spec: LabSpec, lines: TextIO, answers: TextIO) -> None:
        self._factory, self._course, self._spec = factory, course, spec
        self._lines, self._answers = lines, answers

    def run(self) -> None:
        """Until stdin ends."""
        run_session(self._course.check_files(self._spec.lab, hidden=True), self._subjects())

    def _subjects(self) -> Iterator[Subject]:
        room = [("clean_room.py", self._course.clean_room_source(self._spec.lab))]
        for line in self._lines:
            job = json.loads(line)
            cells = [(origin, source) for origin, source in job["cells"]]
            submission = Sandboxed(self._factory, cells, self._spec.given, self._spec)
            clean_room = Sandboxed(self._factory, room, (), self._spec)
            found: list[CheckResult] = []
            yield Subject(submission, clean_room, bytes.fromhex(job["seed"]), None, found.extend)
            submission.close()
            clean_room.close()
            self._say({"checks": [asdict(check) for check in found], "notes": list(submission.notes)})

    def _say(self, row: dict[str, Any]) -> None:
        self._answers.write(json.dumps(row) + "\n")
        self._answers.flush()


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve one lane until stdin ends: 0, or 3 where our own machinery failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("--lab", "--specs", "--checks", "--channel"):
        parser.add_argument(name, required=True)
    given = parser.parse_args(arguments)
    course = Course(Path(given.specs), Path(given.checks))
    # Nobody but us may write to the pipe of results: what libraries print goes to stderr.
    answers, sys.stdout = sys.stdout, sys.stderr
    try:
        with socket.socket(fileno=int(given.channel)) as channel:
            Judge(WorkerFactory(channel), course, course.spec(given.lab), sys.stdin, answers).run()
    except (GradingError, SandboxError) as error:
        sys.stderr.write(f"{error}\n")
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main())

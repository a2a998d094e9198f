"""Grading a class: from a folder or a zip of uploads to a line of results a submission, as they come.

In: PATH with the uploads, a lab, the instructor's salt. Out: `scores.jsonl` in the given folder, and a `Summary`.
What was graded before with the same submission, checks, environment, isolation and salt is kept: a killed run goes on.
A student's crash, timeout or unreadable upload is 0 with its reason; a failure of ours is no score.
Does not: run student code or read a notebook itself, or know how a gradebook or a page looks.
"""

import hashlib
import importlib.metadata
import os
import platform
import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder import salt as salts
from autograder.errors import GradingError, SandboxError, SubmissionError
from autograder.lanes import Job, Lane, Machinery
from autograder.outcomes import CheckResult, Outcome, SubmissionResult, TaskResult
from autograder.sandbox import levels
from autograder.sandbox.levels import Level
from autograder.scores import ScoreFile, summary
from autograder.spec import Course, LabSpec
from autograder.submissions import submission as submissions
from autograder.submissions import uploads

PACKAGES = ("torch", "transformers", "peft", "bitsandbytes", "numpy", "pytest")
"""Whose versions are part of what a score was given by, with Python's and driftlab's."""
WORST_LAST = (Outcome.FAILED, Outcome.STUDENT_ERROR, Outcome.TIMEOUT, Outcome.MEMORY, Outcome.NOT_ATTEMPTED)


@dataclass(frozen=True, slots=True)
class Summary:
    """One grading run."""

    lab: str
    results: tuple[SubmissionResult, ...]
    out_of: float
    isolation: Level
    seconds: float
    kept: int
    """Results of an earlier run that still hold."""

    @property
    def has_ungraded(self) -> bool:
        """Whether a failure of ours left somebody without a score."""
        return any(result.ungraded for result in self.results)

    def to_json(self) -> dict[str, Any]:
        """The object of `--json`."""
        return summary(self.results, self.out_of, str(self.isolation), self.seconds)


Report = Callable[[SubmissionResult, int, int], None]
"""Called with each result, how many are done, and how many there are."""


def grade(
    path: Path,
    lab: str,
    out: Path,
    *,
    salt: bytes,
    jobs: int | None = None,
    require: Level | None = None,
    isolation: Level | None = None,
    course: Course | None = None,
    report: Report = lambda result, done, total: None,
) -> Summary:
    """Grade every submission under `path`.

    Raises:
        GradingError: there are no uploads, no such lab, or the machine does not offer the isolation that is required.
        SandboxError: the machinery cannot be started at all.
    """
    began = time.monotonic()
    rules = course or Course()
    spec = rules.spec(lab)
    level = levels.choose(require, isolation)
    found = uploads.find(path, spec)
    if not found:
        raise GradingError(f"{str(path)!r} holds no submissions.", "Give a folder of notebooks or .py files, or a zip.")
    run = _Run(spec, rules, level, salt, ScoreFile(out / "scores.jsonl"), report, len(found))
    run.take(found)
    if run.waiting:
        with Machinery(level, spec, lanes := max(1, min(jobs or os.cpu_count() or 1, len(run.waiting)))) as machinery:
            run.work([Lane(number, machinery, rules, spec) for number in range(lanes)])
    results = tuple(run.results[upload.student] for upload in found)
    return Summary(lab, results, spec.out_of, level, time.monotonic() - began, run.kept)


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A submission that can be read and is not graded yet; its text is read again when its turn comes."""

    upload: uploads.Upload
    provenance: dict[str, str]


class _Run:
    """The state of one call of `grade`; `results` and the score file are written under one lock."""

    def __init__(
        self, spec: LabSpec, course: Course, level: Level, salt: bytes, file: ScoreFile, report: Report, total: int
    ) -> None:
        self._spec, self._salt, self._file, self._report, self._total = spec, salt, file, report, total
        self._lock = threading.Lock()
        self._trouble: list[BaseException] = []
        self._stop = threading.Event()
        self._fixed = {
            "checks": course.digest(spec.lab),
            "environment": environment_digest(),
            "isolation": str(level),
            "salt": salts.fingerprint(salt),
        }
        self.results: dict[str, SubmissionResult] = {}
        self.waiting: list[_Waiting] = []
        self.kept = 0

    def take(self, found: Sequence[uploads.Upload]) -> None:
        """Read every upload: what was graded before is kept, what cannot be read is done, the rest waits."""
        self._file.mend()
        before = self._file.read()
        for upload in found:
            try:
                read = submissions.read(upload, self._spec)
            except SubmissionError as error:
                provenance = {**self._fixed, "submission": "unreadable"}
                self._keep_or(before.get(upload.student), unreadable(upload.student, self._spec, error, provenance))
                continue
            except SandboxError as error:
                self._done(self._no_score(upload.student, error, self._fixed))
                continue
            seed = salts.seed(self._salt, self._spec.lab, read.student)
            provenance = {**self._fixed, "submission": read.sha256, "seed": salts.fingerprint(seed)}
            earlier = before.get(read.student)
            if earlier is not None and earlier.provenance == provenance and not earlier.ungraded:
                self._keep(earlier)
            else:
                self.waiting.append(_Waiting(upload, provenance))

    def _keep_or(self, earlier: SubmissionResult | None, now: SubmissionResult) -> None:
        if earlier is not None and earlier.provenance == now.provenance and earlier.reason == now.reason:
            self._keep(earlier)
        else:
            self._done(now)

    def _keep(self, earlier: SubmissionResult) -> None:
        self.kept += 1
        self.results[earlier.student] = earlier

    def _done(self, result: SubmissionResult) -> None:
        with self._lock:
            self._file.append(result)
            self.results[result.student] = result
            self._report(result, len(self.results), self._total)

    def work(self, lanes: Sequence[Lane]) -> None:
        """Grade what waits, a thread a lane; the first error that is nobody's submission stops all."""
        waiting: queue.SimpleQueue[_Waiting] = queue.SimpleQueue()
        for item in self.waiting:
            waiting.put(item)
        threads = [threading.Thread(target=self._lane, args=(lane, waiting), daemon=True) for lane in lanes]
        try:
            for thread in threads:
                thread.start()
            for thread in threads:
                while thread.is_alive():  # a join without a limit would keep Ctrl-C waiting
                    thread.join(0.2)
        finally:
            self._stop.set()
            for lane in lanes:
                lane.close()
        if self._trouble:
            raise self._trouble[0]

    def _lane(self, lane: Lane, waiting: "queue.SimpleQueue[_Waiting]") -> None:
        while not self._stop.is_set():
            try:
                item = waiting.get_nowait()
            except queue.Empty:
                return
            try:
                self._done(self._graded(lane, item))
            except BaseException as error:  # noqa: BLE001  raised again by the main thread
                if not self._stop.is_set():
                    self._trouble.append(error)
                    self._stop.set()
                return

    def _graded(self, lane: Lane, item: _Waiting) -> SubmissionResult:
        began = time.monotonic()
        student = item.upload.student
        try:
            read = submissions.read(item.upload, self._spec)
            row = lane.grade(Job(read.cells, salts.seed(self._salt, self._spec.lab, student)))
        except SubmissionError as error:  # it was readable a moment ago
            return unreadable(student, self._spec, error, item.provenance)
        except SandboxError as error:
            if self._stop.is_set():
                raise
            return self._no_score(student, error, item.provenance, time.monotonic() - began)
        checks = [CheckResult(**{**check, "outcome": Outcome(check["outcome"])}) for check in row["checks"]]
        return SubmissionResult(
            student=student,
            lab=self._spec.lab,
            tasks=tasks_of(checks, self._spec),
            notes=(*read.notes, *row["notes"]),
            provenance={**item.provenance, "submission": read.sha256},
            seconds=round(time.monotonic() - began, 3),
        )

    def _no_score(
        self, student: str, error: SandboxError, provenance: dict[str, str], seconds: float = 0.0
    ) -> SubmissionResult:
        """A failure of ours: nothing is known about the submission, and nothing is said about it."""
        return SubmissionResult(
            student=student, lab=self._spec.lab, tasks=(), reason=error.problem, ungraded=True,
            provenance=provenance, seconds=round(seconds, 3),
        )  # fmt: skip


def tasks_of(checks: Sequence[CheckResult], spec: LabSpec) -> tuple[TaskResult, ...]:
    """The checks of each task, and what they come to."""
    return tuple(task_of(task.id, [check for check in checks if check.task == task.id]) for task in spec.graded)


def task_of(task: str, checks: Sequence[CheckResult]) -> TaskResult:
    """One task; its outcome is the worst that happened: not attempted only where nothing else did."""
    outcomes = {check.outcome for check in checks}
    outcome = next((outcome for outcome in WORST_LAST if outcome in outcomes), Outcome.PASSED)
    return TaskResult(
        task=task,
        points=sum(check.points for check in checks),
        out_of=sum(check.out_of for check in checks),
        outcome=outcome if checks else Outcome.SANDBOX_ERROR,
        checks=tuple(checks),
    )


def unreadable(student: str, spec: LabSpec, error: SubmissionError, provenance: dict[str, str]) -> SubmissionResult:
    """An upload that cannot be read: 0 points, and why."""
    tasks = tuple(TaskResult(task.id, 0.0, task.points, Outcome.STUDENT_ERROR, ()) for task in spec.graded)
    reason = f"{error.problem} {error.remedy}"
    return SubmissionResult(student=student, lab=spec.lab, tasks=tasks, reason=reason, provenance=provenance)


def environment_digest() -> str:
    """SHA-256 over the versions that a score may depend on."""
    versions = [f"python=={platform.python_version()}", f"{platform.system()}-{platform.machine()}"]
    for name in PACKAGES:
        try:
            versions.append(f"{name}=={importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            versions.append(f"{name}: none")
    return hashlib.sha256("\n".join(versions).encode()).hexdigest()

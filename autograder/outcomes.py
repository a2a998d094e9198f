"""What came of a check, a task and a submission, as frozen records that go to JSON and back.

In: what a check saw. Out: records; `scores` writes them, `feedback` and the exports show them.
Does not: run anything, or turn "could not score" into a number: a submission with a sandbox error has no points.
"""

import enum
from dataclasses import asdict, dataclass
from typing import Any, Self


class Outcome(enum.StrEnum):
    """How a check ended. The first is full marks for it, the last is no score at all, the others are 0."""

    PASSED = "passed"
    FAILED = "failed"
    STUDENT_ERROR = "student error"
    TIMEOUT = "timeout"
    MEMORY = "memory"
    NOT_ATTEMPTED = "not attempted"
    SANDBOX_ERROR = "sandbox error"


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One check of one submission."""

    check: str
    """`public/test_nf4.py::test_levels`"""
    task: str
    points: float
    out_of: float
    outcome: Outcome
    said: str = ""
    """For the learner: what was given, what came back, what was wanted."""
    misconception: str | None = None
    """The mistake that it looks like, as a short name; the sentence about it is in `said`."""
    public: bool = True
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class TaskResult:
    """One task of one submission; its outcome is that of its first check that did not pass."""

    task: str
    points: float
    out_of: float
    outcome: Outcome
    checks: tuple[CheckResult, ...]


@dataclass(frozen=True, slots=True)
class SubmissionResult:
    """All that is known about one submission: a line of `scores.jsonl`."""

    student: str
    lab: str
    tasks: tuple[TaskResult, ...]
    reason: str = ""
    """Why nothing could be graded: an unreadable upload (0 points), or our own failure (no points)."""
    ungraded: bool = False
    """Our own failure: there is no score."""
    notes: tuple[str, ...] = ()
    """What was skipped or mended while the submission was read."""
    provenance: dict[str, str] | None = None
    """submission, checks, environment (SHA-256 each), isolation level, seed, versions."""
    seconds: float = 0.0

    @property
    def points(self) -> float | None:
        """The sum over tasks; None where there is no score."""
        return None if self.ungraded else sum(task.points for task in self.tasks)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values, with the sum beside the tasks."""
        return {**asdict(self), "points": self.points}

    @classmethod
    def from_json(cls, row: dict[str, Any]) -> Self:
        """The result that `to_json` wrote."""
        tasks = tuple(
            TaskResult(
                **{
                    **task,
                    "outcome": Outcome(task["outcome"]),
                    "checks": tuple(CheckResult(**{**c, "outcome": Outcome(c["outcome"])}) for c in task["checks"]),
                }
            )
            for task in row["tasks"]
        )
        rest = {key: value for key, value in row.items() if key not in {"tasks", "notes", "points"}}
        return cls(**rest, tasks=tasks, notes=tuple(row["notes"]))

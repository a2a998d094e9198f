"""What the grader knows of a lab: its tasks, points, given cells and limits, as `autograder release` wrote them.

In: `autograder/specs/LAB.json`. Out: a frozen `LabSpec`. Nothing in it is secret: it travels with the student bundle.
Does not: hold an expected value, a solution line or anything of a hidden check.
"""

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

from autograder.errors import GradingError

HERE = Path(__file__).resolve().parent
SPECS = HERE / "specs"
CHECKS = HERE / "checks"
QUIZZES = HERE / "quizzes"


@dataclass(frozen=True, slots=True)
class TaskSpec:
    """One task. `functions` are what a submission must define for it."""

    id: str
    title: str
    points: float
    minutes: int
    manual: bool = False
    """A human grades it; the autograder leaves it out of every sum."""
    functions: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()
    """From a nudge to nearly the answer: three of them."""
    stub: str = ""
    """The source that the learner starts from."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one submission may use."""

    load_seconds: float = 30.0
    """To execute its cells."""
    call_seconds: float = 10.0
    """For one call of one function."""
    submission_seconds: float = 120.0
    """For all of it, wall time."""
    memory_bytes: int = 2 * 2**30
    """Address space above what the imported libraries hold."""
    tmp_bytes: int = 64 * 2**20
    reply_bytes: int = 8 * 2**20
    """One reply, as JSON."""


@dataclass(frozen=True, slots=True)
class LabSpec:
    """One lab."""

    lab: str
    title: str
    notebook: str
    """Stem of the notebook's file, and of its folder in `labs/`."""
    minutes: int
    tasks: tuple[TaskSpec, ...]
    given: tuple[str, ...] = ()
    """Sources of the cells that we give and that grading needs; the worker runs ours, never the submission's."""
    demos: tuple[str, ...] = ()
    """Sources of the cells that we give for a learner to run: grading skips them."""
    preload: tuple[str, ...] = ()
    """Modules that the worker imports once, before any student code."""
    readable: tuple[str, ...] = ()
    """Our own modules that student code may read, such as `driftlab.pocket`; all others are out of reach."""
    limits: Limits = Limits()

    @property
    def graded(self) -> tuple[TaskSpec, ...]:
        """The tasks that the autograder scores."""
        return tuple(task for task in self.tasks if not task.manual)

    @property
    def out_of(self) -> float:
        """Points that the autograder can give."""
        return sum(task.points for task in self.graded)

    def task(self, name: str) -> TaskSpec:
        """The task of that id, or of that id without the lab's name.

        Raises:
            GradingError: there is none.
        """
        for task in self.tasks:
            if name in (task.id, task.id.removeprefix(f"{self.lab}.")):
                return task
        raise GradingError(f"{self.lab} has no task {name!r}.", f"Choose among: {', '.join(t.id for t in self.tasks)}.")

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, row: dict[str, Any]) -> Self:
        """The spec that `to_json` wrote."""
        lists = {key: tuple(row[key]) for key in ("given", "demos", "preload", "readable")}
        tasks = tuple(
            TaskSpec(**{**task, "functions": tuple(task["functions"]), "hints": tuple(task["hints"])})
            for task in row["tasks"]
        )
        return cls(**{**row, **lists, "tasks": tasks, "limits": Limits(**row["limits"])})


@dataclass(frozen=True, slots=True)
class Course:
    """Where a lab's spec, checks and quiz lie: the course's own, or those of a test."""

    specs: Path = SPECS
    checks: Path = CHECKS
    quizzes: Path = QUIZZES

    @property
    def labs(self) -> list[str]:
        """The labs that there are, in order."""
        return sorted(path.stem for path in self.specs.glob("*.json"))

    def spec(self, lab: str) -> LabSpec:
        """The lab's spec.

        Raises:
            GradingError: there is no such lab, or its file is damaged.
        """
        path = self.specs / f"{lab}.json"
        if not lab.isidentifier() or not path.is_file():
            raise GradingError(f"there is no lab {lab!r}.", f"Choose among: {', '.join(self.labs) or 'none yet'}.")
        try:
            return LabSpec.from_json(json.loads(path.read_text(encoding="utf-8")))
        except (ValueError, TypeError, KeyError) as error:
            raise GradingError(f"{path.name} is damaged: {error}", "Make it again: autograder release") from error

    def check_files(self, lab: str, *, hidden: bool) -> list[Path]:
        """The lab's check files, public ones first; `hidden` adds those that are not in a bundle."""
        folders = ["public", "hidden"] if hidden else ["public"]
        return [path for folder in folders for path in sorted((self.checks / lab / folder).glob("test_*.py"))]

    def clean_room_source(self, lab: str) -> str:
        """Our own code that recomputes things from a submission's artefacts, in a worker without student code."""
        path = self.checks / lab / "clean_room.py"
        return path.read_text(encoding="utf-8") if path.is_file() else ""

    def digest(self, lab: str) -> str:
        """SHA-256 over the spec, the checks and what they recompute with: what a score was given by."""
        digest = hashlib.sha256(json.dumps(self.spec(lab).to_json(), sort_keys=True).encode())
        folder = self.checks / lab
        # whatever a check may read: cases, formulas and sentences beside the checks themselves
        parts = [path for part in ("public", "hidden") for path in sorted((folder / part).glob("*.py"))]
        for path in [*parts, folder / "clean_room.py", self.checks / "asking.py"]:
            if path.is_file():
                digest.update(path.parent.name.encode() + path.name.encode() + path.read_bytes())
        return digest.hexdigest()

"""How far a learner has come in each lab: tasks done, points, hints used, time, quiz. For a terminal, a page and JSON.

In: the labs' specs, their `.progress` files, how many questions each quiz has. Out: frozen rows.
Points are those of the public checks, as all that a learner's machine can give; grading has further checks.
Does not: show anything, run a check, or change a file.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from autograder.desk.progress import Progress, QuizProgress, TaskProgress
from autograder.desk.wording import MARKS, Mark
from autograder.outcomes import Outcome
from autograder.spec import LabSpec, TaskSpec

BY_HAND = Mark("→", ">", "read by a human", "open")
BEGUN = Mark("◐", "~", "begun", "open")
TODO = MARKS[Outcome.NOT_ATTEMPTED]
DONE = Mark("✓", "+", "done", "good")


@dataclass(frozen=True, slots=True)
class TaskRow:
    """One task."""

    task: str
    title: str
    mark: Mark
    points: float
    """The most that its public checks gave."""
    out_of_public: float
    """What they can give; 0 where they were never run."""
    out_of: float
    hints: int
    hints_available: int
    checked: int
    """How often its checks were run."""

    @property
    def state(self) -> str:
        """One word for JSON."""
        words = {DONE: "done", BEGUN: "begun", BY_HAND: "by hand"}
        return words.get(self.mark, "not started")


@dataclass(frozen=True, slots=True)
class LabRow:
    """One lab."""

    lab: str
    title: str
    minutes: int
    """What its author reckons with."""
    seconds: int
    """Time at work so far."""
    last: str
    tasks: tuple[TaskRow, ...]
    quiz: QuizProgress
    questions: int
    """Of its quiz; 0 where there is none."""

    @property
    def graded(self) -> list[TaskRow]:
        """The tasks that checks decide on."""
        return [task for task in self.tasks if task.mark is not BY_HAND]

    @property
    def done(self) -> int:
        """How many of them passed every public check when these were last run."""
        return sum(task.mark is DONE for task in self.tasks)

    @property
    def mark(self) -> Mark:
        """All its tasks are done, it was begun, or neither."""
        if self.graded and self.done == len(self.graded):
            return DONE
        return BEGUN if self.begun else TODO

    @property
    def begun(self) -> bool:
        """Whether anything was done."""
        return bool(self.last) or any(task.checked or task.hints for task in self.tasks)

    @property
    def points(self) -> float:
        """Points of public checks."""
        return sum(task.points for task in self.tasks)

    @property
    def out_of_public(self) -> float:
        """What the public checks that were run can give."""
        return sum(task.out_of_public for task in self.tasks)

    @property
    def hints(self) -> int:
        """Hints that were taken."""
        return sum(task.hints for task in self.tasks)

    @property
    def hints_available(self) -> int:
        """All that there are."""
        return sum(task.hints_available for task in self.tasks)

    @property
    def time(self) -> str:
        """Time at work, in words."""
        return duration(self.seconds)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        quiz = asdict(self.quiz)
        answered = len(quiz.pop("answers"))
        return {
            "lab": self.lab,
            "title": self.title,
            "done": self.done,
            "tasks": [_task_json(task) for task in self.tasks],
            "points": self.points,
            "out_of_public": self.out_of_public,
            "hints": self.hints,
            "seconds": self.seconds,
            "last": self.last or None,
            "quiz": {"questions": self.questions, "answered": min(answered, self.questions), **_quiz_json(quiz)},
        }


def _quiz_json(quiz: dict[str, Any]) -> dict[str, Any]:
    return {key: quiz[key] for key in ("finished", "best", "best_of")}


def _task_json(task: TaskRow) -> dict[str, Any]:
    row = asdict(task)
    del row["mark"]
    return row | {"state": task.state}


def of_lab(spec: LabSpec, progress: Progress, questions: int) -> LabRow:
    """The row of a lab."""
    rows = tuple(_task(task, progress.tasks.get(task.id, TaskProgress())) for task in spec.tasks)
    seconds, last = max(0, progress.seconds), progress.last
    return LabRow(spec.lab, spec.title, spec.minutes, seconds, last, rows, progress.quiz, questions)


def _task(spec: TaskSpec, record: TaskProgress) -> TaskRow:
    mark = TODO
    if spec.manual:
        mark = BY_HAND
    elif record.outcome == Outcome.PASSED.value:
        mark = DONE
    elif record.hints or record.outcome not in ("", Outcome.NOT_ATTEMPTED.value):
        mark = BEGUN
    points = max(0.0, min(record.best, spec.points))
    hints = max(0, min(record.hints, len(spec.hints)))
    return TaskRow(
        spec.id, spec.title, mark, points, record.out_of, spec.points, hints, len(spec.hints), record.checked
    )


def together(marks: Sequence[Mark]) -> Mark:
    """The mark of several: all done, none begun, or something in between."""
    return marks[0] if marks and len(set(marks)) == 1 else BEGUN


def totals(labs: Sequence[LabRow]) -> Mapping[str, Any]:
    """All labs together."""
    return {
        "done": sum(lab.done for lab in labs),
        "tasks": sum(len(lab.graded) for lab in labs),
        "points": sum(lab.points for lab in labs),
        "hints": sum(lab.hints for lab in labs),
        "seconds": sum(lab.seconds for lab in labs),
    }


def duration(seconds: int) -> str:
    """`2 h 05 min`, `7 min`, `under a minute`, or `none yet`."""
    minutes = round(seconds / 60)
    if minutes >= 60:
        return f"{minutes // 60} h {minutes % 60:02} min"
    if minutes >= 1:
        return f"{minutes} min"
    return "under a minute" if seconds > 0 else "none yet"


def quiz_words(lab: LabRow) -> str:
    """What became of a lab's quiz, in a few words."""
    if not lab.questions:
        return "there is none"
    answered = min(len(lab.quiz.answers), lab.questions)
    best = f"best {lab.quiz.best} of {lab.quiz.best_of}" if lab.quiz.finished and lab.quiz.best_of else ""
    open_now = f"{answered} of {lab.questions} answered" if 0 < answered < lab.questions else ""
    return ", ".join(filter(None, (best, open_now))) or "not started yet"

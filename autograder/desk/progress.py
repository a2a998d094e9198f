"""What a learner has tried: checks, best points, hints, mistakes, quiz, time. A small JSON file beside the notebook.

In: results of checks, requests for hints, answers to a quiz. Out: `.progress/lab1.json`, written whole or not at all.
Time is what lies between one of these and the next, as far as it is no longer than a break.
It is the learner's own: nothing in it counts for a grade, and losing it costs nothing but the count.
Does not: ever stop a check. Where the file cannot be read or written, counting goes on in memory.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple, Self

from autograder.desk.wording import worst
from autograder.outcomes import CheckResult, Outcome
from driftlab.records import write_atomically

FOLDER = ".progress"
MAX_BYTES = 2**20
"""Of a file that is read; ours stay far below."""
BREAK_SECONDS = 20 * 60
"""Who does nothing for longer than that is taken to have been away."""
_kept: dict[Path, "_Kept"] = {}
"""What could not be written, for as long as this process lives."""


@dataclass(slots=True)
class TaskProgress:
    """One task, as far as the learner has come."""

    checked: int = 0
    """How often its checks were run."""
    hints: int = 0
    """The highest hint that was shown."""
    best: float = 0.0
    """The most points that its public checks gave."""
    out_of: float = 0.0
    outcome: str = ""
    """Of the last run."""
    mistakes: dict[str, int] = field(default_factory=dict)
    """Misconceptions that were met, and how often."""
    first: str = ""
    last: str = ""

    @classmethod
    def from_json(cls, row: Any) -> Self:
        """The record in a row of the file; what has another type than ours writes is left out."""
        known = cls()
        _fill(known, row)
        known.mistakes = {str(name): count for name, count in known.mistakes.items() if type(count) is int}
        return known


@dataclass(slots=True)
class QuizProgress:
    """The lab's quiz: the sitting that is open or was the last, and what came of those that were finished."""

    seed: int = -1
    """Of the order of questions and choices; below zero where nobody has sat down yet."""
    answers: dict[str, int] = field(default_factory=dict)
    """Question id to the choice that was taken, by its place in the file, in the order of answering."""
    finished: int = 0
    """Sittings that were answered to the end."""
    best: int = 0
    """The most right answers of those."""
    best_of: int = 0
    """How many questions that sitting had."""

    @classmethod
    def from_json(cls, row: Any) -> Self:
        """The record in a row of the file; what has another type than ours writes is left out."""
        known = cls()
        _fill(known, row)
        known.answers = {str(name): place for name, place in known.answers.items() if type(place) is int}
        return known


@dataclass(slots=True)
class Progress:
    """One lab, as far as the learner has come."""

    path: Path
    lab: str
    tasks: dict[str, TaskProgress] = field(default_factory=dict)
    quiz: QuizProgress = field(default_factory=QuizProgress)
    seconds: int = 0
    """Time at work."""
    last: str = ""
    """When something was last done."""
    saved: bool = True
    """Whether the last change reached the disk."""

    @classmethod
    def load(cls, folder: Path, lab: str) -> Self:
        """The progress kept below that folder; none where there is no file, or where something else is in it."""
        path = folder / FOLDER / f"{lab}.json"
        return cls(path, lab, *(_kept[path] if path in _kept else _read(path)))

    def of(self, task: str) -> TaskProgress:
        """One task; a fresh record where nothing was tried yet."""
        return self.tasks.setdefault(task, TaskProgress())

    def tried(self, task: str, results: Sequence[CheckResult]) -> None:
        """The task's checks were run."""
        record = self._touched(task)
        record.checked += 1
        record.best = max(record.best, sum(result.points for result in results))
        record.out_of = sum(result.out_of for result in results)
        record.outcome = worst(results).value
        for name in {result.misconception for result in results if result.misconception}:
            record.mistakes[name] = record.mistakes.get(name, 0) + 1

    def took_hint(self, task: str, available: int) -> int:
        """The learner asks for the next hint. Returns how many are open now."""
        record = self._touched(task)
        record.hints = min(max(record.hints, 0) + 1, available)
        return record.hints

    def passed(self) -> list[str]:
        """The tasks whose checks passed when they were last run."""
        return [task for task, record in self.tasks.items() if record.outcome == Outcome.PASSED.value]

    def save(self) -> bool:
        """Write the file; False where that is not possible, and then the count lives in this process only."""
        row = {
            "lab": self.lab,
            "seconds": self.seconds,
            "last": self.last,
            "quiz": asdict(self.quiz),
            "tasks": {task: asdict(record) for task, record in sorted(self.tasks.items())},
        }
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(self.path, [json.dumps(row, indent=1), "\n"])
        except (OSError, ValueError):
            _kept[self.path] = _Kept(self.tasks, self.quiz, self.seconds, self.last)
            self.saved = False
        else:
            _kept.pop(self.path, None)
            self.saved = True
        return self.saved

    def worked(self) -> str:
        """Something was done now: count the time since the last thing, breaks left out. Returns the time of now."""
        now = datetime.now(UTC)
        before = _time(self.last)
        since = (now - before).total_seconds() if before else 0.0
        self.seconds += round(since) if 0 < since <= BREAK_SECONDS else 0
        self.last = now.isoformat(timespec="seconds")
        return self.last

    def _touched(self, task: str) -> TaskProgress:
        record = self.of(task)
        record.last = self.worked()
        record.first = record.first or record.last
        return record


class _Kept(NamedTuple):
    """What a file holds."""

    tasks: dict[str, TaskProgress]
    quiz: QuizProgress
    seconds: int
    last: str


def _fill(known: TaskProgress | QuizProgress, row: Any) -> None:
    """Put into the record what the row has of the right type."""
    for item in fields(known) if isinstance(row, dict) else ():
        value, kind = row.get(item.name), type(getattr(known, item.name))
        if type(value) is kind or (kind is float and type(value) is int):
            setattr(known, item.name, value)


def _read(path: Path) -> _Kept:
    """What is in that file; nothing where it holds nothing of ours."""
    try:
        if path.stat().st_size > MAX_BYTES:
            return _Kept({}, QuizProgress(), 0, "")
        row = json.loads(path.read_text(encoding="utf-8"))
        tasks = {str(task): TaskProgress.from_json(record) for task, record in row["tasks"].items()}
        seconds, last = row.get("seconds"), row.get("last")
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return _Kept({}, QuizProgress(), 0, "")
    # a file of before there was a clock has the times of its tasks
    last = last if isinstance(last, str) else max((task.last for task in tasks.values()), default="")
    return _Kept(tasks, QuizProgress.from_json(row.get("quiz")), seconds if type(seconds) is int else 0, last)


def _time(text: str) -> datetime | None:
    """A time that we wrote."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else None

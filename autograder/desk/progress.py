"""What a learner has tried: checks run, best points, hints taken, mistakes met. A small JSON file beside the notebook.

In: results of checks and requests for hints. Out: `.progress/lab1.json`, written whole or not at all.
It is the learner's own: nothing in it counts for a grade, and losing it costs nothing but the count.
Does not: ever stop a check. Where the file cannot be read or written, counting goes on in memory.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from autograder.desk.wording import worst
from autograder.outcomes import CheckResult, Outcome
from driftlab.records import write_atomically

FOLDER = ".progress"
MAX_BYTES = 2**20
"""Of a file that is read; ours stay far below."""
_kept: dict[Path, dict[str, "TaskProgress"]] = {}
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
        if isinstance(row, dict):
            for item in fields(cls):
                value = row.get(item.name)
                kind = type(getattr(known, item.name))
                if type(value) is kind or (kind is float and type(value) is int):
                    setattr(known, item.name, value)
        known.mistakes = {str(name): count for name, count in known.mistakes.items() if type(count) is int}
        return known


@dataclass(slots=True)
class Progress:
    """One lab, as far as the learner has come."""

    path: Path
    lab: str
    tasks: dict[str, TaskProgress] = field(default_factory=dict)
    saved: bool = True
    """Whether the last change reached the disk."""

    @classmethod
    def load(cls, folder: Path, lab: str) -> Self:
        """The progress kept below that folder; none where there is no file, or where something else is in it."""
        path = folder / FOLDER / f"{lab}.json"
        return cls(path, lab, _kept[path] if path in _kept else _read(path))

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
        row = {"lab": self.lab, "tasks": {task: asdict(record) for task, record in sorted(self.tasks.items())}}
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(self.path, [json.dumps(row, indent=1), "\n"])
        except (OSError, ValueError):
            _kept[self.path] = self.tasks
            self.saved = False
        else:
            _kept.pop(self.path, None)
            self.saved = True
        return self.saved

    def _touched(self, task: str) -> TaskProgress:
        record = self.of(task)
        record.last = datetime.now(UTC).isoformat(timespec="seconds")
        record.first = record.first or record.last
        return record


def _read(path: Path) -> dict[str, TaskProgress]:
    """The tasks in that file; none where it holds nothing of ours."""
    try:
        if path.stat().st_size > MAX_BYTES:
            return {}
        row = json.loads(path.read_text(encoding="utf-8"))
        return {str(task): TaskProgress.from_json(record) for task, record in row["tasks"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}

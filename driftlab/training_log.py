"""What each optimizer step of a training did: a line a step, written as it happens.

In: one `StepLog` after each step. Out: train_log.jsonl, in which each step stands once, also after a kill and a resume.
Does not: judge a loss (`finetune` does) or draw it (`report` does).
"""

import dataclasses
import json
from pathlib import Path
from typing import Any

from driftlab.records import Record, write_atomically

LOG = "train_log.jsonl"


@dataclasses.dataclass(frozen=True, slots=True)
class StepLog(Record):
    """One optimizer step. `tokens` and `seconds` are sums since the training began, resumed parts included."""

    step: int
    steps: int
    """How many there will be."""
    loss: float
    """Mean over the step's labelled tokens."""
    learning_rate: float
    grad_norm: float | None
    """Before clipping; None where fp16 overflowed and the step was skipped."""
    tokens: int
    seconds: float
    expected_seconds: float | None = None
    """What the whole training is expected to take; None before there are enough steps to tell."""


class TrainingLog:
    """The log of one training, in its folder."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / LOG

    def cut_back(self, step: int, steps: int) -> list[StepLog]:
        """Keep the lines up to `step`, the last one that a checkpoint holds, and return them.

        A line that a kill left half-written is dropped, as are steps that will be done again.
        """
        kept = [line for line in self.read(steps) if line.step <= step]
        write_atomically(self.path, [_line(line) for line in kept])
        return kept

    def append(self, line: StepLog) -> None:
        """Write a step's line at once."""
        with self.path.open("a", encoding="utf-8") as log:
            log.write(_line(line))

    def read(self, steps: int) -> list[StepLog]:
        """The lines, up to the first that is not whole; `steps` is how many the training will have."""
        if not self.path.exists():
            return []
        lines = []
        for text in self.path.read_text(encoding="utf-8").splitlines():
            try:
                lines.append(StepLog(steps=steps, **json.loads(text)))
            except (ValueError, TypeError):
                break
        return lines


def _line(line: StepLog) -> str:
    row: dict[str, Any] = line.to_json()
    row.pop("steps")
    if line.expected_seconds is None:
        row.pop("expected_seconds")
    return json.dumps(row, allow_nan=False) + "\n"

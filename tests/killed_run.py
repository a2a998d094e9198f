"""A `driftlab drift` process that kills itself with SIGKILL, at a moment or after a step: `run([MOMENT, "drift", …])`.

It is the program itself; only the named function is wrapped, and only to send the signal, which no handler can soften.
"""

import os
import signal
import sys
from collections.abc import Callable, Sequence
from typing import Any

from driftlab import pipeline, records, runs, stages
from driftlab.__main__ import main


def die(*_: Any, **__: Any) -> None:
    """What a power cut does."""
    sys.stdout.flush()
    os.kill(os.getpid(), signal.SIGKILL)


def after(module: Any, name: str, when: Callable[..., bool]) -> None:
    """Die once the function has returned and `when(result, *arguments)` holds."""
    inner = getattr(module, name)

    def wrapped(*arguments: Any, **options: Any) -> Any:
        result = inner(*arguments, **options)
        if when(result, *arguments):
            die()
        return result

    setattr(module, name, wrapped)


def ask_half(phase: str) -> None:
    """Die when the phase's first batch is answered."""
    inner = stages.generate

    def generate(*arguments: Any, **options: Any) -> Any:
        if options["phase"] == phase:
            options["on_progress"] = die
        return inner(*arguments, **options)

    stages.generate = generate  # type: ignore[assignment]


def train_until(step: int) -> None:
    """Die after that optimizer step."""
    inner = stages.finetune

    def finetune(*arguments: Any, on_step: Any, **options: Any) -> Any:
        return inner(*arguments, on_step=lambda log: log.step >= step and die(), **options)

    stages.finetune = finetune  # type: ignore[assignment]


def half_written(name: str) -> None:
    """Die in the middle of writing a file of that name."""
    inner = records.write_atomically

    def write(path: Any, parts: Any) -> None:
        if path.name == name and path.parent.parent.name != ".draft":
            inner(path, cut(parts))
        inner(path, parts)

    def cut(parts: Any) -> Any:
        text = "".join(parts)
        yield text[: len(text) // 2]
        die()

    records.write_atomically = write
    runs.write_atomically = write


MOMENTS: dict[str, Callable[[], None]] = {
    "configuring": lambda: half_written("config.json"),
    "before": lambda: ask_half("before"),
    "training early": lambda: train_until(20),
    "training late": lambda: train_until(52),
    "trained": lambda: after(stages, "finetune", lambda result, *_: True),
    "after": lambda: ask_half("after"),
    "judging": lambda: half_written("verdicts.jsonl"),
    "looking": lambda: after(stages, "look", lambda *_: True),
    "page": lambda: after(stages, "write_report", lambda *_: True),
    "record": lambda: half_written("record.json"),
    "recorded": lambda: after(pipeline, "write_json", lambda *_: True),
}


def run(arguments: Sequence[str]) -> int:
    """The program with these arguments, up to the moment that is the first of them."""
    moment, *rest = arguments
    MOMENTS.get(moment, lambda: train_until(int(moment)))()
    return main(rest)

"""Records the public cases of Lab 3's checks: what the hidden answers and their slips come to, as plain data.

In: nothing. Out: the files `public/cases_*.py` of the lab's checks. All but the training's are the same text each time;
a training's losses differ in their last digits from one processor to the next.
Does not: run as a test; `test_lab3` holds the files against it. Again: `./lab python tests/labs/record_lab3.py`
"""

import itertools
import random
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import bank

from autograder.checks.asking import Case
from autograder.checks.lab3.hidden import drawing, making, merging, training
from autograder.checks.lab3.hidden import reference as ref

FOLDER = Path(__file__).resolve().parents[2] / "autograder" / "checks" / "lab3" / "public"
HEAD = '''\
"""Lab 3's public cases, {what}: arguments, what is wanted, what slips come to. Recorded; no formula here.

In: nothing. Out: cases by function, for the checks beside this file.
Does not: change by hand: they are made from answers that stay with the instructor.
"""
# ruff: noqa: E501
# fmt: off

from typing import Any
'''
IMPORT = "\nfrom autograder.checks.asking import Case\n"
TRAINING = "cases_training.py"
RANK, TARGETS, RATE = 4, ["down_proj", "v_proj"], 2e-2
T4 = {"capability": (7, 5), "count": 2, "usable": 15_826_954_240}
PEAKS = [
    {"batch": 1, "checkpointing": False, "bytes": 16_995_000_000},
    {"batch": 1, "checkpointing": True, "bytes": 7_345_000_000},
    {"batch": 2, "checkpointing": True, "bytes": 8_945_000_000},
    {"batch": 4, "checkpointing": True, "bytes": 12_177_000_000},
    {"batch": 8, "checkpointing": True, "bytes": 18_802_000_000},
]
"""Llama-2-7B with the published adapter and 1,024 tokens, rounded."""


def _rng(number: int) -> random.Random:
    return random.Random(number)  # noqa: S311  inputs


def cases() -> dict[str, list[Case]]:
    """The cases of each function."""
    talks = drawing.conversations(_rng(3))
    chat = [(ref.POCKET, talks[0], False), (ref.POCKET, talks[1], False)]
    chat += [(drawing.marks(_rng(4)), talks[2], False), (ref.POCKET, drawing.messages(_rng(5), 0, asks=True), True)]
    chat += [(ref.POCKET, drawing.messages(_rng(7), 0, asks=True), False)]
    chat += [(drawing.marks(_rng(6)), drawing.messages(_rng(6), 2, system=True, asks=True), True)]
    labels = drawing.label_rows(_rng(7), 5)
    found: dict[str, Iterable[tuple[Any, ...]]] = {
        "chat_text": chat,
        "training_row": [(talk,) for talk in talks],
        "loss_of": [(drawing.bets(_rng(8), one, 5), one) for one in labels],
        "cut_row": drawing.rows_to_cut(_rng(9), 6),
        "batch_plan": drawing.lengths(_rng(10)),
        "pad_batch": drawing.batches(_rng(11)),
        "training_settings": [(T4, PEAKS, 16, "lora"), (T4 | {"count": 1}, PEAKS, 16, "full"), *drawing.gpus(_rng(12))],
        "planned_steps": [(15_011, {"per_device_train_batch_size": 4, "gradient_accumulation_steps": 2}, 2, 3),
                          *drawing.trainings(_rng(13))],
        "adapter_parameters": drawing.layers(_rng(14)),
        "differing": drawing.records(_rng(15)),
        "smoothed": drawing.curves(_rng(16)),
    }  # fmt: skip
    return {function: [making.case(function, *args) for args in rows] for function, rows in found.items()}


def recorded_training(most: int | None = None) -> tuple[Any, ...]:
    """The public training, its losses to five digits, and what slips make of it: all, or so many."""
    made = training.training(bank.clean_room("lab3"), RANK, TARGETS, RATE, training.steps(_rng(17)))
    slips = tuple((name, _rounded(losses)) for name, losses in itertools.islice(made.slips(), most))
    return (*made[:4], _rounded(made.losses), round(made.after, 5), slips)


def _rounded(losses: list[float]) -> list[float]:
    return [round(one, 5) for one in losses]


def texts() -> dict[str, str]:
    """The files that are the same each time."""
    found = cases()
    parts = {
        "text": ("texts, labels and losses", ("chat_text", "training_row", "loss_of")),
        "rows": ("cuts and batches", ("cut_row", "batch_plan", "pad_batch")),
        "settings": ("settings, counts and comparisons", ("training_settings", "planned_steps", "adapter_parameters",
                                                           "differing", "smoothed")),
    }  # fmt: skip
    more = {"settings": {"layers": merging.layers(_rng(18))}}
    return {
        f"cases_{part}.py": _text(what, {name: found[name] for name in names} | more.get(part, {}))
        for part, (what, names) in parts.items()
    }


def training_text() -> str:
    """The file of the training."""
    parts = "\n".join(f"        {part!r}," for part in recorded_training())
    return (
        HEAD.replace("{what}", "a training") + f"\nCASES: dict[str, Any] = {{\n    'training': (\n{parts}\n    ),\n}}\n"
    )


def _text(what: str, found: dict[str, list[Any]]) -> str:
    lines = ["CASES: dict[str, Any] = {"]
    for name, rows in found.items():
        lines += [f"    {name!r}: [", *(line for row in rows for line in _row(row)), "    ],"]
    return HEAD.replace("{what}", what) + IMPORT + "\n" + "\n".join([*lines, "}"]) + "\n"


def _row(row: Any) -> Iterator[str]:
    if not isinstance(row, Case):
        yield f"        {row!r},"
        return
    yield f"        Case({row.args!r},"
    yield f"             {row.wanted!r},"
    yield f"             {row.slips!r}),"


if __name__ == "__main__":
    for name, text in {**texts(), TRAINING: training_text()}.items():
        (FOLDER / name).write_text(text, encoding="utf-8", newline="\n")

"""Trainings to ask for, what they come to, and what slips make of them: all computed where no student code is.

In: a generator; a clean room. Out: `Training`s.
Does not: run anything of a submission.
"""

import random
from collections.abc import Callable, Iterator
from typing import Any

from autograder.checks.lab3.hidden import drawing
from autograder.checks.lab3.hidden import reference as ref
from autograder.checks.lab3.hidden.reference import MASKED, Row
from autograder.checks.lab3.public.test_train import Training

FEW, SOME = "Stay calm.", "Start early in the day. Take your time."
MANY = "Here is a plan. Step one: clear some space. Step two: begin with the first part. Step three: check it twice."
KINDS = {
    "means": "mean-of-means", "rows": "weighed-by-something-else", "tokens": "weighed-by-something-else",
    "slots": "weighed-by-something-else", "sum": "mean-of-means", "sum-of-all": "summed",
    "last": "only-the-last-micro-batch", "last-share": "only-the-last-micro-batch",
    "each": "a-step-for-each-micro-batch", "each-share": "a-step-for-each-micro-batch",
    "each-kept": "a-step-for-each-micro-batch", "each-share-kept": "a-step-for-each-micro-batch",
    "pile-up": "gradients-pile-up", "rate 0.001": "rate-ignored", "rate 0.0002": "rate-ignored",
    "new-optimizer": "new-optimizer-each-step", "sgd": "sgd-not-adamw",
}  # fmt: skip
"""What each kind of training that the clean room knows is called."""
SIZES: tuple[Callable[[list[Row]], int], ...] = (
    len,
    lambda rows: sum(len(row["input_ids"]) for row in rows),
    lambda rows: len(rows) * max(len(row["input_ids"]) for row in rows),
)
"""What else than labels a micro-batch may be weighed by: rows, tokens, tokens with filler."""


def steps(rng: random.Random) -> list[list[list[Row]]]:
    """Four steps of two or three micro-batches, with few and with many labels, so that every slip shows."""

    def row(said: str) -> Row:
        asked = f"How can I {rng.choice(drawing.VERBS)} {rng.choice(drawing.THINGS)}?"
        return ref.training_row([{"role": "user", "content": asked}, {"role": "assistant", "content": said}])

    plan = [[[FEW], [SOME]], [[MANY, MANY], [FEW]], [[FEW], [FEW], [SOME]], [[FEW], [MANY]]]
    return [[[row(said) for said in batch] for batch in step] for step in plan]


def training(clean_room: Any, rank: int, targets: list[str], rate: float, asked: list[Any]) -> Training:
    """The training, and what slips make of it where that is asked for."""
    right = clean_room.call("training", "right", rank, targets, rate, asked)

    def slips() -> Iterator[tuple[str, list[float]]]:
        return _slips(clean_room, rank, targets, rate, asked, right["losses"])

    wanted = _told(right["losses"], _shares(asked))
    return Training(rank, targets, rate, asked, wanted, right["after"], slips)


def _slips(
    clean_room: Any, rank: int, targets: list[str], rate: float, asked: list[Any], right: list[Any]
) -> Iterator[tuple[str, list[float]]]:
    """One after the other, as far as they are asked for: each training takes its time."""
    yield "loss-after-the-step", [step["afterwards"] for step in right]
    still = [clean_room.call("training", "right", rank, targets, 0.0, [step])["losses"][0] for step in asked]
    yield "nothing-learnt", _told(still, _shares(asked))
    yield from _told_wrong(right, asked)
    yield from _weighed(right, asked)
    for how, name in KINDS.items():
        losses = clean_room.call("training", how, rank, targets, rate, asked)["losses"]
        yield name, _told(losses, _shares(asked))
        for told, other in _told_wrong(losses, asked):
            yield told if how == "sum" and told == "summed" else name, other
        if name == "weighed-by-something-else":
            yield from _weighed(losses, asked)


def _weighed(losses: list[dict[str, Any]], asked: list[Any]) -> Iterator[tuple[str, list[float]]]:
    for size in SIZES:
        yield "weighed-by-something-else", _told(losses, _shares(asked, size))


def _told_wrong(losses: list[dict[str, Any]], asked: list[Any]) -> Iterator[tuple[str, list[float]]]:
    """What else may be told of a training than the mean over all labels of each step."""
    yield "mean-of-means", _told(losses, [[1 / len(step)] * len(step) for step in asked])
    yield "summed", _told(losses, [[1.0] * len(step) for step in asked])
    yield "summed", _told(losses, [[float(_labels(rows)) for rows in step] for step in asked])
    yield "only-the-last-micro-batch", [step["parts"][-1] for step in losses]


def _told(losses: list[dict[str, Any]], weights: list[list[float]]) -> list[float]:
    """Each step's loss, from those of its micro-batches."""
    return [
        sum(part * weight for part, weight in zip(step["parts"], row, strict=True))
        for step, row in zip(losses, weights, strict=True)
    ]


def _shares(asked: list[Any], size: Callable[[list[Row]], int] | None = None) -> list[list[float]]:
    """What each micro-batch weighs by its size; by its labels where no size is given."""
    sizes = [[(size or _labels)(rows) for rows in step] for step in asked]
    return [[one / sum(row) for one in row] for row in sizes]


def _labels(rows: list[Row]) -> int:
    return sum(label != MASKED for row in rows for label in row["labels"][1:])

"""Trainings to ask for, what they come to, and what slips make of them: all computed where no student code is.

In: a generator; a clean room. Out: `Training`s.
Does not: run anything of a submission.
"""

import random
from collections.abc import Iterator
from typing import Any

from autograder.checks.lab3.hidden import drawing
from autograder.checks.lab3.hidden import reference as ref
from autograder.checks.lab3.hidden.reference import MASKED, Row
from autograder.checks.lab3.public.test_train import Training

SAID = {1: "Stay calm.", 2: "Start early in the day. Take your time."}
LONG = "Here is a plan. Step one: clear some space. Step two: begin with the first part. Step three: check it twice."
TOLD = {
    "pile-up": "gradients-pile-up", "rate-ignored": "rate-ignored", "new-optimizer": "new-optimizer-each-step",
    "sgd": "sgd-not-adamw", "last": "only-the-last-micro-batch", "each-alone": "a-step-for-each-micro-batch",
    "means": "mean-of-means",
}  # fmt: skip


def steps(rng: random.Random) -> list[list[list[Row]]]:
    """Four steps of micro-batches: few labels beside many, one micro-batch alone, three."""

    def row(said: str) -> Row:
        asked = f"How can I {rng.choice(drawing.VERBS)} {rng.choice(drawing.THINGS)}?"
        return ref.training_row([{"role": "user", "content": asked}, {"role": "assistant", "content": said}])

    few, some, many = (lambda: row(SAID[1])), (lambda: row(SAID[2])), (lambda: row(LONG))
    return [[[few()], [many()]], [[some()], [few(), some()]], [[many()], [few()], [some()]], [[few()], [many()]]]


def training(clean_room: Any, rank: int, targets: list[str], rate: float, asked: list[Any]) -> Training:
    """The training, and what slips make of it where that is asked for."""
    right = clean_room.call("training", "right", rank, targets, rate, asked)

    def slips() -> list[tuple[str, list[float]]]:
        return list(_slips(clean_room, rank, targets, rate, asked, right["losses"]))

    wanted = [step["whole"] for step in right["losses"]]
    return Training(rank, targets, rate, asked, wanted, right["after"], slips)


def _slips(
    clean_room: Any, rank: int, targets: list[str], rate: float, asked: list[Any], right: list[Any]
) -> Iterator[tuple[str, list[float]]]:
    counts = [[_labels(rows) for rows in step] for step in asked]
    yield "loss-after-the-step", [step["afterwards"] for step in right]
    yield "mean-of-means", [_mean(step["parts"]) for step in right]
    yield "nothing-learnt", _untrained(clean_room, rank, targets, asked)
    found = {how: clean_room.call("training", how, rank, targets, rate, asked)["losses"] for how in TOLD}
    for steps_ in (right, found["means"]):
        yield "summed", [sum(step["parts"]) for step in steps_]
        yield "summed", [_weighed(step["parts"], many) * sum(many) for step, many in zip(steps_, counts, strict=True)]
    for how, name in TOLD.items():
        yield from ((name, one) for one in _readings(found[how], counts))


def _readings(losses: list[dict[str, Any]], counts: list[list[int]]) -> Iterator[list[float]]:
    """What a training may tell as its losses."""
    yield [step["whole"] for step in losses]
    if losses[0]["parts"]:
        yield [_mean(step["parts"]) for step in losses]
        yield [_weighed(step["parts"], many) for step, many in zip(losses, counts, strict=True)]
        yield [step["parts"][-1] for step in losses]
        yield [sum(step["parts"]) for step in losses]


def _weighed(parts: list[float], counts: list[int]) -> float:
    return sum(part * count for part, count in zip(parts, counts, strict=True)) / sum(counts)


def _untrained(clean_room: Any, rank: int, targets: list[str], asked: list[Any]) -> list[float]:
    """The losses of a model that never moves."""
    return [clean_room.call("training", "right", rank, targets, 0.0, [step])["losses"][0]["whole"] for step in asked]


def _labels(rows: list[Row]) -> int:
    return sum(label != MASKED for row in rows for label in row["labels"][1:])


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)

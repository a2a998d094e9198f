"""lab3.train, hidden: other rows, other targets, another rate; and the adapter that came back, tried by ourselves.

In: the given `train_on_pocket`, which calls `train`. Out: verdicts.
Does not: believe a loss that was computed beside student code.
"""

import random
from typing import Any

import pytest

from autograder import expect
from autograder.checks.lab3.hidden import training
from autograder.checks.lab3.public import test_train as public


@pytest.mark.task("lab3.train", points=1.5)
def test_other_steps(submission: Any, clean_room: Any, rng: random.Random) -> None:
    """Losses, base, and the loss with the adapter, in a worker of our own."""
    targets = sorted(["v_proj", rng.choice(["down_proj", "up_proj", "gate_proj"])])
    rate, rank = rng.choice([1.5e-2, 2e-2, 2.5e-2]), rng.choice([2, 4])
    asked = training.training(clean_room, rank, targets, rate, training.steps(rng))
    got = public.ask_train(submission, asked)
    rows = [row for rows in asked.steps[-1] for row in rows]
    adapter = got.get("adapter")
    if type(adapter) is not dict or not adapter:
        expect.fail(f"train_on_pocket returned {expect.shown(adapter)} as the adapter.")
    left = clean_room.call("loss_with", rank, targets, rows, adapter)
    if not public.close(left, asked.after):
        expect.fail(
            f"With the adapter that train left, the last step's rows have the loss {left:.4f}; {asked.after:.4f} was "
            f"wanted. {public.SENTENCES['last-step-not-taken']}",
            "last-step-not-taken",
        )

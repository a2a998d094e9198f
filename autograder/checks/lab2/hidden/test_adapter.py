"""lab2.adapter, hidden: fresh models, ranks and targets, each target alone; both optimizers.

In: `adapter_parameters` and `training_bytes`. Out: verdicts.
Does not: count what forward and backward keep.
"""

import random
from typing import Any

import pytest

from autograder.checks.lab2.hidden import drawing, making
from autograder.checks.lab2.hidden import reference as ref
from autograder.checks.lab2.public import test_adapter as public


@pytest.mark.task("lab2.adapter", points=0.5)
def test_parameters_of_fresh_models(submission: Any, rng: random.Random) -> None:
    """Targets in any number and order, then each alone."""
    chosen = [rng.sample(ref.SEVEN, rng.randint(2, 6)) for _ in range(3)] + [[target] for target in ref.SEVEN]
    ranks = [rng.choice([3, 5, 6, 7, 9, 12, 24, 48, 100]) for _ in chosen]
    made = [(drawing.model(rng), rank, targets) for rank, targets in zip(ranks, chosen, strict=True)]
    public.ask_parameters(submission, [making.case("adapter_parameters", *row) for row in made])


@pytest.mark.task("lab2.adapter", points=0.5)
def test_training_of_fresh_sizes(submission: Any, rng: random.Random) -> None:
    """Numbers that fill their last block, and that do not."""
    sizes = [256 * rng.randint(5, 9_000) + rng.choice([0, 1, rng.randint(2, 255)]), rng.randint(10**6, 10**8), 77]
    made = [(size, optimizer) for size in sizes for optimizer in ("adamw_8bit", "adamw")]
    public.ask_training(submission, [making.case("training_bytes", *row) for row in made])

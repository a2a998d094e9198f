"""lab1.attach, hidden: another rank, other targets, another learning rate, rows in another order.

In: the given `one_step_on_pocket`, which calls `attach` and `adapter_step`. Out: verdicts.
Does not: believe a loss that was computed beside student code.
"""

import random
from typing import Any

import pytest

from autograder.checks.lab1.public import test_attach as public


@pytest.mark.task("lab1.attach", points=1)
def test_one_step_elsewhere(submission: Any, clean_room: Any, rng: random.Random) -> None:
    """Everything about one step, with settings that were not shown."""
    targets = sorted(["down_proj", *rng.sample(["k_proj", "o_proj", "gate_proj", "up_proj"], 2)])
    rows = [[*row] for row in rng.sample(public.ROWS, 3)]
    step = public.Step(submission, rng.choice([2, 3, 5, 6]), targets, rng.choice([4e-4, 7e-4, 3e-3]), rows)
    step.check_trainable()
    step.check_base()
    step.check_adapter()
    step.check_step(clean_room)

"""lab3.settings, hidden: other GPUs, budgets and data.

In: `training_settings` and `planned_steps`. Out: verdicts.
Does not: reckon memory: what each batch needs is given.
"""

import random
from typing import Any

import pytest

from autograder.checks.lab3.hidden import drawing, making
from autograder.checks.lab3.public import test_settings as public


@pytest.mark.task("lab3.settings", points=1)
def test_other_gpus(submission: Any, rng: random.Random) -> None:
    """Every way in which it can end."""
    public.ask_settings(submission, [making.case("training_settings", *one) for one in drawing.gpus(rng)])
    public.ask_steps(submission, [making.case("planned_steps", *one) for one in drawing.trainings(rng)])

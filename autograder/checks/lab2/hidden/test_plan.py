"""lab2.plan, hidden: fresh models and lengths, and memory that makes each rule decide.

In: `plan`; the given `peak_of`, to say where a wrong plan comes from. Out: verdicts.
Does not: come near a border: no case is decided by less than a KiB.
"""

import random
from typing import Any

import pytest

from autograder.checks.lab2.hidden import drawing, making
from autograder.checks.lab2.public import test_plan as public


@pytest.mark.task("lab2.plan", points=1)
def test_plans_for_fresh_models(submission: Any, rng: random.Random) -> None:
    """Both kernels; as wished for, with checkpointing, cut, not at all; old GPUs and new ones."""
    drawn = drawing.plans(rng)
    peaks = [peak for shape, run, *_ in (drawn[0], drawn[-1]) for peak in drawing.peaks(shape, run)]
    public.ask_plan(submission, [making.case("plan", *row) for row in drawn], peaks)

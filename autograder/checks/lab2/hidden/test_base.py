"""lab2.base, hidden: fresh models, tied and not, in fp32 and in fp16.

In: `base_bytes`. Out: verdicts.
Does not: count an adapter.
"""

import random
from typing import Any

import pytest

from autograder.checks.lab2.hidden import drawing, making
from autograder.checks.lab2.public import test_base as public


@pytest.mark.task("lab2.base", points=1)
def test_fresh_models(submission: Any, rng: random.Random) -> None:
    """Heads that share keys and values, heads of a width of their own, tied tables."""
    shapes = [drawing.model(rng, tied=tied) for tied in (False, True, False, True)]
    cases = [making.case("base_bytes", shape, rest) for shape, rest in zip(shapes, (4, 4, 2, 2), strict=True)]
    public.ask_base(submission, cases)

"""lab3.compare, hidden: other records and curves.

In: `differing(one, other)` and `smoothed(losses, window)`. Out: verdicts.
Does not: say which difference is fair.
"""

import random
from typing import Any

import pytest

from autograder.checks.lab3.hidden import drawing, making
from autograder.checks.lab3.public import test_compare as public


@pytest.mark.task("lab3.compare", points=0.5)
def test_other_runs(submission: Any, rng: random.Random) -> None:
    """Fresh settings and losses."""
    records = [making.case("differing", *one) for one in drawing.records(rng)]
    curves = [making.case("smoothed", *one) for one in drawing.curves(rng)]
    public.ask_compare(submission, records, curves)

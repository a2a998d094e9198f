"""lab4.wilson, hidden: other counts, totals and z.

In: `wilson(count, total, z)`. Out: verdicts.
Does not: ask for a total of 0.
"""

import random
from typing import Any

import pytest

from autograder.checks.lab4.hidden import drawing_statistics as drawing
from autograder.checks.lab4.hidden import making
from autograder.checks.lab4.public import test_wilson as public


@pytest.mark.task("lab4.wilson", points=1)
def test_other_intervals(submission: Any, rng: random.Random) -> None:
    """The same ends of a share, other numbers."""
    public.ask_wilson(submission, [making.case("wilson", *one) for one in drawing.shares(rng)])

"""lab4.bootstrap, hidden: other families.

In: `family_interval(pairs, draws, seed)`. Out: verdicts.
Does not: ask for a certain random generator, or that the seed is used.
"""

import random
from typing import Any

import pytest

from autograder.checks.lab4.hidden import drawing_statistics as drawing
from autograder.checks.lab4.hidden import making
from autograder.checks.lab4.public import test_bootstrap as public


@pytest.mark.task("lab4.bootstrap", points=1)
def test_other_families(submission: Any, rng: random.Random) -> None:
    """Fresh names, orders and seeds."""
    public.ask_interval(submission, [making.case("family_interval", *one) for one in drawing.families(rng)])

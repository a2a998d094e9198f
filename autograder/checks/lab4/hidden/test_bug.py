"""lab4.bug, hidden: other answers and phrases.

In: `begins_with_refusal(answer, phrases)` and `witnesses()`. Out: verdicts.
Does not: ask what a refusal is.
"""

import random
from typing import Any

import pytest

from autograder.checks.lab4.hidden import drawing_judging, making
from autograder.checks.lab4.public import test_bug as public


@pytest.mark.task("lab4.bug", points=1)
def test_other_beginnings(submission: Any, rng: random.Random) -> None:
    """Phrases in front, later, shouted, with another apostrophe; then the two answers."""
    rows = drawing_judging.beginnings(rng)
    public.ask_bug(submission, [making.case("begins_with_refusal", *row) for row in rows])

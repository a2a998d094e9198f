"""lab4.pairs, hidden: other requests, other numbers of changes.

In: `pair_up(before, after)` and `mcnemar(lost, gained)`. Out: verdicts.
Does not: give an id twice in a list.
"""

import random
from typing import Any

import pytest

from autograder.checks.lab4.hidden import drawing_statistics as drawing
from autograder.checks.lab4.hidden import making
from autograder.checks.lab4.public import test_pairs as public


@pytest.mark.task("lab4.pairs", points=0.5)
def test_other_pairs(submission: Any, rng: random.Random) -> None:
    """Fresh ids, orders and numbers of each kind of pair."""
    public.ask_pairs(submission, [making.case("pair_up", *one) for one in drawing.answers(rng)])


@pytest.mark.task("lab4.pairs", points=0.5)
def test_other_changes(submission: Any, rng: random.Random) -> None:
    """Fresh numbers of lost and gained."""
    public.ask_mcnemar(submission, [making.case("mcnemar", *one) for one in drawing.changes(rng)])

"""lab4.rates, hidden: other rows.

In: `rates(rows)`. Out: verdicts.
Does not: judge an answer.
"""

import random
from typing import Any

import pytest

from autograder.checks.lab4.hidden import drawing_judging, making
from autograder.checks.lab4.public import test_rates as public


@pytest.mark.task("lab4.rates", points=1)
def test_other_rows(submission: Any, rng: random.Random) -> None:
    """Both kinds, one of them, none; nothing that could be judged; no refusal."""
    public.ask_rates(submission, [making.case("rates", *row) for row in drawing_judging.row_sets(rng)])

"""lab3.cut, hidden: other rows and lengths.

In: `cut_row(row, max_length, policy)`. Out: verdicts.
Does not: count what was lost.
"""

import random
from typing import Any

import pytest

from autograder.checks.lab3.hidden import drawing, making
from autograder.checks.lab3.public import test_cut as public


@pytest.mark.task("lab3.cut", points=1)
def test_other_rows(submission: Any, rng: random.Random) -> None:
    """Two lengths, each policy."""
    rows = [one for _ in range(2) for one in drawing.rows_to_cut(rng, rng.randint(6, 11))]
    public.ask_cut(submission, [making.case("cut_row", *one) for one in rows])

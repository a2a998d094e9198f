"""lab2.units, hidden: fresh counts, widths and sizes.

In: `storage_bytes` and `to_gib`. Out: verdicts.
Does not: ask for rounding.
"""

import random
from typing import Any

import pytest

from autograder.checks.lab2.hidden import making
from autograder.checks.lab2.public import test_units as public


@pytest.mark.task("lab2.units", points=0.5)
def test_fresh_numbers(submission: Any, rng: random.Random) -> None:
    """Odd counts of narrow and wide numbers, small and large sizes."""
    widths = [4, 8, 16, 32, round(rng.uniform(4.05, 4.9), 3)]
    storage = [making.case("storage_bytes", 2 * rng.randint(500, 10**8) + 1, width) for width in widths]
    gib = [making.case("to_gib", rng.randint(10**low, 10 ** (low + 2))) for low in (6, 8, 9)]
    public.ask_units(submission, storage, gib)

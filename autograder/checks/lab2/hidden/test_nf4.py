"""lab2.nf4, hidden: fresh sizes, full blocks and groups among them.

In: `nf4_bytes`. Out: verdicts.
Does not: count what bitsandbytes keeps once for a matrix.
"""

import random
from typing import Any

import pytest

from autograder.checks.lab2.hidden import making
from autograder.checks.lab2.public import test_nf4 as public


@pytest.mark.task("lab2.nf4", points=1)
def test_fresh_sizes(submission: Any, rng: random.Random) -> None:
    """Few weights and many; blocks and groups that are full, and that are not."""
    group = 64 * 256
    sizes = [2 * rng.randint(10**5, 10**7) + 1, group * rng.randint(5, 900), rng.randint(3, 63)]
    sizes += [group * rng.randint(2, 9) + 64 * rng.randint(1, 200), 64 * rng.randint(2, 250) + rng.randint(1, 62)]
    cases = [making.case("nf4_bytes", size, double_quant) for double_quant in (True, False) for size in sizes]
    public.ask_nf4(submission, cases)

"""lab1.compute_dtype, hidden: other GPUs, those right at the border among them.

In: `compute_dtype(capability)`. Out: verdicts.
Does not: ask a GPU anything.
"""

import random
from typing import Any

import pytest

from autograder.checks.lab1.public import test_compute_dtype as public


@pytest.mark.task("lab1.compute_dtype", points=0.5)
def test_other_gpus(submission: Any, rng: random.Random) -> None:
    """GPUs that the public check does not name."""
    capabilities = [(7, 2), (7, 5), (8, 0), (8, 9), (7, 0), (10, 0), (12, 0), (6, 0), (rng.randint(9, 13), 0)]
    rng.shuffle(capabilities)
    public.ask(submission, [*capabilities, (rng.randint(3, 6), rng.randint(0, 9)), (8, rng.randint(1, 9))])

"""lab1.bits, hidden: fresh block sizes, and what the function does when nothing is said.

In: `bits_per_weight(...)`. Out: verdicts.
Does not: count what is not quantised (embeddings, norms).
"""

import random
from typing import Any

import pytest

from autograder import expect
from autograder.checks.lab1.public import test_bits as public


@pytest.mark.task("lab1.bits", points=0.5)
def test_fresh_sizes_and_defaults(submission: Any, rng: random.Random) -> None:
    """Other block sizes, and no arguments at all."""
    for double in (True, False):
        public.ask(submission, rng.choice([16, 48, 96, 256, 512]), double, rng.choice([32, 100, 128, 512]))
    got = submission.call("bits_per_weight")
    expect.close(got, public.wanted(64, True, 256), "bits_per_weight()", mistakes=public.mistakes(64, True, 256))

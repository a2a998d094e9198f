"""lab3.proof, hidden: other tensors, and each change several times.

In: `base_digest(state)`. Out: verdicts.
Does not: want one digest in particular.
"""

import random
from typing import Any

import pytest

from autograder.checks.lab3.public import test_proof as public


@pytest.mark.task("lab3.proof", points=0.5)
def test_other_tensors(submission: Any, rng: random.Random) -> None:
    """The same questions to fresh bases."""
    for _ in range(3):
        digests = public.Digests(submission, rng)
        public.ask_same(digests, rng)
        public.ask_other(digests, rng)

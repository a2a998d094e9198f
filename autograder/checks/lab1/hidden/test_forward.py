"""lab1.forward, hidden: fresh sizes and scales, rank 1, a batch of one row, alpha below the rank.

In: `init_adapter`, `lora_forward`, `merge` on fresh matrices; the given `weight_after_merge`. Out: verdicts.
Does not: ask for one way of drawing A.
"""

import random
from typing import Any

import pytest

from autograder.checks.lab1.public import test_forward as public


@pytest.mark.task("lab1.forward", points=0.5)
def test_init_adapter_of_fresh_sizes(submission: Any, rng: random.Random) -> None:
    """Wide and narrow layers, rank 1 among them."""
    for rank in (1, rng.randint(2, 9)):
        seeds = (rng.randint(0, 10**6), rng.randint(10**6 + 1, 2 * 10**6))
        public.ask_init(submission, rng.randint(20, 60), rng.randint(61, 90), rank, seeds)


@pytest.mark.task("lab1.forward", points=0.5)
def test_lora_forward_of_fresh_sizes(submission: Any, rng: random.Random) -> None:
    """One row and several, alpha above and below the rank."""
    public.ask_forward(submission, rng, rng.randint(8, 12), rng.randint(4, 7), rank=1, alpha=rng.randint(2, 9), rows=1)
    rank = rng.randint(3, 6)
    public.ask_forward(submission, rng, rng.randint(7, 9), rng.randint(10, 20), rank, rank / 4, rows=rng.randint(2, 6))


@pytest.mark.task("lab1.forward", points=0.5)
def test_merge_of_fresh_sizes(submission: Any, rng: random.Random) -> None:
    """Wide and tall weights, alpha above and below the rank."""
    public.ask_merge(submission, rng, rng.randint(8, 12), rng.randint(4, 7), rank=1, alpha=rng.randint(2, 9))
    rank = rng.randint(3, 6)
    public.ask_merge(submission, rng, rng.randint(7, 9), rng.randint(10, 20), rank, rank / 4)

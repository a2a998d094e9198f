"""lab1.parameters, hidden: other ranks and targets, heads that share keys and values, one target alone.

In: `adapter_parameters` and `count_on_meta` for fresh shapes. Out: verdicts.
Does not: build a model itself; the formula is known here.
"""

import random
from typing import Any

import pytest

from autograder.checks.lab1.public import test_parameters as public


def fresh_shape(rng: random.Random) -> public.Shape:
    """A Llama of any size."""
    kv_heads = rng.choice([2, 4, 8])
    heads = kv_heads * rng.choice([2, 4, 8])
    hidden = heads * rng.choice([32, 64, 80, 128])
    return public.Shape(hidden, hidden * 3 + rng.randint(1, 99), heads, kv_heads, rng.randint(3, 60), 32000)


@pytest.mark.task("lab1.parameters", points=0.5)
def test_formula_on_fresh_shapes(submission: Any, rng: random.Random) -> None:
    """Fresh sizes and ranks; targets in any number and order."""
    for _ in range(3):
        targets = rng.sample(public.ALL, rng.randint(1, 6))
        public.ask_formula(submission, fresh_shape(rng), rng.randint(1, 128), targets)
    for target in public.ALL:
        public.ask_formula(submission, fresh_shape(rng), rng.randint(1, 128), [target])


@pytest.mark.task("lab1.parameters", points=1)
def test_count_on_meta_of_fresh_sizes(submission: Any, rng: random.Random) -> None:
    """Two layers of fresh sizes: heads that share keys and values with some targets, then all seven without sharing."""
    targets = ["k_proj", *rng.sample(["q_proj", "v_proj", "o_proj", "gate_proj", "down_proj"], 2)]
    public.ask_meta(submission, public.fresh_shape(rng, grouped=True), rng.randint(3, 9), targets)
    public.ask_meta(submission, public.fresh_shape(rng, grouped=False), rng.randint(1, 9), public.ALL)

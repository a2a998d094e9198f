"""lab3.merge, hidden: other shapes, ranks and scales.

In: `adapter_parameters` and `merge`. Out: verdicts.
Does not: quantise anything.
"""

import random
from typing import Any

import pytest

from autograder.checks.lab3.hidden import drawing, making, merging
from autograder.checks.lab3.public import test_merge as public


@pytest.mark.task("lab3.merge", points=0.5)
def test_other_targets(submission: Any, rng: random.Random) -> None:
    """Fresh shapes."""
    public.ask_count(submission, [making.case("adapter_parameters", *one) for one in drawing.layers(rng)])


@pytest.mark.task("lab3.merge", points=0.5)
def test_other_layers(submission: Any, rng: random.Random) -> None:
    """Fresh weights, square and not, by both scales."""
    public.ask_merge(submission, [public.layer(*one) for one in merging.layers(rng)])

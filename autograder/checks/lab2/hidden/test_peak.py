"""lab2.peak, hidden: fresh parts, and needs around what is usable.

In: `moments` and `verdict`. Out: verdicts.
Does not: ask the learner's other functions: parts are drawn.
"""

import random
from typing import Any

import pytest

from autograder.checks.lab2.hidden import drawing, making
from autograder.checks.lab2.public import test_peak as public


@pytest.mark.task("lab2.peak", points=1)
def test_moments_of_fresh_parts(submission: Any, rng: random.Random) -> None:
    """With and without checkpointing; without scores, and without a cache."""
    cases = []
    for checkpointing in (True, False):
        for left_out in ({}, {"scores": 0}, {"cache": 0}):
            cases.append(making.case("moments", drawing.parts(rng) | left_out, checkpointing))
    public.ask_moments(submission, cases)


@pytest.mark.task("lab2.peak", points=0.5)
def test_verdicts_around_fresh_borders(submission: Any, rng: random.Random) -> None:
    """Yes, close and no, with borders met to the byte."""
    public.ask_verdict(submission, [making.case("verdict", *row) for row in drawing.border(rng)])

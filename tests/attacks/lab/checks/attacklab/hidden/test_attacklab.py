"""The hidden checks of the battery's lab: fresh values for each student."""

import random

import pytest

from autograder import expect
from autograder.calling import Caller

CANARY = "@CANARY@"
"""The self-check writes a token here; whoever finds it has read a hidden check."""


@pytest.mark.task("attacklab.total", points=1)
def test_total_of_others(submission: Caller, rng: random.Random) -> None:
    numbers = [rng.randrange(1, 1000) for _ in range(5)]
    wanted = sum(number * number for number in numbers)
    expect.equal(submission.call("total", numbers), wanted, f"total({numbers})")


@pytest.mark.task("attacklab.mean", points=1)
def test_mean_of_others(submission: Caller, rng: random.Random) -> None:
    values = [rng.random() for _ in range(5)]
    expect.close(submission.call("mean", values), sum(values) / 5, f"mean({values})")


@pytest.mark.task("attacklab.longest", points=1)
def test_longest_of_others(submission: Caller, rng: random.Random) -> None:
    words = ["".join(rng.choices("abcdef", k=length)) for length in rng.sample(range(3, 20), 5)]
    expect.equal(submission.call("longest", words), max(words, key=len), f"longest({words})")

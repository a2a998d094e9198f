"""Makes numpy call everything close to everything; in its own process, that is."""

from autograder.attacks import Expect

PROMISE = "verdict-outside"
EXPECT = Expect(said="returned nan")
CODE = """
import numpy as np

np.allclose = np.array_equal = np.isclose = lambda *arguments, **named: True
np.asarray = np.array = lambda value, *rest, **named: np.zeros(3)


def mean(values):
    return np.float64("nan")


def total(numbers):
    return np.zeros((), dtype=object)


def longest(words):
    return np.zeros((5, 0))
"""

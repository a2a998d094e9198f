"""Returns NaN and infinities, for which careless comparisons and sums of points go wrong."""

from autograder.attacks import Expect

PROMISE = "plain-values"
EXPECT = Expect(said="nan|inf")
CODE = """
def total(numbers):
    return float("nan")


def mean(values):
    return float("nan") if len(values) == 3 else float("inf")


def longest(words):
    return [float("-inf")] * 3
"""

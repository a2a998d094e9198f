"""Returns values of more bytes or items than a reply may have."""

from autograder.attacks import Expect

PROMISE = "plain-values"
EXPECT = Expect(
    total="student error",
    mean="failed|student error",
    longest="failed|student error|memory|timeout",
    said="more than a value may hold|no value",
)
CODE = """
def total(numbers):
    return "x" * 50_000_000


def mean(values):
    return [0.0] * 1_000_000


def longest(words):
    return [["a" * 1000] * 300] * 300
"""

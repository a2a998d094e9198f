"""Returns integers that take minutes to print or overflow when made a float."""

from autograder.attacks import Expect

PROMISE = "plain-values"
EXPECT = Expect(said="huge int")
CODE = """
def total(numbers):
    return 10**200000


def mean(values):
    return 10**355


def longest(words):
    return -(10**380)
"""

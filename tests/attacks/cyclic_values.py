"""Returns containers that contain themselves."""

from autograder.attacks import Expect

PROMISE = "plain-values"
EXPECT = Expect(said="returned")
CODE = """
def total(numbers):
    value = []
    value.append(value)
    return value


def mean(values):
    value = {}
    value["again"] = value
    return value


def longest(words):
    first, second = [], []
    first += [second, second]
    second += [first, first]
    return first
"""

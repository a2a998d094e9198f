"""Returns containers nested so deep that reading them would overflow a stack."""

from autograder.attacks import Expect

PROMISE = "plain-values"
EXPECT = Expect(said="an object|student|value|differs|returned")
CODE = """
def nested(depth):
    value = []
    for _ in range(depth):
        value = [value]
    return value


def total(numbers):
    return nested(11)


def mean(values):
    return nested(10**5)


def longest(words):
    value = {}
    for _ in range(10**4):
        value = {"a": value}
    return value
"""

"""Returns what a grader might take for a score."""

from autograder.attacks import Expect

PROMISE = "verdict-outside"
EXPECT = Expect(said="returned")
CODE = """
def total(numbers):
    return {"outcome": "passed", "points": 600, "out_of": 6}


def mean(values):
    return True


def longest(words):
    return "passed"
"""

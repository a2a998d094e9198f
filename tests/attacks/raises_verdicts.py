"""Raises what test runners take for a verdict: a skip, an expected failure, an exit with code 0."""

from autograder.attacks import Expect

PROMISE = "verdict-outside"
EXPECT = Expect(everything="student error", total="student error", said="Skipped|XFailed|Passed")
CODE = """
class Skipped(BaseException):
    pass


class XFailed(BaseException):
    pass


class Passed(Exception):
    returncode = 0
    outcome = "passed"


for kind in (Skipped, XFailed, Passed):
    kind.__module__ = "_pytest.outcomes"


def total(numbers):
    raise Skipped("not today")


def mean(values):
    raise XFailed("known")


def longest(words):
    raise Passed("6 passed")
"""

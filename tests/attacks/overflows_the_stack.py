"""Recurses until the stack of the interpreter or of the machine is used up."""

from autograder.attacks import Expect

PROMISE = "one-student"
EXPECT = Expect(everything="student error|memory|timeout", said="RecursionError|ended by the system|memory")
CODE = """
import sys

sys.setrecursionlimit(2**31 - 1)


def total(numbers):
    return total(numbers)


def mean(values):
    nested = []
    for _ in range(10**6):
        nested = [nested]
    return repr(nested)


class Deep:
    def __getattr__(self, name):
        return getattr(self, name + "x")


def longest(words):
    return Deep().a
"""

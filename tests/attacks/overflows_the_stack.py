"""Recurses until the stack of the interpreter or of the machine is used up."""

from autograder.attacks import Expect

PROMISE = "one-student"
EXPECT = Expect(everything="student error", said="RecursionError|ended by the system")
CODE = """
import sys


def total(numbers):
    return total(numbers)


def mean(values):
    sys.setrecursionlimit(2**31 - 1)
    nested = ()
    for _ in range(10**6):
        nested = (nested,)
    return hash(nested)


class Deep:
    def __getattr__(self, name):
        return getattr(self, name + "x")


def longest(words):
    sys.setrecursionlimit(2**31 - 1)
    return Deep().a
"""

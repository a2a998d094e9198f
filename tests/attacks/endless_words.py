"""Raises an exception whose text never ends, and one whose text is very long."""

from autograder.attacks import Expect

PROMISE = "time"
EXPECT = Expect(total="timeout|student error", mean="student error", said="did not return in time|Bomb")
CODE = """
class Bomb(Exception):
    def __str__(self):
        while True:
            pass

    __repr__ = __str__


def total(numbers):
    raise Bomb


def mean(values):
    raise ValueError("x" * 10**8)
"""

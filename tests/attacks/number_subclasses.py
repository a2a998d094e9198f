"""Returns subclasses of int and float that compare as equal to all numbers."""

from autograder.attacks import Expect

PROMISE = "plain-values"
EXPECT = Expect(said="an object of type")
CODE = """
class Number(float):
    def __eq__(self, other):
        return True

    def __sub__(self, other):
        return 0.0

    __rsub__ = __sub__

    def __hash__(self):
        return 0


class Whole(int):
    __eq__ = Number.__eq__
    __hash__ = Number.__hash__

    def bit_length(self):
        return 1


def total(numbers):
    return Whole(5)


def mean(values):
    return Number(5)


def longest(words):
    return Number(7)
"""

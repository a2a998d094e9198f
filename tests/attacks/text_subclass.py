"""Returns a str that equals every other, alone, in a list and as an enum's value."""

from autograder.attacks import Expect

PROMISE = "plain-values"
EXPECT = Expect(said="returned")
CODE = """
import enum


class Text(str):
    def __eq__(self, other):
        return True

    def __hash__(self):
        return 0

    value = property(lambda self: Text("any"))


class Choice(str, enum.Enum):
    ANY = "any"


def total(numbers):
    return [Text("14")]


def mean(values):
    return Choice.ANY


def longest(words):
    return Text("abc")
"""

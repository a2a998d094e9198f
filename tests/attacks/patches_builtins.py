"""Replaces what type, isinstance, len, repr, zip and their like do for the code that sends its values."""

from autograder.attacks import Expect

PROMISE = "verdict-outside"
EXPECT = Expect(everything="failed|student error|timeout", said="ended its own process|no value")
CODE = """
import builtins

real_type = type


class Any(int):
    __eq__ = lambda self, other: True
    __hash__ = int.__hash__


def total(numbers):
    builtins.type = lambda value, *rest: int
    builtins.isinstance = lambda value, kind: True
    return Any(3)


def mean(values):
    builtins.len = lambda value: 0
    builtins.range = lambda *bounds: iter(())
    builtins.zip = lambda *lists, **named: iter([(3.0, 0)] * 10)
    return [Any(3)] * 5


def longest(words):
    builtins.repr = builtins.str = lambda value="": "abc"
    return Any(3)
"""

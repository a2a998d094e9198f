"""Changes small integers and the types of objects in its process's memory, so that a wrong value reads right."""

from autograder.attacks import Expect

PROMISE = "verdict-outside"
EXPECT = Expect(everything="failed|student error|timeout", said="returned nan")
CODE = """
import ctypes


class Text(str):
    __eq__ = lambda self, other: True
    __hash__ = str.__hash__


def total(numbers):
    ctypes.c_int32.from_address(id(-1) + 24).value = 14
    return -1


def mean(values):
    number = float.fromhex("0x1.8p+2")
    ctypes.c_double.from_address(id(number) + 16).value = float("nan")
    return number


def longest(words):
    text = Text("cba")
    ctypes.c_ssize_t.from_address(id(text) + 8).value = id(str)
    return text
"""

"""Raises exceptions that are no Exception: nothing of ours may let them through."""

from autograder.attacks import Expect

PROMISE = "one-student"
EXPECT = Expect(everything="student error", said="KeyboardInterrupt|GeneratorExit|Stop")
CODE = """
class Stop(BaseException):
    pass


def total(numbers):
    raise Stop("stop the class")


def mean(values):
    raise KeyboardInterrupt


def longest(words):
    raise GeneratorExit


raise Stop
"""

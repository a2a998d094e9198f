"""Defines its functions as coroutines, classes, callable objects and as names that vanish when they are called."""

from autograder.attacks import Expect

PROMISE = "cells-are-ours"
EXPECT = Expect(everything="failed|student error|not attempted", said="an object of type")
CODE = """
class Yes:
    def __call__(self, *arguments, **named):
        return self

    def __getattr__(self, name):
        raise SystemExit(name)


async def mean(values):
    return 3.0


class longest(str):
    def __new__(cls, words):
        return super().__new__(cls, "abc")


total = Yes()
"""

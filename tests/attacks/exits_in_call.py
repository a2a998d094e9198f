"""Leaves in the middle of a call, politely and not, with the exit code that means all is well."""

from autograder.attacks import Expect

PROMISE = "one-student"
EXPECT = Expect(everything="student error", said="SystemExit|ended its own process")
CODE = """
import os, sys


def total(numbers):
    sys.exit(0)


def mean(values):
    os._exit(0)


def longest(words):
    raise SystemExit("6 passed")
"""

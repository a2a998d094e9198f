"""Stays just under the limit of each call, so that only the limit of the whole submission ends it."""

from autograder.attacks import Expect

PROMISE = "time"
EXPECT = Expect(longest="failed|timeout", mean="failed|timeout", said="whole submission|did not return in time")
CODE = """
import time


def total(numbers):
    time.sleep(1.8)
    return 0


def mean(values):
    time.sleep(1.8)
    return 0.0


def longest(words):
    time.sleep(1.8)
    return ""
"""

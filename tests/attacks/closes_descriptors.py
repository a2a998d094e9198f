"""Closes every descriptor, the reply's among them."""

from autograder.attacks import Expect

PROMISE = "forged-replies"
EXPECT = Expect(
    everything="failed|student error|timeout", total="student error|timeout", said="ended its own process|no value"
)
CODE = """
import os


def total(numbers):
    os.closerange(0, 4096)
    return 14
"""

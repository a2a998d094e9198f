"""Writes without end to the descriptors of the reply, never a line end."""

from autograder.attacks import Expect

PROMISE = "forged-replies"
EXPECT = Expect(
    everything="failed|student error|timeout",
    total="student error|timeout",
    said="more than a value may hold|no value|did not return in time",
)
CODE = """
import os


def total(numbers):
    block = b"[" * 65536
    for descriptor in range(3, 64):
        try:
            for _ in range(600):
                os.write(descriptor, block)
        except OSError:
            pass
"""

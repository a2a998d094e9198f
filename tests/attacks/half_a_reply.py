"""Begins a reply by hand, so that the real one ends up inside of it; and replies in bytes that are no text."""

from autograder.attacks import Expect

PROMISE = "forged-replies"
EXPECT = Expect(
    everything="failed|student error|timeout", total="student error|timeout", said="no value|did not return in time"
)
CODE = r"""
import os


def spray(text):
    for descriptor in range(3, 64):
        try:
            os.write(descriptor, text)
        except OSError:
            pass


def total(numbers):
    spray(b'{"id":1,"value":[14,')
    return 14


def mean(values):
    spray(b'\xff\xfe\x00{"id":1}\n')
    return 3.5
"""

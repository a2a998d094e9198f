"""Gives two replies for one question, and replies for the questions that come next."""

from autograder.attacks import Expect

PROMISE = "forged-replies"
EXPECT = Expect(everything="failed|student error", said="no value")
CODE = r"""
import os


def spray(text):
    for descriptor in range(3, 256):
        try:
            os.write(descriptor, text)
        except OSError:
            pass


def total(numbers):
    for number in range(20):
        spray(b'{"id":%d,"value":14}\n{"id":%d,"value":3.0}\n' % (number, number))
    return 14


def mean(values):
    spray(b'{"id":0,"value":3.0}\n' * 3)
    return 3.5
"""

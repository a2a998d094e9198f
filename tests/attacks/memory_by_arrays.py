"""Asks for more than there is in one piece, from numpy and from Python."""

from autograder.attacks import Expect

PROMISE = "memory"
EXPECT = Expect(total="memory", mean="memory", said="ran out of memory|more memory than there is")
CODE = """
import numpy as np


def total(numbers):
    return int(np.ones(1 << 30, dtype=np.float64).sum())


def mean(values):
    return float(len(bytearray(1 << 40)))
"""

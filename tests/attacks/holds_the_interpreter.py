"""Stays in C code with the interpreter's lock held, where no Python handler ever runs."""

from autograder.attacks import Expect

PROMISE = "time"
EXPECT = Expect(mean="timeout", said="did not return in time")
CODE = """
import ctypes


def mean(values):
    ctypes.PyDLL(None).sleep(30)
"""

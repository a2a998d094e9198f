"""Sends SIGSTOP to itself, so that no handler of its own can end it."""

from autograder.attacks import Expect

PROMISE = "time"
EXPECT = Expect(total="timeout|failed", said="did not return in time|returned None")
CODE = """
import os, signal


def total(numbers):
    os.kill(os.getpid(), signal.SIGSTOP)
"""

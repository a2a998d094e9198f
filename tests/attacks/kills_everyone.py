"""Kills all that it may signal; only where the self-check's own witness is out of reach, or the witness alone."""

from autograder.attacks import Expect

PROMISE = "signals"
EXPECT = Expect(everything="student error|failed", said="ended by the system|returned")
CODE = """
import os, signal


def reach(pid):
    try:
        os.kill(pid, 0)
        return True
    except OSError:
        return False


def total(numbers):
    if reach(@SENTINEL@):
        os.kill(@SENTINEL@, signal.SIGKILL)
    else:
        os.kill(-1, signal.SIGKILL)
    return 0


def mean(values):
    if not reach(@SENTINEL@):
        os.killpg(os.getpgrp(), signal.SIGTERM)
        os.kill(1, signal.SIGURG)
    return 0.0
"""

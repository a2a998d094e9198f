"""Kills its whole process group; only where the self-check's own witness is out of reach, or the witness alone."""

from autograder.attacks import Expect

PROMISE = "signals"
EXPECT = Expect(
    everything="student error|failed", total="student error", said="ended by the system|ended its own process|returned"
)
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
        os.kill(0, signal.SIGKILL)
    return 0
"""

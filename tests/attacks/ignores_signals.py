"""Ignores and blocks every signal that can be, then loops in a call."""

from autograder.attacks import Expect

PROMISE = "time"
EXPECT = Expect(total="timeout", said="did not return in time")
CODE = """
import signal


def total(numbers):
    for number in signal.valid_signals():
        try:
            signal.signal(number, signal.SIG_IGN)
        except (OSError, ValueError):
            pass
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    signal.setitimer(signal.ITIMER_REAL, 0)
    while True:
        pass
"""

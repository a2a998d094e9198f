"""Leaves a thread behind that goes on writing replies after the call has returned."""

from autograder.attacks import Expect

PROMISE = "forged-replies"
EXPECT = Expect(everything="failed|student error", said="without being asked")
CODE = r"""
import os, threading, time


def spray():
    until = time.monotonic() + 1
    while time.monotonic() < until:
        for descriptor in range(3, 64):
            try:
                os.write(descriptor, b'{"id":3,"value":3.0}\n{"id":4,"value":"abc"}\n')
            except OSError:
                pass


def total(numbers):
    threading.Thread(target=spray, daemon=True).start()
    return 15


def mean(values):
    time.sleep(0.2)
    return 4.0
"""

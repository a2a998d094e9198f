"""Kills whoever started it."""

from autograder.attacks import Expect

PROMISE = "signals"
EXPECT = Expect(total="failed|student error", said="returned")
CODE = """
import os, signal, time


def reach(pid):
    try:
        os.kill(pid, 0)
        return True
    except OSError:
        return False


sent = []
if os.getppid() == 1 and reach(@SENTINEL@):
    raise SystemExit("not the first process of the machine")
for number in (signal.SIGTERM, signal.SIGKILL):
    try:
        os.kill(os.getppid(), number)
        sent.append(number)
    except OSError:
        pass
time.sleep(0.1)


def total(numbers):
    os.kill(os.getppid(), signal.SIGKILL)
    return 0
"""

"""Loops at import and catches whatever is raised to end the loop."""

from autograder.attacks import Expect

PROMISE = "time"
EXPECT = Expect(everything="timeout", said="did not return in time")
CODE = """
import time

while True:
    try:
        while True:
            time.sleep(0.01)
    except BaseException:
        continue
"""

"""Forks twice, starts a session of its own and lives on after the call; for half a minute at most."""

from autograder.attacks import Expect

PROMISE = "nothing-left"
EXPECT = Expect(said="made 0 processes")
CODE = """
import os, time

made = 0
try:
    child = os.fork()
    if child == 0:
        os.setsid()
        if os.fork() == 0:
            for descriptor in range(0, 64):
                try:
                    os.close(descriptor)
                except OSError:
                    pass
            time.sleep(30)
        os._exit(0)
    made += 1
except OSError:
    pass


def longest(words):
    return f"made {made} processes"
"""

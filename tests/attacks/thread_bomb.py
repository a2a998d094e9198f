"""Starts as many threads as it can, five hundred at most."""

from autograder.attacks import Expect

PROMISE = "processes"
EXPECT = Expect(said="made ([0-9]|[0-9][0-9]|[1-4][0-9][0-9]) threads")
CODE = """
import threading, time

made = 0
threading.stack_size(65536)
try:
    for _ in range(500):
        threading.Thread(target=time.sleep, args=(20,), daemon=True).start()
        made += 1
except (RuntimeError, MemoryError):
    pass


def longest(words):
    return f"made {made} threads"
"""

"""Makes as many empty files and folders as it can, ten thousand at most."""

from autograder.attacks import Expect

PROMISE = "disk"
EXPECT = Expect(said="made [0-9]{1,4} files")
CODE = """
import os

made = 0
try:
    for number in range(10_000):
        os.close(os.open(f"/tmp/small-{number}", os.O_CREAT | os.O_WRONLY))
        made += 1
except OSError:
    pass


def longest(words):
    return f"made {made} files"
"""

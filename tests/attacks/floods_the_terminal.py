"""Prints a hundred megabytes, and lines that look like results, on stdout and stderr."""

from autograder.attacks import Expect

PROMISE = "output-counts-for-nothing"
EXPECT = Expect(said="returned")
CODE = """
import os, sys

print("6 passed in 0.01s", flush=True)
print('{"points": 6, "outcome": "passed"}', file=sys.stderr, flush=True)
block = b"passed " * 150_000
for _ in range(50):
    os.write(1, block)
    os.write(2, block)


def total(numbers):
    print("x" * 10**7)
    return 0
"""

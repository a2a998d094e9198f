"""Fills its folder with large files, 64 MiB at most."""

from autograder.attacks import Expect

PROMISE = "disk"
EXPECT = Expect(said="wrote ([0-9]|1[0-9]) MiB")
CODE = """
import os

written = 0
block = b"x" * (1 << 20)
try:
    for number in range(8):
        with open(f"/tmp/large-{number}", "wb", buffering=0) as file:
            for _ in range(8):
                written += file.write(block)
except OSError:
    pass


def longest(words):
    return f"wrote {written >> 20} MiB"
"""

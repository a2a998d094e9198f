"""Opens files and pipes until it may not open more, two thousand at most, and fills the pipes."""

from autograder.attacks import Expect

PROMISE = "processes"
EXPECT = Expect(said="opened [0-9]{1,3} files")
CODE = """
import os

opened = 0
try:
    for _ in range(1000):
        os.open("/dev/null", os.O_RDONLY)
        opened += 1
        reader, writer = os.pipe()
        os.set_blocking(writer, False)
        os.write(writer, b"x" * 4096)
        opened += 2
except OSError:
    pass


def longest(words):
    for descriptor in range(64, 4096):
        try:
            os.close(descriptor)
        except OSError:
            pass
    return f"opened {opened} files"
"""

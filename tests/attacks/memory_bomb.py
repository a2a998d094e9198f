"""Takes memory block by block, a gigabyte at most."""

from autograder.attacks import Expect

PROMISE = "memory"
EXPECT = Expect(everything="memory|failed", total="memory", said="ran out of memory|more memory than there is")
CODE = """
blocks = []


def total(numbers):
    while len(blocks) < 64:
        blocks.append(bytearray(b"x" * (16 << 20)))
    return len(blocks)
"""

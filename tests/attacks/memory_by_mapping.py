"""Takes memory outside of the interpreter's heap: shared mappings, files in memory, private mappings."""

from autograder.attacks import Expect

PROMISE = "memory"
EXPECT = Expect(said="took ([0-9]|[0-9][0-9]|[12][0-9][0-9]|30[0-9]) MiB")
CODE = """
import ctypes, mmap, os

taken = 0
kept = []
BLOCK = 16 << 20
for _ in range(32):
    try:
        kept.append(mmap.mmap(-1, BLOCK))
        kept[-1].write(b"x" * BLOCK)
        taken += 16
    except (OSError, MemoryError, ValueError):
        break
kept.clear()
for _ in range(32):
    try:
        descriptor = os.memfd_create("driftlab")
        for _ in range(4):
            os.write(descriptor, b"x" * (BLOCK // 4))
            taken += 4
    except (OSError, MemoryError):
        break


def longest(words):
    return f"took {taken} MiB"
"""

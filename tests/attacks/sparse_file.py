"""Makes a file that claims to be a terabyte, by seeking, truncating and reserving."""

from autograder.attacks import Expect

PROMISE = "disk"
EXPECT = Expect(said="no file of a terabyte")
CODE = """
import os

said = "no file of a terabyte"
deeds = (
    lambda fd: os.truncate(fd, 1 << 40),
    lambda fd: os.pwrite(fd, b"x", 1 << 40),
    lambda fd: os.posix_fallocate(fd, 0, 1 << 40),
)
for deed in deeds:
    try:
        descriptor = os.open("/tmp/sparse", os.O_CREAT | os.O_RDWR)
        deed(descriptor)
        if os.fstat(descriptor).st_size > 1 << 30:
            said = "a file of a terabyte"
    except OSError:
        pass


def longest(words):
    return said
"""

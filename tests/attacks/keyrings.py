"""Reads and adds keys in the keyrings of the grader's session and user."""

from autograder.attacks import Expect

PROMISE = "kernel"
EXPECT = Expect(said="found nothing in [1-9]")
CODE = """
@SEARCH@
import ctypes

LIBC = ctypes.CDLL(None, use_errno=True)
for ring in (-1, -2, -3, -4, -5):
    tried[0] += 1
    if LIBC.syscall(250, 0, ring, 0) > 0:
        found.append(f"keyring {ring}")
if LIBC.syscall(248, b"user", b"driftlab-@MARK@", b"x", 1, -1) > 0:
    found.append("a key of its own")
if LIBC.syscall(249, b"user", b"driftlab-@MARK@", None, 0) > 0:
    found.append("a requested key")
read("/proc/keys")
"""

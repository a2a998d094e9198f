"""Sets up rings through which system calls are made that no filter sees."""

from autograder.attacks import Expect

PROMISE = "kernel"
EXPECT = Expect(said="found nothing in [1-9]")
CODE = """
@SEARCH@
import ctypes

LIBC = ctypes.CDLL(None, use_errno=True)
tried[0] += 3
if LIBC.syscall(425, 8, ctypes.create_string_buffer(120)) >= 0:
    found.append("io_uring_setup")
if LIBC.syscall(427, -1, 0, None, 0) >= 0:
    found.append("io_uring_register")
context = ctypes.c_ulong(0)
LIBC.syscall(206, 8, ctypes.byref(context))
"""

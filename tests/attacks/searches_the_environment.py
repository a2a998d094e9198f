"""Reads the environment and the command line in every form that there is."""

from autograder.attacks import Expect

PROMISE = "secrets-in-memory"
EXPECT = Expect(said="found nothing in [1-9]")
CODE = """
@SEARCH@
import ctypes, os, sys

look("environ", repr(os.environ))
look("argv", repr(sys.argv) + repr(getattr(sys, "orig_argv", "")) + repr(sys.path) + repr(sys.flags))
for name in ("environ", "cmdline", "auxv", "mountinfo", "cgroup", "maps", "status"):
    read(f"/proc/self/{name}")
    read(f"/proc/thread-self/{name}")
pointer = ctypes.POINTER(ctypes.c_char_p).in_dll(ctypes.CDLL(None), "environ")
for number in range(200):
    if not pointer or not pointer[number]:
        break
    look("libc", pointer[number])
"""

"""Turns its own process into another program, by path and from memory."""

from autograder.attacks import Expect

PROMISE = "processes"
EXPECT = Expect(everything="failed", said="PermissionError|OSError|returned")
CODE = """
import os


def total(numbers):
    for program in ("/bin/echo", "/usr/bin/env", "/bin/sleep"):
        try:
            os.execv(program, [program, "0"])
        except OSError:
            pass
    try:
        os.execve("/proc/self/exe", ["python", "-c", "pass"], {})
    except OSError:
        pass
    return 0
"""

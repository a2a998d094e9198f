"""Starts processes that start processes, by every call that can; bounded to a few hundred."""

from autograder.attacks import Expect

PROMISE = "processes"
EXPECT = Expect(said="made 0 processes")
CODE = """
import ctypes, os, time

made = 0
LIBC = ctypes.CDLL(None, use_errno=True)


def bomb(depth):
    global made
    for start in (os.fork, lambda: LIBC.syscall(57), lambda: LIBC.syscall(56, 17, 0, 0, 0, 0)):
        for _ in range(8):
            try:
                child = start()
            except OSError:
                break
            if child == 0:
                if depth:
                    bomb(depth - 1)
                time.sleep(20)
                os._exit(0)
            if child > 0:
                made += 1


bomb(2)


def longest(words):
    return f"made {made} processes"
"""

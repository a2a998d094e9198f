"""Sends open descriptors along with a reply, to fill the grader's table of open files."""

from autograder.attacks import Expect

PROMISE = "forged-replies"
EXPECT = Expect(everything="failed|student error", said="no value|returned")
CODE = """
import array, os, socket


def total(numbers):
    for descriptor in range(3, 64):
        try:
            wire = socket.socket(fileno=os.dup(descriptor))
            for _ in range(20):
                rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [0] * 50))]
                wire.sendmsg([b" "], rights)
        except OSError:
            pass
    return 15
"""

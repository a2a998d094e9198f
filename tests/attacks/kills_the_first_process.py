"""Signals the first process of the sandbox or of the machine with signals that are ignored by default."""

from autograder.attacks import Expect

PROMISE = "signals"
EXPECT = Expect(said="sent [0-9]+ signals")
CODE = """
import os, signal

sent = 0
for pid in (1, 2, 3):
    for number in (0, signal.SIGURG, signal.SIGCONT, signal.SIGWINCH):
        try:
            if pid != os.getpid():
                os.kill(pid, number)
                sent += 1
        except OSError:
            pass
if os.getppid() == 1:
    try:
        os.kill(@SENTINEL@, 0)
    except OSError:
        inside = True
    else:
        inside = False
    try:
        os.kill(1 if inside else @SENTINEL@, signal.SIGKILL)
    except OSError:
        pass


def longest(words):
    return f"sent {sent} signals"
"""

"""Has a timer interrupt whatever runs, every millisecond, with a handler that changes the caller's variables."""

from autograder.attacks import Expect

PROMISE = "hooks-reach-nobody"
EXPECT = Expect(everything="failed|student error|timeout", said="meddled [1-9]")
CODE = """
import signal, sys


times = 0


def meddle(number, frame):
    global times
    times += 1
    while frame is not None:
        frame.f_globals.setdefault("outcome", "passed")
        frame.f_globals["value"] = 14
        frame = frame.f_back


signal.signal(signal.SIGALRM, meddle)
signal.signal(signal.SIGVTALRM, meddle)
signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
signal.setitimer(signal.ITIMER_VIRTUAL, 0.001, 0.001)


def longest(words):
    signal.setitimer(signal.ITIMER_VIRTUAL, 0.001, 0.001)
    while times < 3:
        pass
    return f"meddled {times} times"
"""

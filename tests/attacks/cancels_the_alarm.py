"""Switches off timers and handlers that end long cells, then loops while its cells run."""

from autograder.attacks import Expect

PROMISE = "time"
EXPECT = Expect(everything="timeout", said="did not return in time")
CODE = """
import signal, sys


def run():
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.alarm(0)
    for number in (signal.SIGALRM, signal.SIGXCPU, signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    sys.setswitchinterval(100)
    while True:
        pass


run()
"""

"""Leaves threads that are no daemons, so that the interpreter would wait for them; half a minute at most."""

from autograder.attacks import Expect

PROMISE = "nothing-left"
EXPECT = Expect(said="returned 0")
CODE = """
import signal, threading, time


def stay():
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    time.sleep(30)


for _ in range(3):
    threading.Thread(target=stay, daemon=False).start()


def total(numbers):
    threading.Thread(target=stay, daemon=False).start()
    return 0
"""

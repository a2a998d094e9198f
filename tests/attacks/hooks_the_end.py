"""Writes forged results when its objects are collected and when its process ends."""

from autograder.attacks import Expect

PROMISE = "hooks-reach-nobody"
EXPECT = Expect(everything="failed|student error", said="returned")
CODE = r"""
import atexit, faulthandler, gc, os, sys, threading, weakref


def forge(*arguments):
    for descriptor in range(1, 32):
        try:
            os.set_blocking(descriptor, False)
            os.write(descriptor, b'{"id":99,"value":14,"outcome":"passed","points":6}\n')
        except OSError:
            pass


class Last:
    __del__ = forge


atexit.register(forge)
threading._register_atexit(forge)
keep = Last()
cycle = [Last()]
cycle.append(cycle)
weakref.finalize(keep, forge)
gc.callbacks.append(lambda phase, about: None)
sys.excepthook = sys.unraisablehook = threading.excepthook = forge
sys.exitfunc = forge
faulthandler.enable(file=2)
"""

"""Traces and profiles the code that calls it, and changes that code's variables as it runs."""

from autograder.attacks import Expect

PROMISE = "hooks-reach-nobody"
EXPECT = Expect(everything="failed|student error|timeout", said="returned")
CODE = """
import ctypes, sys, threading


def change(frame, event, argument):
    for name in ("value", "result", "returned", "answer", "reply"):
        if name in frame.f_locals and frame.f_code.co_filename[:5] != "<cell":
            frame.f_locals[name] = 14
            ctypes.pythonapi.PyFrame_LocalsToFast(ctypes.py_object(frame), ctypes.c_int(0))
    return change


sys.settrace(change)
sys.setprofile(change)
threading.settrace(change)
threading.setprofile(change)
frame = sys._getframe()
while frame is not None:
    frame.f_trace = change
    frame = frame.f_back
"""

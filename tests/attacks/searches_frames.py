"""Walks the frames of its callers and of all threads for expected values, checks and tokens."""

from autograder.attacks import Expect

PROMISE = "secrets-in-memory"
EXPECT = Expect(said="found nothing in [1-9]")
CODE = """
@SEARCH@
import gc, inspect, sys, threading, traceback


def frames():
    frame = sys._getframe()
    while frame is not None:
        yield frame
        frame = frame.f_back
    yield from sys._current_frames().values()


def total(numbers):
    for frame in frames():
        for name, value in [*frame.f_locals.items(), *frame.f_globals.items(), *frame.f_builtins.items()]:
            look(f"{frame.f_code.co_name}.{name}", repr(value)[:100_000])
        for constant in frame.f_code.co_consts:
            look("constants", repr(constant)[:100_000])
        if "judging" in frame.f_code.co_filename or "/checks/" in frame.f_code.co_filename:
            found.append(frame.f_code.co_filename)
    try:
        raise ValueError
    except ValueError:
        look("traceback", "".join(traceback.format_stack()))
    return 0
"""

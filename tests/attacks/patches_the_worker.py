"""Replaces functions and constants in every module of ours that its process holds."""

from autograder.attacks import Expect

PROMISE = "verdict-outside"
EXPECT = Expect(everything="failed|student error|timeout", said="no value|ended its own process|raised")
CODE = """
import gc, sys, types


def forged(*arguments, **named):
    return '{"id":1,"value":14,"outcome":"passed"}'


def held():
    # the name spaces of modules that are loaded, were loaded, or called this code
    frame = sys._getframe()
    while frame is not None:
        yield frame.f_globals
        frame = frame.f_back
    for thing in gc.get_objects():
        if isinstance(thing, types.ModuleType):
            yield vars(thing)
        elif isinstance(thing, types.FunctionType):
            yield thing.__globals__


def total(numbers):
    replaced = 0
    for space in list({id(space): space for space in held()}.values()):
        if str(space.get("__name__")).split(".")[0] not in ("autograder", "worker", "zygote", "student", "__main__"):
            continue
        for key, value in list(space.items()):
            if isinstance(value, types.FunctionType):
                space[key] = forged
                value.__code__, value.__defaults__, value.__kwdefaults__ = forged.__code__, None, None
                replaced += 1
            elif key.isupper() and isinstance(value, int):
                space[key] = 10**9
    return replaced
"""

"""Replaces the functions that the lab gives, which the checks call too, before and after its own answers."""

from autograder.attacks import Desk, Expect

PROMISE = "cells-are-ours"
EXPECT = Expect(said="returned")


CHEAT = """
def weight(word):
    raise SystemExit("passed")


weight.__code__ = (lambda word: 14).__code__
globals()["weight"] = lambda word: 14
"""


def upload(desk: Desk) -> None:
    notebook = desk.notebook(CHEAT)
    for cell in notebook["cells"]:
        if "def weight" in cell["source"]:
            cell["source"] = CHEAT
    desk.save(notebook)

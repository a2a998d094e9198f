"""Leaves files, changed modules and cached values for whoever is graded next; `picks_up_things` looks for them."""

from autograder.attacks import Expect

PROMISE = "no-carry-over"
EXPECT = Expect(said="left [1-9] things")
CODE = """
import builtins, gc, json, math, os, sys

builtins.left_by_an_attack = math.left_by_an_attack = json.left_by_an_attack = "left"
sys.modules["left_by_an_attack"] = json
for place in ("/tmp", "/dev/shm", "/var/tmp", ".", os.path.expanduser("~")):
    try:
        with open(os.path.join(place, "left-by-an-attack"), "w") as file:
            file.write("left")
    except OSError:
        pass
try:
    import numpy

    numpy.left_by_an_attack = "left"
    numpy.random.seed(1)
except ImportError:
    pass


def longest(words):
    return f"left {hasattr(math, 'left_by_an_attack') + ('left_by_an_attack' in sys.modules)} things"
"""

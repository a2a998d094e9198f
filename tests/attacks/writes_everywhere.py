"""Leaves a file in the checkout, beside compiled modules, among packages, at home and in shared folders."""

from autograder.attacks import Expect

PROMISE = "no-writes"
EXPECT = Expect(said="wrote to [0-9]+ of")
CODE = """
import json, numpy, os, sys

MARK = "driftlab-attack-@MARK@"
places = ["@REPO@", "@REPO@/autograder", "@REPO@/autograder/__pycache__", "@ROOT@", "@ROOT@/out", "@HOME@", "/", "/tmp"]
places += ["/var/tmp", "/dev/shm", "/run", "/etc", "/usr/local/bin", os.path.dirname(json.__file__)]
places += [os.path.dirname(os.path.dirname(numpy.__file__)), os.path.dirname(numpy.__file__) + "/__pycache__"]
places += [f"/proc/{process}/root" + "/tmp" for process in ("1", "self")]
places += [path for path in sys.path if os.path.isdir(path)]
written = []
for place in places:
    try:
        with open(os.path.join(place, MARK), "x") as file:
            file.write("left by the attack battery; may be removed")
        written.append(place)
    except OSError:
        pass


def longest(words):
    return f"wrote to {len(written)} of {len(places)} places"
"""

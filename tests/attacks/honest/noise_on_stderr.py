"""Warns, logs and prints bars on stderr and stdout all the time."""

from autograder.attacks import Desk, Expect

PROMISE = "honest"
EXPECT = Expect(everything="passed", points=6)
NOISE = """
import logging, sys, warnings

logging.basicConfig(level=0)


def noisy(function):
    def called(*arguments):
        warnings.warn("a FutureWarning that a library prints")
        logging.error("Error: failed")
        print("progress 100%", file=sys.stderr, flush=True)
        print("0 passed, 6 failed")
        return function(*arguments)

    return called


total, mean, longest = noisy(total), noisy(mean), noisy(longest)
"""


def upload(desk: Desk) -> None:
    desk.save(desk.notebook(NOISE, right=True))

"""Hands in a file of a terabyte that takes no room on the disk."""

import os

from autograder.attacks import Desk, Expect

PROMISE = "uploads-are-bounded"
EXPECT = Expect(everything="student error", reason="too large")


def upload(desk: Desk) -> None:
    desk.file.touch()
    os.truncate(desk.file, 2**40)

"""Hands in a named pipe, which keeps whoever opens it waiting."""

import os

from autograder.attacks import Desk, Expect

PROMISE = "uploads-are-data"
EXPECT = Expect(everything="student error", reason="pipe")


def upload(desk: Desk) -> None:
    os.mkfifo(desk.file)

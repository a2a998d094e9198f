"""Hands in one cell with megabytes of code."""

from autograder.attacks import Desk, Expect

PROMISE = "uploads-are-bounded"
EXPECT = Expect(everything="student error", reason="bytes of code")


def upload(desk: Desk) -> None:
    desk.save(desk.notebook("x = [" + "0, " * 1_500_000 + "]"))

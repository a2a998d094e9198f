"""Hands in a file that is cut off in the middle."""

from autograder.attacks import Desk, Expect

PROMISE = "uploads-are-bounded"
EXPECT = Expect(everything="student error", reason="no notebook")


def upload(desk: Desk) -> None:
    desk.save(desk.notebook())
    desk.file.write_bytes(desk.file.read_bytes()[:-700])

"""Hands in bytes that are no text in the encoding that they begin with."""

from autograder.attacks import Desk, Expect

PROMISE = "uploads-are-bounded"
EXPECT = Expect(everything="student error", reason="no text")


def upload(desk: Desk) -> None:
    desk.file.write_bytes(b"\xef\xbb\xbf\xff\xfe{" + bytes(range(256)))

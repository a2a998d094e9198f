"""Hands in a script whose declared encoding would unpack or translate its bytes."""

from autograder.attacks import Desk, Expect

PROMISE = "uploads-are-bounded"
EXPECT = Expect(everything="student error", reason="encoding")


def upload(desk: Desk) -> None:
    desk.file.with_suffix(".py").write_bytes(b"# -*- coding: unicode_escape -*-\n\\u0074otal = print\n")

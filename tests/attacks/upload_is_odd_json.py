"""Hands in JSON of another shape: cells that are no list, a format of the future, numbers of a million digits."""

from autograder.attacks import Desk, Expect

PROMISE = "uploads-are-bounded"
EXPECT = Expect(everything="student error", reason="no list of cells|no notebook|not read")


def upload(desk: Desk) -> None:
    desk.file.write_text('{"cells": {"0": "total"}, "nbformat": 1' + "0" * 6000 + "}", encoding="utf-8")

"""Hands in JSON nested so deep that reading it overflows a stack."""

from autograder.attacks import Desk, Expect

PROMISE = "uploads-are-bounded"
EXPECT = Expect(everything="student error", reason="nested too deep|too much")


def upload(desk: Desk) -> None:
    desk.file.write_text('{"cells": ' + "[" * 90_000 + "]" * 90_000 + "}", encoding="utf-8")

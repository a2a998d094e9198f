"""Hands in a folder with the notebook's name, and an endless number of folders in folders."""

from autograder.attacks import Desk, Expect

PROMISE = "uploads-are-data"
EXPECT = Expect(everything="student error", reason="deeper than")


def upload(desk: Desk) -> None:
    folder = desk.file
    for _ in range(40):
        folder /= "again.ipynb"
    folder.mkdir(parents=True)

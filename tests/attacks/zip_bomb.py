"""Packs a notebook of two hundred megabytes into a few hundred kilobytes."""

import zipfile

from autograder.attacks import Desk, Expect

PROMISE = "uploads-are-bounded"
EXPECT = Expect(everything="student error", reason="too large")


def archive(package: zipfile.ZipFile, desk: Desk) -> None:
    with package.open(f"{desk.student}.ipynb", "w") as file:
        for _ in range(200):
            file.write(b" " * 2**20)

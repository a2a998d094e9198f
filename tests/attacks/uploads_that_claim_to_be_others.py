"""Hands in several notebooks at once, one in the name of a neighbour, one with a path in its name."""

from autograder.attacks import Desk, Expect

PROMISE = "uploads-are-data"
EXPECT = Expect(everything="student error", reason="could be meant|files")


def upload(desk: Desk) -> None:
    for name in ("000-00-honest.ipynb", "zzz-honest.ipynb", "..ipynb.py", "a\nb.ipynb", "-rf *.py"):
        (desk.folder / name).write_text("total = 14\n", encoding="utf-8")

"""Hands in a symbolic link to the solution."""

import json

from autograder.attacks import Desk, Expect

PROMISE = "uploads-are-data"
EXPECT = Expect(everything="student error", reason="link")


def upload(desk: Desk) -> None:
    solution = desk.ground.root / "solution.ipynb"
    solution.write_text(json.dumps(desk.notebook(right=True)), encoding="utf-8")
    desk.file.symlink_to(solution)

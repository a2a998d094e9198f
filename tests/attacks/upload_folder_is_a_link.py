"""Puts a link in the place of the assignment's folder; it leads to one with the solution."""

import json

from autograder.attacks import Desk, Expect

PROMISE = "uploads-are-data"
EXPECT = Expect(everything="student error", reason="link")


def upload(desk: Desk) -> None:
    solution = desk.ground.root / "folder-of-a-solution"
    solution.mkdir()
    (solution / desk.file.name).write_text(json.dumps(desk.notebook(right=True)), encoding="utf-8")
    desk.folder.rmdir()
    desk.folder.symlink_to(solution)

"""Hands in a hard link to the solution, which no look at the path can tell from a file."""

import json

from autograder.attacks import Desk, Expect

PROMISE = "uploads-are-data"
EXPECT = Expect(everything="student error", reason="hard link")


def upload(desk: Desk) -> None:
    solution = desk.ground.root / "solution-of-a-hard-link.ipynb"
    solution.write_text(json.dumps(desk.notebook(right=True)), encoding="utf-8")
    desk.file.hardlink_to(solution)

"""Rewrites the points and ids in the notebook's metadata."""

from autograder.attacks import Desk, Expect

PROMISE = "cells-are-ours"
EXPECT = Expect(said="returned")


def upload(desk: Desk) -> None:
    notebook = desk.notebook()
    for cell in notebook["cells"]:
        settings = cell["metadata"].get("nbgrader", {})
        settings["points"] = 600
        settings["grade_id"] = "attacklab-total"
        settings["schema_version"] = 99
        settings["checksum"] = "0"
    notebook["metadata"]["points"] = {"total": 600}
    desk.save(notebook)

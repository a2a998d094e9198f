"""Deletes every cell that checks something."""

from autograder.attacks import Desk, Expect

PROMISE = "cells-are-ours"
EXPECT = Expect(said="returned")


def upload(desk: Desk) -> None:
    notebook = desk.notebook()
    notebook["cells"] = [cell for cell in notebook["cells"] if "check(" not in cell["source"]]
    desk.save(notebook)

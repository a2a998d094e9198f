"""Went through a tool that lost all metadata, ids and outputs."""

from autograder.attacks import Desk, Expect

PROMISE = "honest"
EXPECT = Expect(everything="passed", points=6)


def upload(desk: Desk) -> None:
    notebook = desk.notebook(right=True)
    for cell in notebook["cells"]:
        cell["metadata"] = {}
        cell.pop("outputs", None)
    desk.save({"cells": notebook["cells"]})

"""Hands in a notebook of a hundred megabytes, nearly all of it output."""

import json

from autograder.attacks import Desk, Expect

PROMISE = "uploads-are-bounded"
EXPECT = Expect(everything="student error", reason="too large")


def upload(desk: Desk) -> None:
    notebook = desk.notebook()
    notebook["cells"][-1]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "@@"}]
    before, after = json.dumps(notebook).split("@@")
    with open(desk.file, "w", encoding="utf-8") as file:
        file.write(before)
        for _ in range(100):
            file.write("x" * 2**20)
        file.write(after)

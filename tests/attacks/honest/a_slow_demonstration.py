"""Runs something of its own that never ends before its answers are reached."""

from autograder.attacks import Desk, Expect

PROMISE = "honest"
EXPECT = Expect(everything="passed", points=6)


def upload(desk: Desk) -> None:
    notebook = desk.notebook(right=True)
    notebook["cells"].insert(1, dict(notebook["cells"][-1], source="while True:\n    pass\n"))
    desk.save(notebook)

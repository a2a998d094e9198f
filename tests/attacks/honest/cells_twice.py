"""Has every cell twice, as happens when somebody copies a notebook into itself."""

from autograder.attacks import Desk, Expect

PROMISE = "honest"
EXPECT = Expect(everything="passed", points=6)


def upload(desk: Desk) -> None:
    notebook = desk.notebook(right=True)
    notebook["cells"] += notebook["cells"]
    desk.save(notebook)

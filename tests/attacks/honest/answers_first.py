"""Has its answers at the top, before what the lab gives, and moved between each other."""

from autograder.attacks import Desk, Expect

PROMISE = "honest"
EXPECT = Expect(everything="passed", points=6)


def upload(desk: Desk) -> None:
    notebook = desk.notebook(right=True)
    notebook["cells"].sort(key=lambda cell: ("def " not in cell["source"], cell["source"]))
    desk.save(notebook)

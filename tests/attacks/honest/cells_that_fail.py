"""Has cells with errors, half a line and an endless print before and after its answers."""

from autograder.attacks import Desk, Expect

PROMISE = "honest"
EXPECT = Expect(everything="passed", points=6)


def upload(desk: Desk) -> None:
    notebook = desk.notebook("1 / 0\n", "def half(:\n", "raise KeyboardInterrupt\n", "undefined_name\n", right=True)
    notebook["cells"].insert(0, dict(notebook["cells"][-1], source="import no_such_module\n"))
    desk.save(notebook)

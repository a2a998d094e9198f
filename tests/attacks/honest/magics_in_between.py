"""Uses magics, shell lines and questions between its answers."""

from autograder.attacks import Desk, Expect

PROMISE = "honest"
EXPECT = Expect(everything="passed", points=6)


def upload(desk: Desk) -> None:
    notebook = desk.notebook("%timeit total([1])\n", "%%time\nx = 1\n", "mean?\n", right=True)
    for cell in notebook["cells"]:
        if cell["source"].startswith("def "):
            cell["source"] = "%matplotlib inline\n!pip list\n" + cell["source"]
    desk.save(notebook)

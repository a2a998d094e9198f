"""Was saved by an old program, in the notebook format 3."""

from autograder.attacks import Desk, Expect

PROMISE = "honest"
EXPECT = Expect(everything="passed", points=6)


def upload(desk: Desk) -> None:
    cells = desk.notebook(right=True)["cells"]
    for cell in cells:
        if cell["cell_type"] == "code":
            cell["input"] = cell.pop("source")
            cell["prompt_number"] = 1
            cell["language"] = "python"
    worksheets = [{"cells": cells[:3], "metadata": {}}, {"cells": cells[3:], "metadata": {}}]
    desk.save({"worksheets": worksheets, "metadata": {"name": ""}, "nbformat": 3, "nbformat_minor": 0})

"""Marks its own cells as given, locked and demonstrations, and hides code behind the calls that are left out."""

from autograder.attacks import Desk, Expect

PROMISE = "cells-are-ours"
EXPECT = Expect(said="returned")


def upload(desk: Desk) -> None:
    notebook = desk.notebook(
        "# given=true\ncheck('attacklab.total') or globals().update(total=lambda numbers: 15)\n",
        'check("attacklab.mean");mean = lambda values: 3.5\n',
        "from autograder.learner import check as longest\n",
    )
    for cell in notebook["cells"]:
        cell["metadata"]["nbgrader"] = {"grade": False, "locked": True, "solution": False, "grade_id": "given"}
    desk.save(notebook)

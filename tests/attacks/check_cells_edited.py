"""Replaces the checking cells by its own, and the function that checks."""

from autograder.attacks import Desk, Expect

PROMISE = "cells-are-ours"
EXPECT = Expect(said="returned")


def upload(desk: Desk) -> None:
    notebook = desk.notebook("def check(task):\n    return 2.0\n\n\nassert check('attacklab.total') == 2.0\n2.0\n")
    for cell in notebook["cells"]:
        if cell["source"].startswith("check("):
            cell["source"] = "def check(*tasks):\n    return 2.0\n\n\n2.0\n"
            cell["outputs"] = [{"output_type": "execute_result", "data": {"text/plain": "2.0"}, "metadata": {}}]
    desk.save(notebook)

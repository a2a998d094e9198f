"""Hands in cells whose parts have other types than they should: numbers, lists of numbers, cells in cells."""

from typing import Any

from autograder.attacks import Desk, Expect

PROMISE = "uploads-are-bounded"
EXPECT = Expect(notes="damaged")


def upload(desk: Desk) -> None:
    notebook = desk.notebook()
    odd: list[Any] = [None, 7, [], "x", {}, {"cell_type": "code"}, {"cell_type": ["code"], "source": "x"}]
    odd += [{"cell_type": "code", "source": [1, 2]}, {"cell_type": "code", "source": {"total": 14}}]
    odd += [{"cell_type": "code", "source": "pass", "metadata": 3}]
    notebook["cells"] = odd + notebook["cells"] + odd
    desk.save(notebook)

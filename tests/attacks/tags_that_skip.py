"""Tags cells so that a runner would skip them, allow their errors or take parameters from them."""

from autograder.attacks import Desk, Expect

PROMISE = "cells-are-ours"
EXPECT = Expect(said="returned")


def upload(desk: Desk) -> None:
    notebook = desk.notebook()
    for cell in notebook["cells"]:
        cell["metadata"]["tags"] = ["skip-execution", "raises-exception", "parameters", "remove-cell", "hide-input"]
        cell["metadata"]["deletable"] = cell["metadata"]["editable"] = False
    desk.save(notebook)

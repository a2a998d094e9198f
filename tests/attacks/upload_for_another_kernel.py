"""Hands in a notebook for another language, whose kernel would run what we do not expect."""

from autograder.attacks import Desk, Expect

PROMISE = "uploads-are-bounded"
EXPECT = Expect(everything="student error", reason="notebook for")


def upload(desk: Desk) -> None:
    notebook = desk.notebook()
    notebook["metadata"] = {"kernelspec": {"name": "bash", "language": "bash", "display_name": "Bash"}}
    desk.save(notebook)

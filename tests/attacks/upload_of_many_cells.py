"""Hands in a notebook of ten thousand cells."""

from autograder.attacks import Desk, Expect

PROMISE = "uploads-are-bounded"
EXPECT = Expect(everything="student error", reason="cells; at most")


def upload(desk: Desk) -> None:
    notebook = desk.notebook()
    cell: dict[str, object] = {
        "cell_type": "code",
        "metadata": {},
        "source": "pass",
        "outputs": [],
        "execution_count": None,
    }
    notebook["cells"] += [cell] * 10_000
    desk.save(notebook)

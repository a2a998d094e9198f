"""A small course for a learner to practise on: three tasks with public checks, one with none, one for a human."""

import json
from pathlib import Path

from autograder.spec import Course, LabSpec, Limits, TaskSpec

HINTS = ("Think of `2`.", "Multiply.", "`2 * n`")
PUBLIC = """
import pytest
from autograder import expect

@pytest.mark.task("small.double", points=1)
def test_of_a_number(submission, rng):
    n = rng.randint(2, 10**6)
    squared = expect.Mistake(n * n, "squared-it", "That is the square.")
    expect.equal(submission.call("double", n), 2 * n, f"double({n})", [squared])

@pytest.mark.task("small.double", points=0.5)
def test_of_nothing(submission):
    expect.equal(submission.call("double", 0), 0, "double(0)")

@pytest.mark.task("small.root", points=1)
def test_root(submission, clean_room):
    expect.close(clean_room.call("squared", submission.call("root", 9)), 9, "the square of root(9)")

@pytest.mark.task("small.both", points=1)
def test_both(submission):
    expect.equal(submission.call("given_both", 2), 8, "both(2)")
"""
CLEAN_ROOM = "def squared(x):\n    return x * x\n"
GIVEN = "def given_both(n):\n    return both(double(n))\n"


def practice_course(folder: Path) -> Course:
    """A course with the lab `small`."""
    tasks = (
        TaskSpec("small.double", "Twice", 2, 1, functions=("double",), hints=HINTS),
        TaskSpec("small.root", "Root", 1, 1, functions=("root",), hints=HINTS),
        TaskSpec("small.both", "Both", 1, 1, functions=("both",), hints=HINTS),
        TaskSpec("small.later", "Later", 1, 1, functions=("later",)),
        TaskSpec("small.words", "Words", 3, 1, manual=True),
    )
    spec = LabSpec("small", "Small <lab>", "small_lab", 3, tasks, given=(GIVEN,), limits=Limits(load_seconds=5))
    course = Course(folder / "specs", folder / "checks")
    for path, text in (
        (course.checks / "small" / "public" / "test_small.py", PUBLIC),
        (course.checks / "small" / "clean_room.py", CLEAN_ROOM),
        (course.specs / "small.json", json.dumps(spec.to_json())),
    ):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return course

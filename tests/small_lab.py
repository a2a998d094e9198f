"""A lab that grades in milliseconds: spec, checks, a solved and an unsolved submission. For tests of the grader."""

import json
from pathlib import Path

from autograder.spec import Course, LabSpec, Limits, TaskSpec

SOLVED = '''
# %%
import math

# %%
def double(n):
    """Twice n."""
    return 2 * n

# %%
def root(n):
    """The square root of n."""
    return math.sqrt(n)
'''
STUB = SOLVED.replace("return 2 * n", 'raise NotImplementedError("small.double")').replace(
    "return math.sqrt(n)", 'raise NotImplementedError("small.root")'
)
PUBLIC = """
import pytest
from autograder import expect

@pytest.mark.task("small.double", points=1)
def test_double(submission, rng):
    n = rng.randint(2, 10**6)
    unchanged = expect.Mistake(n, "unchanged", "Nothing happened.")
    expect.equal(submission.call("double", n), 2 * n, f"double({n})", [unchanged])
"""
HIDDEN = """
import pytest
from autograder import expect

@pytest.mark.task("small.double", points=1)
def test_negative(submission):
    expect.equal(submission.call("double", -3), -6, "double(-3)")

@pytest.mark.task("small.root", points=2)
def test_root(submission, clean_room, rng):
    n = rng.randint(2, 100)
    given = submission.call("root", n)
    expect.close(clean_room.call("squared", given), n, f"the square of root({n})")
"""
CLEAN_ROOM = "def squared(x):\n    return x * x\n"


def small_course(folder: Path, limits: Limits | None = None, preload: tuple[str, ...] = ("json", "math")) -> Course:
    """A course with the lab `small`: two tasks, four points."""
    tasks = (
        TaskSpec("small.double", "Twice", 2, 1, functions=("double",), hints=("a", "b", "c")),
        TaskSpec("small.root", "Root", 2, 1, functions=("root",), hints=("a", "b", "c")),
        TaskSpec("small.words", "Words", 3, 1, manual=True),
    )
    spec = LabSpec(
        "small", "Small", "small_lab", 3, tasks, preload=preload,
        limits=limits or Limits(load_seconds=5, call_seconds=2, submission_seconds=8, memory_bytes=256 * 2**20),
    )  # fmt: skip
    course = Course(folder / "specs", folder / "checks")
    for kind, text in (("public", PUBLIC), ("hidden", HIDDEN)):
        place = course.checks / "small" / kind
        place.mkdir(parents=True)
        (place / "test_small.py").write_text(text, encoding="utf-8")
    (course.checks / "small" / "clean_room.py").write_text(CLEAN_ROOM, encoding="utf-8")
    course.specs.mkdir()
    (course.specs / "small.json").write_text(json.dumps(spec.to_json()), encoding="utf-8")
    return course

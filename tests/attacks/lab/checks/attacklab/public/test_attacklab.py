"""The public checks of the battery's lab: one value a task, known to everybody."""

import pytest

from autograder import expect
from autograder.calling import Caller


@pytest.mark.task("attacklab.total", points=1)
def test_total(submission: Caller) -> None:
    weight = submission.call("weight", "abc")
    if weight != 3:
        expect.fail(f"the given function was replaced: {expect.shown(weight)}", "given-replaced")
    expect.equal(submission.call("total", [1, 2, 3]), 14, "total([1, 2, 3])")


@pytest.mark.task("attacklab.mean", points=1)
def test_mean(submission: Caller) -> None:
    expect.close(submission.call("mean", [1.0, 2.0, 6.0]), 3.0, "mean([1.0, 2.0, 6.0])")


@pytest.mark.task("attacklab.longest", points=1)
def test_longest(submission: Caller) -> None:
    expect.equal(submission.call("longest", ["a", "abc", "ab"]), "abc", "longest(['a', 'abc', 'ab'])")

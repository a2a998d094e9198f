"""What a learner may type for a task, and what a slip of the key brings."""

from pathlib import Path

import pytest
from small_practice import practice_course

from autograder.desk import asked
from autograder.errors import GradingError
from autograder.spec import LabSpec


@pytest.fixture
def specs(tmp_path: Path) -> list[LabSpec]:
    return [practice_course(tmp_path).spec("small")]


def double(n: int) -> int:
    return n


@pytest.mark.parametrize("what", ["small.double", "double", " small.double ", double])
def test_a_task_by_any_of_its_names(what: object, specs: list[LabSpec]) -> None:
    found = asked.find(what, specs, {})
    assert [task.id for task in found.tasks] == ["small.double"]
    assert found.one


def test_a_lab_is_all_its_graded_tasks(specs: list[LabSpec]) -> None:
    found = asked.find("small", specs, {})
    assert [task.id for task in found.tasks] == ["small.double", "small.root", "small.both", "small.later"]
    assert not found.one


def test_nothing_is_what_is_there(specs: list[LabSpec]) -> None:
    found = asked.find(None, specs, {"root": 1, "later": 2, "x": 3})
    assert [task.id for task in found.tasks] == ["small.root", "small.later"]
    with pytest.raises(GradingError, match="no function of a task is defined yet"):
        asked.find(None, specs, {"x": 3})
    with pytest.raises(GradingError, match="from the top"):
        asked.find(None, [], {})


@pytest.mark.parametrize(
    ("what", "advice"),
    [
        ("small.doubel", "Did you mean small.double?"),
        ("dubble", "Did you mean small.double?"),
        ("SMALL.ROOT", "Did you mean small.root?"),
        ("lab9.rot", "Did you mean small.root?"),
        ("zzz", "Choose among: small.double, small.root, small.both, small.later, small.words."),
        (7, "Choose among"),
        ("x" * 10**6, "Choose among"),
        (str.upper, "Choose among"),
    ],
)
def test_a_slip_brings_what_is_near(what: object, advice: str, specs: list[LabSpec]) -> None:
    with pytest.raises(GradingError) as caught:
        asked.find(what, specs, {})
    assert advice in caught.value.remedy
    assert len(caught.value.problem) < 150


def test_without_labs_it_says_so() -> None:
    with pytest.raises(GradingError, match="is the checkout complete"):
        asked.find("small.double", [], {})

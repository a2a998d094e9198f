"""Progress beside the notebook: counted, kept, and never in anybody's way."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.desk.progress import Progress, TaskProgress
from autograder.outcomes import CheckResult, Outcome

RIGHT = CheckResult("c", "lab1.x", 1, 1, Outcome.PASSED)
WRONG = CheckResult("c", "lab1.x", 0, 1, Outcome.FAILED, "no", "squared-it")


def test_it_is_kept_beside_the_notebook(tmp_path: Path) -> None:
    progress = Progress.load(tmp_path, "lab1")
    progress.tried("lab1.x", [RIGHT, WRONG])
    progress.tried("lab1.x", [WRONG, WRONG])
    assert progress.took_hint("lab1.x", 3) == 1
    assert progress.save()
    assert json.loads((tmp_path / ".progress" / "lab1.json").read_text())["lab"] == "lab1"
    again = Progress.load(tmp_path, "lab1").of("lab1.x")
    assert (again.checked, again.hints, again.best, again.out_of, again.outcome) == (2, 1, 1, 2, "failed")
    assert again.mistakes == {"squared-it": 2}
    assert again.first <= again.last
    assert [path.name for path in (tmp_path / ".progress").iterdir()] == ["lab1.json"]


def test_what_passed_is_what_passed_last(tmp_path: Path) -> None:
    progress = Progress.load(tmp_path, "lab1")
    progress.tried("lab1.x", [RIGHT])
    progress.tried("lab1.y", [WRONG])
    assert progress.passed() == ["lab1.x"]
    progress.tried("lab1.x", [WRONG])
    assert progress.passed() == []


def test_hints_end(tmp_path: Path) -> None:
    progress = Progress.load(tmp_path, "lab1")
    assert [progress.took_hint("lab1.x", 3) for _ in range(5)] == [1, 2, 3, 3, 3]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "7",
        '{"tasks": 3}',
        '{"tasks": {"lab1.x": 3}}',
        "[" * 100_000,
        '{"tasks": {"lab1.x": {"hints": "3"}}}',
    ],
)
def test_a_damaged_file_is_a_fresh_start(text: str, tmp_path: Path) -> None:
    path = tmp_path / ".progress" / "lab1.json"
    path.parent.mkdir()
    path.write_text(text)
    progress = Progress.load(tmp_path, "lab1")
    assert progress.of("lab1.x") == TaskProgress()
    progress.took_hint("lab1.x", 3)
    assert progress.save()
    assert Progress.load(tmp_path, "lab1").of("lab1.x").hints == 1


def test_a_huge_file_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / ".progress" / "lab1.json"
    path.parent.mkdir()
    row = json.dumps({"tasks": {"lab1.x": {"hints": 2}}})
    path.write_text(row)
    assert Progress.load(tmp_path, "lab1").of("lab1.x").hints == 2
    path.write_text(row + " " * 2**20)
    assert Progress.load(tmp_path, "lab1").of("lab1.x").hints == 0


def test_where_nothing_can_be_written_it_counts_on(tmp_path: Path) -> None:
    (tmp_path / ".progress").write_text("a file where the folder should be")
    for wanted in (1, 2):
        progress = Progress.load(tmp_path, "lab1")
        assert progress.took_hint("lab1.x", 3) == wanted
        assert not progress.save()
        assert not progress.saved
    (tmp_path / ".progress").unlink()
    progress = Progress.load(tmp_path, "lab1")
    assert progress.save()
    assert Progress.load(tmp_path, "lab1").of("lab1.x").hints == 2


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from(["checked", "hints", "best", "outcome", "mistakes", "first", "x"]), values))
def test_any_row_is_read(row: dict[str, object]) -> None:
    record = TaskProgress.from_json(row)
    assert type(record.hints) is int
    assert type(record.best) in (int, float)
    assert all(type(count) is int for count in record.mistakes.values())

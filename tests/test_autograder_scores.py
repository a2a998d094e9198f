"""The file of results: what was finished stays, whatever happens in the middle of a line."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.errors import GradingError
from autograder.outcomes import CheckResult, Outcome, SubmissionResult, TaskResult
from autograder.scores import ScoreFile, summary


def result(student: str, points: float = 1.0, *, ungraded: bool = False) -> SubmissionResult:
    check = CheckResult("public/test_a.py::test_a", "l.a", points, 2.0, Outcome.PASSED, "said", "slip")
    task = TaskResult("l.a", points, 2.0, Outcome.PASSED, (check,))
    return SubmissionResult(
        student, "l", () if ungraded else (task,), reason="why" if ungraded else "", ungraded=ungraded,
        notes=("a note",), provenance={"checks": "x"}, seconds=1.5,
    )  # fmt: skip


@given(st.lists(st.text(max_size=9), max_size=5))
@settings(max_examples=30)
def test_results_come_back_as_they_were_written(tmp_path_factory: pytest.TempPathFactory, names: list[str]) -> None:
    file = ScoreFile(tmp_path_factory.mktemp("scores") / "scores.jsonl")
    for name in names:
        file.append(result(name))
    assert file.read() == {name: result(name) for name in names}


def test_the_last_line_of_a_student_counts(tmp_path: Path) -> None:
    file = ScoreFile(tmp_path / "out" / "scores.jsonl")
    file.append(result("ann", 1.0))
    file.append(result("ann", 2.0))
    assert file.read()["ann"].points == 2.0


def test_a_kill_in_the_middle_of_a_line_loses_that_line_only(tmp_path: Path) -> None:
    file = ScoreFile(tmp_path / "scores.jsonl")
    for name in ("ann", "ben", "eve"):
        file.append(result(name))
    whole = file.path.read_bytes()
    ends = [place for place, byte in enumerate(whole) if byte == ord("\n")]
    for cut in range(ends[1] + 1, len(whole) - 1, 37):
        file.path.write_bytes(whole[:cut])
        file.mend()
        assert set(file.read()) == {"ann", "ben"}
        file.append(result("eve"))
        assert set(file.read()) == {"ann", "ben", "eve"}


def test_a_file_of_something_else_is_not_overwritten(tmp_path: Path) -> None:
    file = ScoreFile(tmp_path / "scores.jsonl")
    file.path.write_text('{"student": 3}\n{"x": 1}\n')
    with pytest.raises(GradingError, match="line 1"):
        file.read()


def test_no_score_is_not_a_zero() -> None:
    row = summary([result("eve", ungraded=True), result("ann", 0.0), result("ben", 1.5)], 2.0, "landlock", 1.234)
    assert row == {
        "graded": 2, "points": {"ann": 0, "ben": 1.5}, "ungraded": {"eve": "why"}, "out_of": 2,
        "isolation": "landlock", "seconds": 1.23,
    }  # fmt: skip

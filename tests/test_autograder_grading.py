"""A class is graded: every submission has an outcome, nothing finished is lost, and what fails is told apart."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from small_lab import SOLVED, STUB, small_course

from autograder import grading
from autograder.errors import GradingError
from autograder.grading import Summary
from autograder.outcomes import Outcome, SubmissionResult
from autograder.sandbox import levels
from autograder.sandbox.levels import Level
from autograder.scores import ScoreFile
from autograder.spec import Course, Limits

SALT = b"a salt for the tests"
ROOT = Path(__file__).resolve().parents[1]

pytestmark = pytest.mark.skipif(not levels.available(), reason="this machine offers no isolation level")


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    return small_course(tmp_path_factory.mktemp("course"))


def graded(folder: Path, course: Course, **options: Any) -> Summary:
    return grading.grade(folder / "in", "small", folder / "out", salt=SALT, course=course, **{"jobs": 1, **options})


def hand_in(folder: Path, **submissions: str) -> None:
    (folder / "in").mkdir(exist_ok=True)
    for student, text in submissions.items():
        (folder / "in" / f"{student}.py").write_text(text, encoding="utf-8")


def by_student(done: Summary) -> dict[str, SubmissionResult]:
    return {result.student: result for result in done.results}


@pytest.mark.parametrize("level", levels.available())
def test_a_class(tmp_path: Path, course: Course, level: Level) -> None:
    hand_in(
        tmp_path,
        ann=SOLVED,
        ben=STUB,
        eve=SOLVED.replace("2 * n", "n"),
        ida=SOLVED.replace("return 2 * n", "import time; time.sleep(60)"),
        kim=SOLVED.replace("return 2 * n", "import os; os._exit(0)"),
        leo=SOLVED.replace("return 2 * n", "return 'x' * 10**10"),
        max="def double(n:\n",
        nia="",
    )
    done = graded(tmp_path, course, isolation=level, jobs=2)
    found = by_student(done)
    assert {name: result.points for name, result in found.items()} == {
        "ann": 4, "ben": 0, "eve": 2, "ida": 2, "kim": 2, "leo": 2, "max": 0, "nia": 0,
    }  # fmt: skip
    outcomes = {name: result.tasks[0].outcome for name, result in found.items()}
    assert outcomes["ann"] is Outcome.PASSED
    assert outcomes["ben"] is Outcome.NOT_ATTEMPTED
    assert outcomes["eve"] is Outcome.FAILED
    assert outcomes["ida"] is Outcome.TIMEOUT
    assert outcomes["kim"] is Outcome.STUDENT_ERROR
    assert outcomes["leo"] is Outcome.MEMORY
    assert found["eve"].tasks[0].checks[0].misconception == "unchanged"
    assert any("never closed" in note for note in found["max"].notes)
    assert found["nia"].reason
    provenance = found["ann"].provenance or {}
    assert provenance["isolation"] == level
    assert set(provenance) == {"checks", "environment", "isolation", "salt", "seed", "submission"}
    assert done.to_json()["out_of"] == 4
    assert not done.has_ungraded


def test_inputs_differ_between_students_and_not_between_runs(tmp_path: Path, course: Course) -> None:
    wrong = SOLVED.replace("2 * n", "0")
    hand_in(tmp_path, ann=wrong, ben=wrong)
    first = by_student(graded(tmp_path, course))
    (tmp_path / "out" / "scores.jsonl").unlink()
    second = by_student(graded(tmp_path, course))
    said = {name: result.tasks[0].checks[0].said for name, result in first.items()}
    assert said["ann"] != said["ben"]
    assert said == {name: result.tasks[0].checks[0].said for name, result in second.items()}


def test_what_was_graded_is_kept_until_something_changes(tmp_path: Path, course: Course) -> None:
    hand_in(tmp_path, ann=SOLVED, ben=STUB)
    assert graded(tmp_path, course).kept == 0
    assert graded(tmp_path, course).kept == 2
    hand_in(tmp_path, ben=SOLVED)
    again = graded(tmp_path, course)
    assert again.kept == 1
    assert by_student(again)["ben"].points == 4
    other = grading.grade(
        tmp_path / "in", "small", tmp_path / "out", salt=b"another salt of mine", course=course, jobs=1
    )
    assert other.kept == 0


def test_the_grader_is_killed_and_goes_on(tmp_path: Path, course: Course) -> None:
    slow = SOLVED.replace("return 2 * n", "import time; time.sleep(0.3); return 2 * n")
    hand_in(tmp_path, **{f"s{number:02}": slow for number in range(12)})
    script = (
        "import sys; from pathlib import Path; from autograder import grading; from autograder.spec import Course\n"
        "folder, course = Path(sys.argv[1]), Course(Path(sys.argv[2]), Path(sys.argv[3]))\n"
        f"grading.grade(folder / 'in', 'small', folder / 'out', salt={SALT!r}, course=course, jobs=1)\n"
    )
    command = [sys.executable, "-c", script, str(tmp_path), str(course.specs), str(course.checks)]
    process = subprocess.Popen(command, cwd=ROOT, start_new_session=True)
    file = ScoreFile(tmp_path / "out" / "scores.jsonl")
    while len(file.read()) < 3:
        assert process.poll() is None
        time.sleep(0.05)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    finished = len(file.read())
    done = graded(tmp_path, course)
    assert 3 <= finished <= done.kept < 12
    assert {result.points for result in done.results} == {4}


def test_a_lost_zygote_costs_nobody_a_point(tmp_path: Path, course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    """The machinery is killed under a submission: it is graded again on new machinery."""
    hand_in(tmp_path, ann=SOLVED, ben=SOLVED)
    from autograder.lanes import Lane

    ask, killed = Lane._ask, []

    def kill_first(lane: Lane, job: Any) -> Any:
        if not killed:
            killed.append(True)
            os.kill(lane._machinery._zygote.pid, signal.SIGKILL)  # type: ignore[union-attr]
            time.sleep(0.3)
        return ask(lane, job)

    monkeypatch.setattr(Lane, "_ask", kill_first)
    done = graded(tmp_path, course)
    assert killed
    assert {result.points for result in done.results} == {4}


def test_our_own_failure_is_no_score(tmp_path: Path) -> None:
    course = small_course(tmp_path / "course")
    check = course.checks / "small" / "hidden" / "test_small.py"
    check.write_text(check.read_text().replace('"squared"', '"squared", no_such_name'), encoding="utf-8")
    hand_in(tmp_path, ann=SOLVED, ben=STUB)
    done = graded(tmp_path, course)
    line = done.to_json()
    assert line["points"] == {"ben": 0}
    assert "no_such_name" in line["ungraded"]["ann"]
    assert done.has_ungraded
    assert by_student(done)["ann"].points is None


def test_a_submission_has_a_limit_for_all_of_it(tmp_path: Path) -> None:
    course = small_course(tmp_path / "course", Limits(load_seconds=5, call_seconds=2, submission_seconds=3))
    hand_in(tmp_path, ann=SOLVED.replace("return", "import time; time.sleep(1.6); return"))
    result = graded(tmp_path, course).results[0]
    assert [check.outcome for task in result.tasks for check in task.checks].count(Outcome.TIMEOUT) >= 1
    assert result.points is not None
    assert result.points < 4


@pytest.mark.parametrize(("path", "said"), [("nothing", "nothing"), ("empty", "no notebook")])
def test_nothing_to_grade(tmp_path: Path, course: Course, path: str, said: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(GradingError, match=said):
        grading.grade(tmp_path / path, "small", tmp_path / "out", salt=SALT, course=course)
    with pytest.raises(GradingError, match="no lab 'nope'"):
        grading.grade(tmp_path / path, "nope", tmp_path / "out", salt=SALT, course=course)


def test_the_command_writes_one_line_of_json(tmp_path: Path) -> None:
    """Lab 1, through the program itself: exit code, stdout, stderr, files."""
    hand_in(tmp_path, ann="")
    (tmp_path / "in" / "ben.py").write_text("x = 1\n")
    (tmp_path / "salt").write_text("a salt for the tests")
    command = [sys.executable, "-m", "autograder", "grade", str(tmp_path / "in"), "--lab", "lab1", "--json"]
    command += ["--out", str(tmp_path / "out"), "--jobs", "1", "--salt", str(tmp_path / "salt")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    line = json.loads(done.stdout)
    assert line["points"] == {"ann": 0, "ben": 0}
    assert line["out_of"] == 20
    assert line["graded"] == 2
    assert line["ungraded"] == {}
    assert line["isolation"] in list(Level)
    assert (tmp_path / "out" / "feedback").is_dir()
    assert "ben: 0 of 20" in done.stderr

"""Public checks on one's own functions: results, own lines of a traceback, and silence on both streams."""

import logging
import os
import sys
import warnings
from pathlib import Path
from typing import Any

import pytest
from small_practice import GIVEN, practice_course

from autograder import student_code
from autograder.desk import trial
from autograder.desk.trial import Trial
from autograder.errors import SandboxError
from autograder.outcomes import Outcome
from autograder.spec import Course

RIGHT = "def double(n):\n    return 2 * n\n\ndef root(n):\n    return n ** 0.5\n\ndef both(n):\n    return 2 * n\n"


@pytest.fixture
def course(tmp_path: Path) -> Course:
    return practice_course(tmp_path)


def tried(course: Course, source: str, *tasks: str, **more: Any) -> Trial:
    namespace = student_code.new_namespace()
    student_code.load([("cell 3", source)], [GIVEN], namespace)
    spec = course.spec("small")
    return trial.run(spec, [spec.task(task) for task in tasks], namespace, course, **more)


def outcomes(found: Trial) -> list[Outcome]:
    return [result.outcome for result in found.results]


def test_right_ones_pass(course: Course) -> None:
    found = tried(course, RIGHT, "double", "root", "both", "later")
    assert outcomes(found) == [Outcome.PASSED] * 4
    assert sum(result.points for result in found.of("small.double")) == 1.5
    assert found.of("small.later") == []
    assert (found.noise, found.lines, found.stopped) == ("", {}, False)


def test_wrong_ones_say_why(course: Course) -> None:
    found = tried(course, "def double(n):\n    return n * n\n", "double", "root")
    assert outcomes(found) == [Outcome.FAILED, Outcome.PASSED, Outcome.NOT_ATTEMPTED]
    assert found.results[0].misconception == "squared-it"
    assert found.results[2].said == "There is no function root yet."


def test_an_exception_is_shown_by_own_lines_only(course: Course) -> None:
    source = "import json\ndef deeper(n):\n    return json.loads('{')\ndef double(n):\n    return deeper(n)\n"
    found = tried(course, source, "double")
    assert outcomes(found) == [Outcome.STUDENT_ERROR] * 2
    assert found.lines[found.results[0].said] == (
        "cell 3, line 5, in double: return deeper(n)",
        "cell 3, line 3, in deeper: return json.loads('{')",
    )


def test_endless_recursion_keeps_a_few_lines(course: Course) -> None:
    found = tried(course, "def double(n):\n    return double(n)\n", "double")
    lines = found.lines[found.results[0].said]
    assert len(lines) == trial.MOST_LINES
    assert "more" in lines[1]
    assert "double(n)" in lines[0]
    assert "double(n)" in lines[-1]


@pytest.mark.parametrize(
    "source",
    [
        "def double(n):\n    return 2 * n\n",
        RIGHT.replace("return 2 * n\n\ndef root", "raise NotImplementedError('small')\n\ndef root"),
    ],
)
def test_what_a_given_function_misses_is_not_written(source: str, course: Course) -> None:
    found = tried(course, source, "both")
    assert outcomes(found) == [Outcome.NOT_ATTEMPTED]
    missing = "both" if "both" not in source else "double"
    assert found.results[0].said == f"{missing} is not written yet."


def test_other_unknown_names_are_errors(course: Course) -> None:
    found = tried(course, "def double(n):\n    return doubel(n)\n", "double")
    assert outcomes(found) == [Outcome.STUDENT_ERROR] * 2
    assert "doubel" in found.results[0].said


def test_nothing_reaches_the_streams(course: Course, capfd: pytest.CaptureFixture[str]) -> None:
    old = logging.StreamHandler(sys.stderr)
    logger = logging.getLogger("a.library")
    logger.addHandler(old)
    noisy = """
import logging, os, sys, warnings
def double(n):
    print("printed")
    print("said", file=sys.stderr)
    os.write(2, b"from C\\n")
    warnings.warn("old thing")
    logging.getLogger("a.library").warning("logged")
    logging.getLogger("new.library").addHandler(logging.StreamHandler())
    logging.getLogger("new.library").warning("logged anew")
    return 2 * n
"""
    try:
        found = tried(course, noisy, "double")
        for words in ("printed", "said", "from C", "UserWarning: old thing", "logged", "logged anew"):
            assert words in found.noise
        assert capfd.readouterr() == ("", "")
        assert old.stream is sys.stderr
        (new,) = {handler.stream for handler in logging.getLogger("new.library").handlers}  # type: ignore[attr-defined]
        assert new is sys.stderr
        os.write(2, b"after")
        assert capfd.readouterr().err == "after"
    finally:
        logger.removeHandler(old)
        logging.getLogger("new.library").handlers.clear()


def test_what_is_printed_is_bounded(course: Course, capfd: pytest.CaptureFixture[str]) -> None:
    found = tried(course, "def double(n):\n    print('x' * 10**6)\n    return 2 * n\n", "double")
    assert len(found.noise) < trial.MOST_NOISE + 100
    assert "more characters" in found.noise
    assert capfd.readouterr() == ("", "")


def test_a_warning_made_an_error_is_the_learners_affair(course: Course) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = tried(course, "import warnings\ndef double(n):\n    warnings.warn('x')\n    return 2 * n\n", "double")
    assert outcomes(found) == [Outcome.PASSED] * 2


def test_a_stop_is_a_stop(course: Course) -> None:
    found = tried(course, RIGHT.replace("return 2 * n", "raise KeyboardInterrupt", 1), "double", "root")
    assert found.stopped
    assert found.of("small.root") == []


def test_it_tells_how_far_it_is(course: Course) -> None:
    heard: list[tuple[int, int]] = []
    tried(course, RIGHT, "double", "root", finished=lambda done, total: heard.append((done, total)))
    assert heard == [(1, 2), (2, 2)]


def test_without_checks_there_is_no_verdict(course: Course) -> None:
    (course.checks / "small" / "public" / "test_small.py").unlink()
    with pytest.raises(SandboxError, match="no checks here"):
        tried(course, RIGHT, "double")


def test_a_broken_clean_room_is_no_fault_of_the_learner(course: Course) -> None:
    (course.checks / "small" / "clean_room.py").write_text("def squared(x):\n    return 1 / 0\n")
    assert outcomes(tried(course, RIGHT, "root")) == [Outcome.SANDBOX_ERROR]


def test_file_names() -> None:
    assert trial.file_name("<cell 3>") == "cell 3"
    assert trial.file_name("/home/ada/my_lab.py") == "my_lab.py"

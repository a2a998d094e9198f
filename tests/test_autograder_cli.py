"""The command line of the autograder: exit codes that mean something, errors with a remedy, JSON alone on stdout."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from autograder import instructor
from autograder.__main__ import main
from autograder.errors import SandboxError
from autograder.grading import Summary
from autograder.outcomes import SubmissionResult
from autograder.sandbox import levels
from autograder.sandbox.levels import Level

ROOT = Path(__file__).resolve().parents[1]


def said(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = main(words)
    out, err = capsys.readouterr()
    return code, out, err


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys\nfrom autograder.__main__ import main\nmain(['grade', '--help'])\n"
        "sys.exit(bool({'torch', 'pytest', 'numpy', 'nbgrader', 'rich.progress'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "autograder grade submitted/ --lab lab1" in done.stdout


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["grade", "nowhere", "--lab", "lab9"], "there is no lab 'lab9'"),
        (["grade", "nowhere", "--lab", "lab1", "--isolation", "hope"], "there is no isolation level 'hope'"),
        (["grade", "nowhere", "--lab", "lab1", "--salt", "nowhere"], "the salt 'nowhere' cannot be read"),
        (["check", "lab9"], "there is no lab 'lab9'"),
        (["check", "lab1", "nf5"], "lab1 has no task 'nf5'"),
        (["check", "lab1", "nf4", "--file", "nowhere.ipynb"], "nowhere.ipynb"),
        (["release", "lab9"], "'lab9'"),
        (["self-check", "--level", "hope"], "there is no isolation level 'hope'"),
        (["grade"], "Missing argument"),
        (["grdae"], "No such command"),
    ],
)
def test_what_the_user_can_mend_is_2(words: list[str], problem: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = said(capsys, *words)
    assert code == 2
    assert out == ""
    assert problem in err
    assert "Traceback" not in err
    assert len(err.strip().splitlines()) >= 2, "what is wrong, and what to do"


def test_our_own_failure_is_3(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def broken(*_: object, **__: object) -> int:
        raise SandboxError("the zygote does not start.", "Tell us.")

    monkeypatch.setattr(instructor, "self_check", broken)
    code, _, err = said(capsys, "self-check")
    assert (code, "the zygote does not start." in err) == (3, True)


@pytest.mark.parametrize(("ungraded", "code"), [(False, 0), (True, 3)])
def test_a_class_with_somebody_ungraded_is_3(
    ungraded: bool, code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    result = SubmissionResult("ann\x1b[31m", "lab1", (), reason="no disk" if ungraded else "", ungraded=ungraded)
    done = Summary("lab1", (result,), 20.0, Level.LANDLOCK, 1.0, 0)
    monkeypatch.setattr(instructor.grading, "grade", lambda *_, **__: done)
    (tmp_path / "salt").write_text("a salt for the tests")
    words = ["grade", str(tmp_path), "--lab", "lab1", "--out", str(tmp_path / "out"), "--json"]
    found, out, err = said(capsys, *words, "--salt", str(tmp_path / "salt"))
    assert found == code
    line = json.loads(out)
    assert (line["ungraded"], line["points"]) == (
        ({"ann\x1b[31m": "no disk"}, {}) if ungraded else ({}, {"ann\x1b[31m": 0})
    )
    assert "\x1b[31m" not in err, "a student's name cannot colour the instructor's terminal"


def test_a_level_that_is_not_there_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(levels, "available", lambda: [Level.LANDLOCK])
    code, _, err = said(capsys, "grade", "nowhere", "--lab", "lab1", "--require", "namespaces")
    assert code == 2
    assert "namespaces" in err
    monkeypatch.setattr(levels, "available", lambda: [])
    code, _, err = said(capsys, "grade", "nowhere", "--lab", "lab1")
    assert code == 2
    assert "Dockerfile" in err


def test_a_release_that_is_up_to_date_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = said(capsys, "release", "--check", "--json")
    assert code == 0
    assert json.loads(out)["differing"] == 0

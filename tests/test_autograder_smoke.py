"""The smoke test tells a machine on which something is missing, ours or the learner's, from one where all works."""

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from small_lab import small_course

from autograder import practice
from autograder.errors import GradingError
from autograder.smoke import kernel, showing, trying
from autograder.smoke.kernel import Answer
from autograder.smoke.trying import Part, Report, State
from autograder.spec import Course, LabSpec
from driftlab import packages
from driftlab.screen import PlainScreen


def spec(tmp_path: Path) -> LabSpec:
    return small_course(tmp_path / "course").spec("small")


def test_each_state_has_its_exit_code_and_the_learners_own_comes_first() -> None:
    parts = {state: Part("x", state, "seen") for state in State}
    assert practice.CODES[Report((), (parts[State.WORKS], parts[State.DIFFERS])).worst] == 0
    assert practice.CODES[Report((), (parts[State.OURS], parts[State.WORKS])).worst] == 3
    assert practice.CODES[Report((), tuple(parts.values())).worst] == 2
    row = json.loads(json.dumps(Report(("lab1",), (parts[State.OURS],)).to_json()))
    assert (row["works"], row["labs"], row["parts"][0]["state"]) == (False, ["lab1"], "ours to mend")


@pytest.mark.parametrize(
    ("kind", "said", "state"),
    [
        ("ModuleNotFoundError", "No module named 'peft'", State.YOURS),
        ("ModuleNotFoundError", "No module named 'driftlab.budget'", State.OURS),
        ("NoSuchKernel", "python3", State.YOURS),
        ("ZeroDivisionError", "division by zero", State.OURS),
    ],
)
def test_whose_an_error_is(kind: str, said: str, state: State) -> None:
    found, words, remedy = trying._blamed(kind, said)
    assert found is state
    assert said in words
    assert remedy


def test_a_package_that_is_missing_is_the_learners_and_another_version_may_do(monkeypatch: pytest.MonkeyPatch) -> None:
    torch = packages.Package("torch", "2.0", "2.13.0")
    for found, state in (((torch,), State.DIFFERS), ((torch, packages.Package("peft", None, "0.1")), State.YOURS)):
        monkeypatch.setattr(packages, "found", lambda found=found: found)
        assert [part.state for part in trying._environment()] == [State.WORKS, state]


def test_checks_that_are_silent_wrong_or_fail_are_ours(tmp_path: Path) -> None:
    lab = spec(tmp_path)
    rows: list[Any] = [["small.double", "not attempted", ""], ["small.root", "not attempted", ""]]
    assert trying._checks(lab, Answer(json.dumps(rows))).state is State.WORKS
    assert "small.root has no check" in trying._checks(lab, Answer(json.dumps(rows[:1]))).said
    wrong = trying._checks(lab, Answer(json.dumps([rows[0], ["small.root", "sandbox error", "it broke"]])))
    assert (wrong.state, wrong.said) == (State.OURS, "small.root: sandbox error. it broke")
    assert trying._card(lab, Answer()).state is State.OURS
    assert trying._card(lab, Answer(error=("NameError", "name 'check' is not defined"))).state is State.OURS


def test_a_notebook_that_is_gone_or_damaged_is_the_learners(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lab = spec(tmp_path)
    monkeypatch.chdir(tmp_path)
    (gone,) = trying._notebook(lab)
    (tmp_path / "small_lab.ipynb").write_text('{"cells": [')
    (damaged,) = trying._notebook(lab)
    assert (gone.state, damaged.state) == (State.YOURS, State.YOURS)
    assert "does not open" in damaged.said


def test_an_attempt_that_breaks_is_told_and_the_others_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> Iterator[Part]:
        raise ModuleNotFoundError("No module named 'jupyter_client'")

    for name in ("_pocket", "_kernel"):
        monkeypatch.setattr(trying, name, broken)
    monkeypatch.chdir(tmp_path)
    course = small_course(tmp_path / "course")
    report = trying.run([], Course(course.specs, course.checks, tmp_path), PlainScreen(io.StringIO()))
    states = {part.what: part.state for part in report.parts}
    assert states["small: kernel and checks"] is State.YOURS
    assert states["small page"] is State.WORKS
    with pytest.raises(GradingError, match="no lab"):
        trying.run(["lab7"], course, PlainScreen(io.StringIO()))


@pytest.mark.parametrize("terminal", [True, False])
def test_it_is_shown_with_a_word_for_each_state_and_what_to_do(terminal: bool) -> None:
    parts = (Part("packages", State.YOURS, "peft is missing", "Run ./lab."), Part("x", State.WORKS, "[b]seen[/b]"))
    console = Console(file=io.StringIO(), width=80, force_terminal=terminal, _environ={})
    showing.show(Report(("lab1",), parts), console)
    text = console.file.getvalue()  # type: ignore[attr-defined]
    assert all(word in text for word in ("yours to mend", "works", "[b]seen[/b]", "packages: Run ./lab.", "see above"))


def test_imports_of_demonstrations_are_tried_without_running_them() -> None:
    text = kernel.imports(["%time x()\nimport math\nfrom os import path\nexplode()", "!ls\nif True:\n    import json"])
    assert text == "import math\nfrom os import path"

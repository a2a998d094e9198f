"""A made-up class: reproducible, of every kind, never over what is there; and a comparison that notices what differs.

`test_dress_rehearsal` grades one.
"""

import ast
import dataclasses
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.__main__ import main
from autograder.errors import GradingError
from autograder.outcomes import CheckResult, Outcome, SubmissionResult, TaskResult
from autograder.rehearsal import bank, kinds, made_class, saved_by, working
from autograder.rehearsal.made_class import Row
from autograder.scores import ScoreFile
from autograder.submissions import submission, uploads
from autograder.submissions.cells import read_cells

ROOT = Path(__file__).resolve().parents[1]
LABS = ("lab1", "lab2", "lab3", "lab4")


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def results(rows: list[Row]) -> list[SubmissionResult]:
    """Results that are what is expected."""
    made = []
    for row in rows:
        tasks = []
        for task, (public, hidden) in row.tasks.items():
            parts = (("p", public, True), ("h", hidden, False))
            checks = tuple(CheckResult(name, task, points, 9, Outcome.FAILED, public=p) for name, points, p in parts)
            tasks.append(TaskResult(task, public + hidden, 9, Outcome.FAILED, () if row.reason else checks))
        made.append(
            SubmissionResult(row.student, row.lab, tuple(tasks), reason=f"it {row.reason}" if row.reason else "")
        )
    return made


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A class of 21; read only."""
    place = tmp_path_factory.mktemp("made") / "class"
    assert main(["demo", str(place), "--lab", "lab2", "--students", "21"]) == 0
    return place


def test_the_same_words_make_the_same_bytes_anywhere(folder: Path, tmp_path: Path) -> None:
    words = ["--lab", "lab2", "--students", "21", "--json"]
    done = subprocess.run(
        [sys.executable, "-m", "autograder", "demo", str(tmp_path / "again"), *words],
        cwd=ROOT, env={**os.environ, "PYTHONHASHSEED": "5"}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert json.loads(done.stdout)["hand_ins"] == 21
    assert files(tmp_path / "again") == files(folder)


def test_another_seed_is_another_class_and_several_labs_share_one(tmp_path: Path) -> None:
    words = ["--students", "3", "--lab", "lab2"]
    assert main(["demo", str(tmp_path / "a"), *words, "--lab", "lab4", "--lab", "lab2"]) == 0
    assert main(["demo", str(tmp_path / "b"), *words, "--seed", "8"]) == 0
    assert [(row.lab, row.student[-2:]) for row in made_class.expected(tmp_path / "a")] == [
        (lab, f"0{number}") for lab in ("lab2", "lab4") for number in (1, 2, 3)
    ]
    mine = {name: data for name, data in files(tmp_path / "a").items() if "/lab2_" in name}
    assert mine != {name: data for name, data in files(tmp_path / "b").items() if "/lab2_" in name}


def test_nothing_that_is_there_is_changed(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = tmp_path / "class"
    place.mkdir()
    words = ["demo", str(place), "--lab", "lab2", "--students", "3"]
    assert main(words) == 0, "an empty folder will do"
    (place / "notes.txt").write_text("mine")
    before = files(place)
    assert main(words) == 0
    assert "there already, and unchanged" in capsys.readouterr().out
    changed = next((place / "submitted").rglob("timestamp.txt"))
    for spoil in (lambda: changed.write_text("tomorrow"), lambda: changed.unlink()):
        spoil()
        now = files(place)
        assert main(words) == 2
        assert "is not empty" in capsys.readouterr().err
        assert files(place) == now
    assert main(["demo", str(place), "--lab", "lab2", "--seed", "9"]) == 2
    assert before["notes.txt"] == files(place)["notes.txt"]
    assert [path.name for path in tmp_path.iterdir()] == ["class"], "nothing is left beside it"


def test_a_class_that_cannot_be_written_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = made_class.hand_ins("lab2", made_class.names(4), 7)

    def full(source: str, target: str) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(made_class.os, "replace", full)
    with pytest.raises(GradingError, match="No space left"):
        made_class.write(tmp_path / "class", made)
    assert list(tmp_path.iterdir()) == []


def test_every_kind_is_there_and_reads_as_it_should(folder: Path) -> None:
    rows = {row.student: row for row in made_class.expected(folder)}
    assert {row.kind for row in rows.values()} == set(kinds.KINDS)
    spec = working.lab("lab2").spec
    found = uploads.find(folder / "submitted", spec)
    assert {upload.student for upload in found} == set(rows)
    for upload in found:
        row = rows[upload.student]
        if row.reason:
            with pytest.raises(GradingError) as error:
                submission.read(upload, spec)
            assert row.reason in error.value.problem
            assert row.points == 0
        else:
            assert submission.read(upload, spec).cells
    for path in (folder / "submitted").rglob("timestamp.txt"):
        assert (path.read_text() > kinds.DUE) == (rows[path.parts[-3]].kind == "late")


@pytest.mark.parametrize("lab", LABS)
def test_any_answer_of_the_bank_can_stand_in_the_notebook(lab: str) -> None:
    worked = working.lab(lab)
    recorded = bank.kept(lab)
    for answer in bank.answers(lab):
        texts = worked._texts(answer.task, answer)
        trees = [ast.parse(text) for text in texts.values()]
        names = [node.name for tree in trees for node in tree.body if isinstance(node, ast.FunctionDef)]
        functions = worked.spec.task(answer.task).functions
        assert set(functions) <= set(names)
        assert answer.source in "".join(texts.values())
        assert answer.right or answer.line not in recorded or answer.task in recorded[answer.line]
    for task in worked.cells:
        for text in worked._texts(task, working.BROKEN).values():
            with pytest.raises(SyntaxError):
                ast.parse(text)


def test_answers_whose_helpers_share_a_name_never_stand_together() -> None:
    lab = working.lab("lab2")
    one, two = (bank.Answer(task, "", False, "", "") for task in ("lab2.nf4", "lab2.peak"))
    helper, use = "def helper():\n    return 1", "from math import ceil as helper"

    def clash(first: str, second: str) -> bool:
        work = {answer.task: dataclasses.replace(answer, source=text) for answer, text in ((one, first), (two, second))}
        return lab.clash(work)

    assert clash(helper, "helper = 2")
    assert clash(helper, use)
    assert clash("for helper in (1, 2): pass", helper)
    assert not clash(use, use)
    assert not clash(helper, "def other():\n    helper = 1\n    return helper")
    assert not lab.clash(kinds.solved(lab))
    for turn in range(12):
        draw = kinds.Draw(3, lab, "student", turn)
        work: dict[str, bank.Answer | str] = {}
        for task in lab.spec.graded:
            work[task.id] = draw.answer(task.id, work, right=True)
        assert not lab.clash(work)


@pytest.mark.parametrize("save", [saved_by.colab, saved_by.kaggle, saved_by.version_three, saved_by.script])
def test_other_programs_keep_every_line_of_code(save: saved_by.Saved) -> None:
    lab = working.lab("lab2")
    notebook = lab.worked(kinds.solved(lab))
    code = [cell["source"].strip() for cell in notebook["cells"] if cell["cell_type"] == "code"]
    name = "a.py" if save is saved_by.script else "a.ipynb"
    cells = read_cells(save(notebook), name).cells
    assert [cell.source.strip() for cell in cells if cell.kind == "code"] == code
    assert not any("lab2-" in cell.marks for cell in cells), "nbgrader's names are gone"


def test_the_comparison_tells_what_differs(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [row for row in made_class.expected(folder) if row.lab == "lab2"]
    right = results(rows)
    whole = next(row.student for row in rows if row.kind == "whole")
    broken = next(row.student for row in rows if row.kind == "empty")

    def compared(*changed: SubmissionResult) -> tuple[int, str]:
        out = tmp_path / str(len(list(tmp_path.iterdir())))
        for one in [*right, *changed]:
            ScoreFile(out / "scores.jsonl").append(one)
        code = main(["demo", str(folder), "--compare", str(out)])
        return code, capsys.readouterr().out

    assert compared()[0] == 0
    (good,) = (one for one in right if one.student == whole)
    task = good.tasks[0]
    half = dataclasses.replace(task, checks=(task.checks[0], dataclasses.replace(task.checks[1], points=0.0)))
    code, said = compared(dataclasses.replace(good, tasks=(half, *good.tasks[1:])))
    assert (code, f"{whole}: NOT as expected: lab2.units has 0.5 public + 0 hidden, expected 0.5 + 0.5" in said) == (
        1,
        True,
    )
    assert "20 of 21 students" in said
    code, said = compared(dataclasses.replace(good, ungraded=True, reason="no disk"))
    assert (code, "has no score: no disk" in said) == (1, True)
    (unread,) = (one for one in right if one.student == broken)
    assert compared(dataclasses.replace(unread, reason="it is too large"))[0] == 1
    stranger = SubmissionResult("somebody else", "lab2", ())
    assert compared(stranger)[0] == 0, "others may be in the class"


def test_what_is_missing_is_said(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert main(["demo", str(tmp_path), "--compare", str(tmp_path)]) == 2
    assert main(["demo", str(folder), "--compare", str(tmp_path)]) == 2
    assert main(["demo", str(tmp_path / "x"), "--lab", "lab9"]) == 2
    (tmp_path / "expected.csv").write_text("lab,student\nlab2,ann\n")
    with pytest.raises(GradingError, match="is damaged"):
        made_class.expected(tmp_path)
    monkeypatch.setattr(bank, "BANK", tmp_path / "nowhere")
    with pytest.raises(GradingError, match="checkout of the whole repository"):
        working.lab("lab2")

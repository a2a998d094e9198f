"""A solved lab that Colab or Kaggle saved earns what it earns as we release it, and reads the same."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from saved_elsewhere import merged

from autograder import grading
from autograder.authoring import lab_source, notebooks
from autograder.rehearsal.saved_by import Notebook, as_colab, as_kaggle
from autograder.sandbox import levels
from autograder.spec import Course, LabSpec
from autograder.submissions import submission
from autograder.submissions.submission import Submission

ROOT = Path(__file__).resolve().parents[1]
LABS = Course().labs


def solved(lab: str) -> Notebook:
    """The lab's notebook with every solution in it."""
    (path,) = (ROOT / "solutions").glob(f"{lab}_*.py")
    row: Notebook = json.loads(json.dumps(notebooks.source_notebook(lab_source.read(path))))
    for cell in row["cells"]:  # a learner's answers have no marks around them
        cell["source"] = re.sub(r"\n *### (BEGIN|END) SOLUTION", "", cell["source"])
    return row


def read(row: Any, spec: LabSpec) -> Submission:
    return submission.parse(json.dumps(row).encode(), "lab.ipynb", spec, student="ann")


def code(read: Submission) -> list[str]:
    return [source for _, source in read.cells]


@pytest.mark.parametrize("lab", LABS)
def test_what_the_grader_reads_is_the_same_wherever_it_was_saved(lab: str) -> None:
    spec, row = Course().spec(lab), solved(lab)
    ours = read(row, spec)
    assert len(code(ours)) == sum(cell["metadata"].get("nbgrader", {}).get("solution", False) and
                                  cell["cell_type"] == "code" for cell in row["cells"])  # fmt: skip
    for saved in (as_colab(row), as_colab(row, strip=False), as_kaggle(row)):
        elsewhere = read(saved, spec)
        assert code(elsewhere) == code(ours)
        assert elsewhere.written.keys() == ours.written.keys()
        for task, text in elsewhere.written.items():  # found by its heading, which it then leaves out
            assert text, task
            assert ours.written[task].endswith(text)
        assert elsewhere.notes == ()


def test_the_first_cell_is_ours_whatever_a_site_makes_of_its_metadata() -> None:
    spec = Course().spec("lab1")
    row = {"cells": [{"cell_type": "code", "source": spec.demos[0] + "\n", "metadata": {}}], "nbformat": 4}
    assert read(row, spec).cells == ()


@pytest.mark.parametrize("lab", LABS)
def test_a_released_notebook_knows_no_machine_and_asks_for_no_gpu(lab: str) -> None:
    stem = Course().spec(lab).notebook
    text = (ROOT / f"labs/{stem}/{stem}.ipynb").read_text(encoding="utf-8")
    row = json.loads(text)
    assert row["metadata"] == {"kernelspec": notebooks.KERNEL, "language_info": {"name": "python"}}
    assert row["metadata"]["kernelspec"]["name"] == "python3"
    assert str(ROOT) not in text
    assert "/home/" not in text


@pytest.mark.parametrize("lab", LABS)
@pytest.mark.skipif(not levels.available(), reason="this machine offers no isolation level")
def test_a_solved_lab_earns_the_same_as_each_site_saves_it(lab: str, tmp_path: Path) -> None:
    row = solved(lab)
    saves: dict[str, Callable[[Notebook], Notebook]] = {
        "home": lambda row: row, "colab": as_colab, "kaggle": as_kaggle, "merged": lambda row: as_colab(merged(row)),
    }  # fmt: skip
    if lab != "lab2":  # others take seconds each, and what is read of them is held to be the same above
        saves = {"merged": saves["merged"]}
    (tmp_path / "in").mkdir()
    for student, save in saves.items():
        (tmp_path / "in" / f"{student}.ipynb").write_text(json.dumps(save(row)), encoding="utf-8")
    done = grading.grade(tmp_path / "in", lab, tmp_path / "out", salt=b"a salt for this test", jobs=1)
    points = {result.student: result.points for result in done.results}
    assert points == dict.fromkeys(saves, Course().spec(lab).out_of)

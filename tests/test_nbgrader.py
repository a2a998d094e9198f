"""From a lab's source through nbgrader's own commands and back: the notebooks are real nbgrader assignments.

A small lab whose `check` keeps to what nbgrader expects of it, then Lab 1 with the real one. nbgrader runs in processes
of its own, as it does for an instructor; `test_autograder_gradebook` has the cases of the gradebook.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
import small_course
from small_course import LAB, STEM

from autograder.authoring import bundle, notebooks, release
from autograder.exports.gradebook import put_scores
from autograder.outcomes import CheckResult, Outcome, SubmissionResult, TaskResult
from autograder.spec import Course, LabSpec

ROOT = Path(__file__).resolve().parents[1]
LEARNER = """
import os
import sys

POINTS = {
    "lab9.area": lambda of: 2.0 * (abs(of["area"](2) - 12.566) < 0.001),
    "lab9.levels": lambda of: 0.5 * (of["nearest"](1.2) == 1) + 1.0 * (of["nearest_of_all"]([0, 1.8]) == [0, 2]),
}


def check(task):
    scoring = os.environ.get("NBGRADER_EXECUTION") == "autograde"
    try:
        points = POINTS[task](sys._getframe(1).f_globals)
    except Exception:
        if scoring:
            raise
        return None
    if scoring and not points:
        raise AssertionError(task)
    return float(points) if scoring else None


def hint(task):
    pass


def progress(lab=""):
    pass


def quiz(lab):
    pass
"""
RIGHT = {
    "lab9-area-solution": "def area(radius):\n    return math.pi * radius**2",
    "lab9-levels-solution": "def nearest(value):\n    return min(LEVELS, key=lambda level: abs(level - value))",
    "lab9-levels-solution-2": "def nearest_of_all(values):\n    return [nearest(value) for value in values]",
    "lab9-why": "Because of the *levels*.",
}


def nbgrader(folder: Path, stem: str, *steps: str, path: Path) -> Any:
    """What those steps say; `path` is where the notebooks' `autograder` lies."""
    code = ROOT / "tests" / "nbgrader_course.py"
    ran = subprocess.run(
        [sys.executable, str(code), str(folder), stem, *steps],
        cwd=folder, env={**os.environ, "NOTEBOOK_PATH": str(path)}, capture_output=True, text=True, timeout=600,
        check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout.splitlines()[-1])


def hand_in(folder: Path, student: str, notebook: Path, answers: dict[str, str], stamp: str | None = None) -> None:
    """The learner's notebook with these answers in its cells."""
    row = json.loads(notebook.read_text())
    for cell in row["cells"]:
        cell["source"] = answers.get(cell["id"], "".join(cell["source"]))
    target = folder / "submitted" / student / notebook.stem
    target.mkdir(parents=True)
    (target / notebook.name).write_text(json.dumps(row))
    if stamp is not None:
        (target / "timestamp.txt").write_text(stamp)


def result(student: str, spec: LabSpec, **points: float) -> SubmissionResult:
    tasks = []
    for task in spec.graded:
        got = points.get(task.id.partition(".")[2], 0.0)
        outcome = Outcome.PASSED if got == task.points else Outcome.FAILED
        check = CheckResult("hidden/test_it.py::test_more", task.id, got, task.points, outcome, f"{got} <i>here</i>")
        tasks.append(TaskResult(task.id, got, task.points, outcome, (check,)))
    return SubmissionResult(student, spec.lab, tuple(tasks))


def scores(shown: Any) -> dict[str, float]:
    return {row["student"]: row["score"] for row in shown["submissions"]}


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")  # of nbgrader's queries, where this reads the gradebook
def test_a_small_lab_through_all_of_nbgrader(tmp_path: Path) -> None:
    course = small_course.make(tmp_path / "course")
    (course / "autograder/learner.py").write_text(LEARNER)
    (course / "driftlab/sites.py").write_text("def set_up(lab):\n    return ''\n")
    release.release(root=course)
    spec = Course(specs=course / "autograder/specs").spec(LAB)
    folder, notebook = course / release.NBGRADER, course / f"labs/{STEM}/{STEM}.ipynb"

    # as usual: nbgrader makes the assignment, grades by the checks in the notebook, gives feedback and exports
    hand_in(folder, "ana", notebook, RIGHT, "2026-01-02 03:04:05 UTC")
    hand_in(folder, "bo", notebook, {"lab9-area-solution": RIGHT["lab9-area-solution"], "lab9-area": "2.0"})
    hand_in(folder, "stub", notebook, {})
    said = nbgrader(folder, STEM, "generate", "autograde", "feedback", "export", "show", path=course)
    assert said["generate"] == "ok"
    assert said["autograde"] == said["feedback"] == dict.fromkeys(("ana", "bo", "stub"), "ok")
    assert (folder / f"release/{STEM}/{STEM}.ipynb").read_bytes() == notebook.read_bytes()
    assert scores(said["show"]) == {"ana": 3.5, "bo": 2.0, "stub": 0.0}
    assert said["export"] == {"ana": "3.5", "bo": "2.0", "stub": "0.0"}
    waiting = {row["student"]: row["needs_manual_grade"] for row in said["show"]["submissions"]}
    assert waiting == {"ana": True, "bo": False, "stub": False}

    # ours take the place of nbgrader's; what a human gave stays
    grade_by_hand(folder, "ana", 2.5)
    results = [result("ana", spec, area=2.0, levels=1.0), result("bo", spec), result("cy", spec, area=2.0)]
    put_scores(f"sqlite:///{folder}/gradebook.db", spec, results, submitted=folder / "submitted", labs=course / "labs")
    said = nbgrader(folder, STEM, "feedback", "export", "show", path=course)
    assert set(said["feedback"].values()) == {"ok"}
    assert scores(said["show"]) == {"ana": 5.5, "bo": 0.0, "cy": 2.0, "stub": 0.0}
    assert said["export"] == {"ana": "5.5", "bo": "0.0", "cy": "2.0", "stub": "0.0"}
    assert all(row["autograded"] for row in said["show"]["submissions"])
    assert {row["student"] for row in said["show"]["notebooks"]} == {"ana", "bo", "cy", "stub"}
    page = (folder / f"feedback/ana/{STEM}/{STEM}.html").read_text()
    assert "hidden/test_it.py::test_more (1 of 1.5): failed" in page
    assert "1.0 &lt;i&gt;here&lt;/i&gt;" in page
    assert "Because of the <em>levels</em>" in page


def grade_by_hand(folder: Path, student: str, points: float) -> None:
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{folder}/gradebook.db") as book:
        grade = book.find_grade("lab9-why", STEM, STEM, student)
        grade.manual_score, grade.needs_manual_grade = points, False
        book.db.commit()


@pytest.mark.slow
def test_lab_1_through_nbgrader(tmp_path: Path) -> None:
    """With the student bundle as what the notebooks import, as a learner has it."""
    (lab,) = release._sources(ROOT, ["lab1"])
    folder, made = tmp_path / "lab1", tmp_path / "made"
    spec = release._make_lab(ROOT, lab, folder, made)
    bundle.write(bundle.files(ROOT, made, [spec]), tmp_path / "bundle.zip")
    zipfile.ZipFile(tmp_path / "bundle.zip").extractall(tmp_path)
    shutil.rmtree(folder / "release")
    (folder / "nbgrader_config.py").write_text(notebooks.CONFIG)
    stem = lab.path.stem
    notebook = made / "labs" / stem / f"{stem}.ipynb"
    solved = json.loads((folder / "source" / stem / f"{stem}.ipynb").read_text())
    hand_in(folder, "right", notebook, {cell["id"]: "".join(cell["source"]) for cell in solved["cells"]})
    hand_in(folder, "stub", notebook, {})
    steps = ("generate", "autograde", "feedback", "export", "show")
    said = nbgrader(folder, stem, *steps, path=tmp_path / bundle.NAME)
    assert said["generate"] == "ok"
    assert (folder / "release" / stem / f"{stem}.ipynb").read_bytes() == notebook.read_bytes()
    assert said["autograde"] == said["feedback"] == {"right": "ok", "stub": "ok"}
    public = {task.id: 0.0 for task in spec.graded}
    for path in sorted((ROOT / "autograder/checks/lab1/public").glob("test_*.py")):
        for task, points in re.findall(r'mark\.task\("([\w.]+)", points=([\d.]+)\)', path.read_text()):
            public[task] += float(points)
    assert scores(said["show"]) == {"right": sum(public.values()), "stub": 0.0}
    assert all(public.values()), "each task has a public check"

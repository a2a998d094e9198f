"""Scores in nbgrader's gradebook: all or nothing, again without a change, a human's work kept, and nothing followed."""

import dataclasses
import json
import os
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest
import small_course
from small_course import LAB, STEM

from autograder import exports
from autograder.authoring import notebooks, release
from autograder.errors import GradingError
from autograder.exports.autograded import composed, disarmed
from autograder.exports.gradebook import Put, put_scores
from autograder.outcomes import CheckResult, Outcome, SubmissionResult, TaskResult
from autograder.spec import Course, LabSpec
from autograder.submissions.cells import Cell

pytestmark = pytest.mark.filterwarnings(
    # nbgrader 0.9.6 asks SQLAlchemy about subqueries in a way that newer ones warn of, where a test reads the gradebook
    "ignore::sqlalchemy.exc.SAWarning"
)
HOSTILE = "wanted 3, got <script>alert(1)</script> [x](javascript:alert(2))"


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course that was released; its labs/ and specs are read only."""
    root = small_course.make(tmp_path_factory.mktemp("course"))
    release.release(root=root)
    return root


@pytest.fixture(scope="module")
def spec(course: Path) -> LabSpec:
    return Course(specs=course / "autograder/specs").spec(LAB)


@pytest.fixture(scope="module")
def empty_book(course: Path, spec: LabSpec, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A gradebook that knows the lab and nobody; tests copy it, for making one starts a program of SQLAlchemy's."""
    path = tmp_path_factory.mktemp("book") / "gradebook.db"
    put_scores(f"sqlite:///{path}", spec, [], labs=course / "labs")
    return path


def result(student: str, area: float = 2.0, levels: float = 0.5, **changes: Any) -> SubmissionResult:
    def task(name: str, points: float, out_of: float) -> TaskResult:
        outcome = Outcome.PASSED if points == out_of else Outcome.FAILED
        said = "" if points == out_of else HOSTILE
        check = CheckResult(f"public/test_{name}.py::test_it", f"lab9.{name}", points, out_of, outcome, said)
        return TaskResult(f"lab9.{name}", points, out_of, outcome, (check,))

    whole = SubmissionResult(student, LAB, (task("area", area, 2.0), task("levels", levels, 1.5)))
    return dataclasses.replace(whole, **changes)


class Class:
    """A gradebook, and what was handed in, of one test."""

    def __init__(self, root: Path, course: Path, spec: LabSpec) -> None:
        self.root, self.course, self.spec = root, course, spec
        self.file = root / "gradebook.db"
        self.url = f"sqlite:///{self.file}"
        self.submitted, self.autograded = root / "submitted", root / "autograded"
        self.submitted.mkdir()

    def put(self, *results: SubmissionResult, **options: Any) -> Put:
        return put_scores(self.url, self.spec, results, labs=self.course / "labs", **options)

    def rows(self) -> dict[str, list[tuple[Any, ...]]]:
        with sqlite3.connect(self.file) as book:
            tables = [name for (name,) in book.execute("SELECT name FROM sqlite_master WHERE type='table'")]
            return {name: sorted(book.execute(f"SELECT * FROM {name}"), key=str) for name in tables}  # noqa: S608

    def grades(self, student: str) -> dict[str, tuple[float | None, float | None, bool, float]]:
        with self.book() as book:
            notebook = book.find_submission_notebook(STEM, STEM, student)
            return {g.name: (g.auto_score, g.manual_score, g.needs_manual_grade, g.score) for g in notebook.grades}

    def comments(self, student: str) -> dict[str, str | None]:
        with self.book() as book:
            return {c.name: c.comment for c in book.find_submission_notebook(STEM, STEM, student).comments}

    def book(self) -> Any:
        from nbgrader.api import Gradebook

        return Gradebook(self.url)

    def hand_in(self, student: str, stamp: str | None = None, **sources: str) -> Path:
        """The released notebook, with the student's text in some cells."""
        notebook = json.loads((self.course / f"labs/{STEM}/{STEM}.ipynb").read_text())
        for cell in notebook["cells"]:
            cell["source"] = sources.get(cell["id"].replace("-", "_"), "".join(cell["source"]))
        folder = self.submitted / student / STEM
        folder.mkdir(parents=True)
        (folder / f"{STEM}.ipynb").write_text(json.dumps(notebook))
        if stamp is not None:
            (folder / "timestamp.txt").write_text(stamp)
        return folder / f"{STEM}.ipynb"

    def copy(self, student: str) -> dict[str, Any]:
        rows = json.loads((self.autograded / student / STEM / f"{STEM}.ipynb").read_text())["cells"]
        return {cell["id"]: cell for cell in rows}


@pytest.fixture
def group(tmp_path: Path, course: Path, spec: LabSpec, empty_book: Path) -> Class:
    made = Class(tmp_path, course, spec)
    shutil.copyfile(empty_book, made.file)
    return made


def test_scores_and_comments_are_rows_of_the_gradebook(group: Class) -> None:
    assert group.put(result("ana")) == Put(("ana",), {})
    assert group.grades("ana") == {
        "lab9-area": (2.0, None, False, 2.0),
        "lab9-levels": (0.5, None, False, 0.5),
        "lab9-why": (None, None, True, 0.0),
    }
    comments = group.comments("ana")
    assert comments["lab9-area-solution"] is None
    assert comments["lab9-levels-solution"] == (
        f"    public/test_levels.py::test_it (0.5 of 1.5): failed\n    {HOSTILE}"
    )
    with group.book() as book:
        assert book.find_submission(STEM, "ana").max_score == 6.0
        assert book.find_assignment(STEM).course_id == "default_course"


def test_again_changes_nothing(group: Class) -> None:
    group.hand_in("ana", "2026-01-02 03:04:05 UTC")
    group.put(result("ana"), result("bo", area=0.0), submitted=group.submitted)
    before, copy = group.rows(), group.copy("ana")
    group.put(result("ana"), result("bo", area=0.0), submitted=group.submitted)
    assert group.rows() == before
    assert group.copy("ana") == copy


def test_what_a_human_gave_stays(group: Class) -> None:
    group.put(result("ana"))
    with group.book() as book:
        for name, points in (("lab9-why", 2.0), ("lab9-levels", 1.0)):
            grade = book.find_grade(name, STEM, STEM, "ana")
            grade.manual_score, grade.needs_manual_grade = points, False
        book.find_comment("lab9-levels-solution", STEM, STEM, "ana").manual_comment = "Nearly."
        book.db.commit()
    before = group.rows()
    group.put(result("ana"))
    assert group.rows() == before, "the same scores ask nobody to look again"
    group.put(result("ana", levels=0.0))
    assert group.grades("ana") == {
        "lab9-area": (2.0, None, False, 2.0),
        "lab9-levels": (0.0, 1.0, True, 1.0),
        "lab9-why": (None, 2.0, False, 2.0),
    }
    assert group.comments("ana")["lab9-levels-solution"] == "Nearly."


def test_what_we_could_not_score_is_left_out_and_its_rows_stay(group: Class) -> None:
    group.put(result("ana"))
    before = group.rows()
    failed = SubmissionResult("ana", LAB, (), reason="the worker died", ungraded=True)
    other = result("cy", lab="lab8")
    assert group.put(failed, other) == Put((), {"ana": "the worker died", "cy": "a result of lab8"})
    assert group.rows() == before


def test_an_upload_that_cannot_be_read_is_zero_with_its_reason(group: Class) -> None:
    group.put(SubmissionResult("ana", LAB, (), reason="ana.ipynb is empty."))
    assert {name: row[0] for name, row in group.grades("ana").items()} == {
        "lab9-area": 0.0, "lab9-levels": 0.0, "lab9-why": 0.0,
    }  # fmt: skip
    assert not any(row[2] for row in group.grades("ana").values()), "there is nothing for a human to read"
    assert group.comments("ana")["lab9-area-solution"] == "    ana.ipynb is empty."


def bad_points(group: Class) -> list[SubmissionResult]:
    return [result("ana"), result("bo", area=2.5)]


def nan_points(group: Class) -> list[SubmissionResult]:
    return [result("ana"), result("bo", area=float("nan"))]


def link_in_the_way(group: Class) -> list[SubmissionResult]:
    group.hand_in("ana")
    group.hand_in("bo")
    (group.root / "elsewhere").mkdir()
    group.autograded.mkdir()
    (group.autograded / "bo").symlink_to(group.root / "elsewhere")
    return [result("ana"), result("bo")]


@pytest.mark.parametrize("spoil", [bad_points, nan_points, link_in_the_way])
def test_on_failure_no_row_changes(group: Class, spoil: Any) -> None:
    group.put(result("zoe"))
    results = spoil(group)
    before = group.rows()
    with pytest.raises(GradingError):
        group.put(*results, submitted=group.submitted if any(group.submitted.iterdir()) else None)
    assert group.rows() == before
    assert not list((group.root / "elsewhere").iterdir() if (group.root / "elsewhere").exists() else [])


def test_a_gradebook_that_cannot_be_used_is_explained(group: Class) -> None:
    for url, said in (("gradebook.db", "is no address"), ("sqlite:////proc/none/x.db", "cannot be used")):
        with pytest.raises(GradingError, match=f"{said}(.|\n)*sqlite:///gradebook.db"):
            put_scores(url, group.spec, [result("ana")], labs=group.course / "labs")
    group.file.write_bytes(b"no database at all, but a file of some length" * 99)
    with pytest.raises(GradingError, match="file is not a database"):
        group.put(result("ana"))


def test_a_gradebook_of_another_version_of_the_lab_is_refused(group: Class) -> None:
    group.put(result("ana"))
    before = group.rows()
    tasks = (dataclasses.replace(group.spec.tasks[0], points=3.0), *group.spec.tasks[1:])
    with pytest.raises(GradingError, match=r"another version of lab9_small: lab9-area: 2\.0 points there, 3\.0 here"):
        put_scores(group.url, dataclasses.replace(group.spec, tasks=tasks), [result("ana")], labs=group.course / "labs")
    assert group.rows() == before


def test_a_lab_that_was_not_released_is_named(group: Class, tmp_path: Path) -> None:
    group.file.unlink()
    with pytest.raises(GradingError, match="lab9 was not released: there is no labs/lab9_small/"):
        put_scores(group.url, group.spec, [result("ana")], labs=tmp_path / "labs")
    assert not group.file.exists()


def test_a_relative_address_is_in_this_folder(group: Class, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(group.root)
    put_scores("sqlite:///gradebook.db", group.spec, [result("ana")], labs=group.course / "labs")
    assert group.grades("ana")["lab9-area"][0] == 2.0


def test_the_time_stamp_is_that_of_the_submission(group: Class) -> None:
    group.hand_in("ana", "2026-01-02 03:04:05 UTC")
    group.hand_in("bo", "at noon")
    group.put(result("ana"), result("bo"), submitted=group.submitted)
    with group.book() as book:
        assert book.find_submission(STEM, "ana").timestamp.isoformat() == "2026-01-02T03:04:05"
        assert book.find_submission(STEM, "bo").timestamp is None
    assert (group.autograded / "ana" / STEM / "timestamp.txt").read_text() == "2026-01-02 03:04:05 UTC"


def test_the_copy_is_theirs_between_ours_and_holds_nothing_that_acts(group: Class) -> None:
    area = "def area(radius):\n    return 3 * radius ** 2  # <b>kept</b>"
    path = group.hand_in(
        "ana",
        lab9_area_solution=area,
        lab9_area="raise SystemExit",
        lab9_given_1="import os",
        lab9_why="Because 1 < 2 <img src=x onerror=alert(1)> [here](javascript:alert(1)) &#60;",
    )
    notebook = json.loads(path.read_text())
    for cell in notebook["cells"]:
        cell["metadata"]["nbgrader"] = {**cell["metadata"].get("nbgrader", {}), "points": 99}
        cell["attachments"] = {"x.png": {"image/png": "AAAA"}}
        if cell["cell_type"] == "code":
            cell["outputs"] = [{"output_type": "display_data", "data": {"text/html": "<script>"}, "metadata": {}}]
    extra = {"cell_type": "raw", "metadata": {"raw_mimetype": "text/html"}, "source": "<script>x</script>", "id": "e"}
    path.write_text(json.dumps({**notebook, "cells": [*notebook["cells"][:-1], extra, notebook["cells"][-1]]}))
    group.put(result("ana"), submitted=group.submitted)
    copy, ours = group.copy("ana"), json.loads((group.course / f"labs/{STEM}/{STEM}.ipynb").read_text())
    released = {cell["id"]: cell for cell in ours["cells"]}
    for name in ("lab9-given-1", "lab9-area", "lab9-levels", "lab9-levels-solution-2"):
        assert copy[name]["metadata"] == released[name]["metadata"]
        assert "".join(copy[name]["source"]) == "".join(released[name]["source"])
    assert copy["lab9-area-solution"]["source"] == area
    assert copy["lab9-why"]["source"] == (
        "Because 1 < 2 &lt;img src=x onerror=alert(1)> [here\\](javascript:alert(1)) &amp;#60;"
    )
    assert all(cell.get("outputs", []) == [] and "attachments" not in cell for cell in copy.values())
    assert "<script" not in json.dumps(copy)
    order = list(copy)
    assert order.index("lab9-area-solution") < order.index("lab9-area") < order.index("lab9-levels")


def cell(source: str, name: str = "", kind: Any = "code") -> Cell:
    return Cell("cell", kind, source, f'"{name}"' if name else "")


def test_cells_are_found_without_metadata_and_added_where_they_are_missing(course: Path, spec: LabSpec) -> None:
    released = json.loads((course / f"labs/{STEM}/{STEM}.ipynb").read_text())
    ids = [one["id"] for one in released["cells"] if "nbgrader" in one["metadata"]]
    made = composed([cell("def area(r):\n    return 1"), cell("x = 1")], released, spec, "It is <i>damaged</i>.")
    names = [one["id"] for one in made["cells"]]
    assert names[:3] == ["note", "lab9-area-solution", "cell-1"]
    assert sorted(name for name in names if name in ids) == sorted(ids)
    assert made["cells"][0]["source"] == "It is &lt;i>damaged&lt;/i>."
    twice = [
        cell("def area(r):\n    return 1", "lab9-area-solution"),
        cell("def area(r):\n    return 2", "lab9-area-solution"),
    ]
    made = composed([*twice, cell("words", "lab9-area", "text")], released, spec)
    assert [one["source"] for one in made["cells"] if one["id"] == "lab9-area-solution"] == [twice[1].source]
    assert [one["id"] for one in made["cells"]].count("lab9-area") == 1


def test_every_copy_is_a_notebook_that_nbgrader_takes(course: Path, spec: LabSpec) -> None:
    import nbformat
    from nbgrader.nbgraderformat import MetadataValidator

    released = json.loads((course / f"labs/{STEM}/{STEM}.ipynb").read_text())
    many = [cell("x", "lab9-why"), cell("y", "lab9-why", "text"), cell("z", "", "text"), cell("", "nobody")]
    for cells in ([], many, many * 2):
        notebook = nbformat.from_dict(composed(cells, released, spec))
        nbformat.validate(notebook)
        MetadataValidator().validate_nb(notebook)


@pytest.mark.parametrize("student", ["..", "a/b", "a\\b", ""])
def test_a_name_that_is_no_folder_gets_rows_and_no_file(group: Class, student: str) -> None:
    group.hand_in("ana")
    group.put(result(student), submitted=group.submitted)
    assert group.grades(student)["lab9-area"][0] == 2.0
    assert not group.autograded.exists()


def test_links_among_the_copies_are_replaced_and_not_followed(group: Class) -> None:
    group.hand_in("ana")
    victim = group.root / "victim.txt"
    victim.write_text("mine")
    folder = group.autograded / "ana" / STEM
    folder.mkdir(parents=True)
    (folder / f"{STEM}.ipynb").symlink_to(victim)
    (folder / f".{STEM}.ipynb.{os.getpid()}.partial").symlink_to(victim)
    group.put(result("ana"), submitted=group.submitted)
    assert victim.read_text() == "mine"
    assert not (folder / f"{STEM}.ipynb").is_symlink()


def test_a_link_in_place_of_a_submission_is_not_followed(group: Class) -> None:
    (group.root / "solution.ipynb").write_text(json.dumps({"cells": [], "secret": 1}))
    (group.submitted / "ana" / STEM).mkdir(parents=True)
    (group.submitted / "ana" / STEM / f"{STEM}.ipynb").symlink_to(group.root / "solution.ipynb")
    group.put(result("ana"), submitted=group.submitted)
    assert "link" in group.copy("ana")["note"]["source"]


def test_uploads_in_another_layout_get_copies_where_they_are_asked_for(group: Class) -> None:
    folder = group.root / "uploads"
    folder.mkdir()
    (folder / "ana.py").write_text("def area(radius):\n    return 1\n")
    group.put(result("ana"), submitted=folder)
    assert not group.autograded.exists()
    group.put(result("ana"), submitted=folder, autograded=group.autograded)
    assert group.copy("ana")["lab9-area-solution"]["source"].startswith("def area(radius):\n    return 1")


def test_disarmed_text_reads_the_same() -> None:
    plain = "# Why\n\n- a < b & c, **bold**, `x[0]`, $a_1$ and (brackets) [1]\n"
    assert disarmed(plain) == plain
    assert exports.gradebook is not None
    assert notebooks.check_id("lab9.why") == "lab9-why"

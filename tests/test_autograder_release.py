"""Releases: what is made, that it is the same on every run, and that nothing changes when a step fails."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest
import small_course
from small_course import LAB, SOURCE, STEM

from autograder.authoring import leaks, notebooks, release
from autograder.authoring.lab_source import parse
from autograder.authoring.release import Released
from autograder.errors import GradingError, SourceError
from autograder.spec import Course

NOTEBOOK = f"labs/{STEM}/{STEM}.ipynb"
SPEC = f"autograder/specs/{LAB}.json"
ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def course(tmp_path: Path) -> Path:
    return small_course.make(tmp_path / "course")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course that was released; read only."""
    root = small_course.make(tmp_path_factory.mktemp("made"))
    release.release(root=root)
    return root


def cells(root: Path) -> dict[str, Any]:
    return {cell["id"]: cell for cell in json.loads((root / NOTEBOOK).read_text())["cells"]}


def digests(root: Path) -> dict[str, str]:
    files = [path for path in root.rglob("*") if path.is_file()]
    return {path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_the_notebook_is_nbgraders_and_valid(made: Path) -> None:
    from nbgrader.nbgraderformat import MetadataValidator

    notebook = nbformat.read(made / NOTEBOOK, as_version=4)
    nbformat.validate(notebook)
    MetadataValidator().validate_nb(notebook)
    assert notebook.metadata == {"kernelspec": notebooks.KERNEL, "language_info": {"name": "python"}}
    assert all(cell.get("outputs", []) == [] for cell in notebook.cells)
    roles = {
        cell.id: tuple(name for name in ("grade", "solution", "locked") if cell.metadata.nbgrader[name])
        for cell in notebook.cells
        if "nbgrader" in cell.metadata
    }
    assert roles == {
        "lab9-setup-1": ("locked",),
        "lab9-given-1": ("locked",),
        "lab9-area-solution": ("solution",),
        "lab9-area": ("grade", "locked"),
        "lab9-levels-solution": ("solution",),
        "lab9-levels-solution-2": ("solution",),
        "lab9-levels": ("grade", "locked"),
        "lab9-why": ("grade", "solution"),
    }
    points = {cell.id: cell.metadata.nbgrader["points"] for cell in notebook.cells if "grade" in roles.get(cell.id, ())}
    assert points == {"lab9-area": 2.0, "lab9-levels": 1.5, "lab9-why": 2.5}


def test_a_check_follows_the_last_cell_of_its_task(made: Path) -> None:
    order = list(cells(made))
    assert order[order.index("lab9-area-solution") + 1] == "lab9-area"
    assert order[order.index("lab9-levels-solution-2") + 1] == "lab9-levels"
    assert cells(made)["lab9-levels"]["source"] == ['check("lab9.levels")']


def test_stubs_say_whose_they_are_and_the_spec_has_them(made: Path) -> None:
    spec = Course(specs=made / "autograder/specs").spec(LAB)
    assert spec.task("area").stub == (
        'def area(radius):\n    """The area of a circle of that radius."""\n    # Your code here.\n'
        '    raise NotImplementedError("lab9.area: area is yours to write")'
    )
    found = [line.strip() for line in spec.task("levels").stub.split("\n") if "raise" in line]
    assert found == [notebooks.stub_line("lab9.levels", name) for name in spec.task("levels").functions]
    assert "found = nearest(value)" in spec.task("levels").stub, "what stands outside a region stays"
    assert spec.task("why").stub == f"## In your words\n\nWhy is it so?\n\n{notebooks.ANSWER}"
    for task in spec.graded:
        compile(task.stub, task.id, "exec")


def test_the_spec_is_what_the_source_says(made: Path) -> None:
    spec = Course(specs=made / "autograder/specs").spec(LAB)
    source = parse(SOURCE, Path(f"{STEM}.py")).spec
    assert (spec.given, spec.demos, spec.limits) == (source.given, source.demos, source.limits)
    assert spec.given[0] == "".join(cells(made)["lab9-given-1"]["source"])
    assert [task.hints for task in spec.tasks] == [task.hints for task in source.tasks]
    text = (made / SPEC).read_text()
    assert text == json.dumps(json.loads(text), ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def test_hints_and_solutions_are_not_in_the_notebook(made: Path) -> None:
    text = (made / NOTEBOOK).read_text()
    assert "SOLUTION" not in text
    assert "squared" not in text
    assert "What grows" not in text
    assert (made / f"labs/{STEM}/figures/line.svg").read_text() == "<svg/>"


def test_the_same_bytes_from_another_folder_and_hash_seed(made: Path, tmp_path: Path) -> None:
    root = small_course.make(tmp_path / "another place")
    code = (
        "import sys, pathlib; from autograder.authoring import release as r; r.release(root=pathlib.Path(sys.argv[1]))"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "77", "PYTHONPATH": str(ROOT), "TZ": "Asia/Tokyo", "LC_ALL": "C"}
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", code, str(root)],
        cwd=tmp_path, env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert (ran.stdout, ran.stderr) == ("", "")
    assert digests(root) == digests(made)


def test_a_second_release_changes_nothing(course: Path) -> None:
    first = release.release(root=course)
    assert [(change.path, change.state) for change in first.changes] == [
        (SPEC, "new"), (f"labs/{STEM}/figures/line.svg", "new"), (NOTEBOOK, "new"),
    ]  # fmt: skip
    before = digests(course)
    second = release.release(root=course)
    assert second.differing == ()
    assert second.lines() == [f"lab9: 3 files up to date; bundle: {course / release.BUNDLE}"]
    assert digests(course) == before
    assert sorted(path.name for path in (course / "build").iterdir()) == ["driftlab-labs.zip", "nbgrader"]


def test_comparing_writes_nothing_and_names_each_difference(course: Path) -> None:
    before = digests(course)
    assert [change.state for change in release.release(root=course, check=True).differing] == ["new"] * 3
    assert digests(course) == before
    release.release(root=course)
    (course / NOTEBOOK).write_text((course / NOTEBOOK).read_text() + "\n")
    (course / f"labs/{STEM}/notes.txt").write_text("by hand")
    (course / "labs/lab8_old").mkdir()
    (course / "labs/lab8_old/lab8_old.ipynb").write_text("{}")
    (course / f"labs/{STEM}/.ipynb_checkpoints").mkdir()
    (course / f"labs/{STEM}/.ipynb_checkpoints/x.ipynb").write_text("{}")
    before = digests(course)
    found = release.release(root=course, check=True)
    assert {change.path: change.state for change in found.differing} == {
        NOTEBOOK: "changed", f"labs/{STEM}/notes.txt": "gone", "labs/lab8_old/lab8_old.ipynb": "gone",
    }  # fmt: skip
    assert found.lines()[-1] == "Make them again: autograder release"
    assert found.to_json()["differing"] == 3
    assert digests(course) == before
    release.release(root=course)
    assert release.release(root=course, check=True).differing == ()
    assert not (course / "labs/lab8_old").exists()
    assert (course / "labs/README.md").exists()


def broken_markers(root: Path) -> None:
    path = root / f"solutions/{STEM}.py"
    path.write_text(SOURCE.replace("    ### END SOLUTION\n", "", 1))


def missing_figure(root: Path) -> None:
    (root / f"solutions/figures/{LAB}/line.svg").unlink()


def code_among_figures(root: Path) -> None:
    (root / f"solutions/figures/{LAB}/helper.py").write_text("def area(radius): return 3 * radius\n")


def missing_module(root: Path) -> None:
    (root / "autograder/expect.py").unlink()


def leak_in_a_public_check(root: Path) -> None:
    path = root / f"autograder/checks/{LAB}/public/test_area.py"
    path.write_text(small_course.PUBLIC + "    # squared_radius = radius  * radius\n")


def leak_in_a_figure(root: Path) -> None:
    (root / f"solutions/figures/{LAB}/line.svg").write_text("<svg><!-- return math.pi * squared_radius --></svg>")


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (broken_markers, "is not closed within its cell|within a region"),
        (missing_figure, "there is no figure 'line.svg'"),
        (code_among_figures, r"helper\.py is no figure"),
        (missing_module, r"autograder/expect\.py belongs into the student bundle"),
        (leak_in_a_public_check, r"public/test_area\.py:3 would show lab9_small\.py:\d+: 'squared_radius"),
        (leak_in_a_figure, r"figures/line\.svg:1 would show lab9_small\.py"),
    ],
)
def test_a_step_that_fails_leaves_the_course_as_it_was(course: Path, spoil: Any, said: str) -> None:
    release.release(root=course)
    (course / f"solutions/{STEM}.py").write_text(SOURCE.replace("A small lab", "Another title"))
    spoil(course)
    before = digests(course)
    with pytest.raises(SourceError, match=said):
        release.release(root=course)
    assert digests(course) == before
    assert sorted(path.name for path in (course / "build").iterdir()) == ["driftlab-labs.zip", "nbgrader"]


def test_a_bundle_may_go_elsewhere_and_hold_one_lab(course: Path, tmp_path: Path) -> None:
    other = SOURCE.replace("lab9", "lab8")
    (course / "solutions/lab8_other.py").write_text(other.replace("![a line](figures/line.svg)", ""))
    found = release.release(["lab8"], root=course, bundle=tmp_path / "out/one.zip")
    assert found.labs == ("lab8",)
    assert (tmp_path / "out/one.zip").is_file()
    assert not (course / NOTEBOOK).exists()
    assert release.release(root=course).labs == ("lab8", "lab9")


def test_a_lab_that_is_not_there_is_named(course: Path) -> None:
    with pytest.raises(GradingError, match=r"no source of 'lab7'\.\nChoose among: lab9\."):
        release.release(["lab7"], root=course)
    (course / f"solutions/{STEM}.py").rename(course / "solutions/notes.py")
    with pytest.raises(GradingError, match="holds no lab"):
        release.release(root=course)


def test_two_files_of_one_lab_are_refused(course: Path) -> None:
    (course / "solutions/lab9_again.py").write_text(SOURCE)
    with pytest.raises(SourceError, match="are the same lab"):
        release.release(root=course)


def test_what_nbgrader_refuses_is_said_in_its_words(tmp_path: Path) -> None:
    lab = parse(SOURCE, Path(f"{STEM}.py"))
    folder = tmp_path / "source" / STEM
    folder.mkdir(parents=True)
    notebook = notebooks.source_notebook(lab)
    notebook.cells[6].metadata.nbgrader["grade_id"] = "lab9-area"
    nbformat.write(notebook, folder / f"{STEM}.ipynb")
    with pytest.raises(SourceError, match=rf"nbgrader refuses {STEM}: (.|\n)*Duplicate grade id"):
        notebooks.generate(lab, tmp_path)
    assert not (tmp_path / "release" / STEM).exists()


def test_a_region_that_nbgrader_cut_elsewhere_is_refused(course: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notebooks, "name_stubs", lambda notebook, resources: (notebook, resources))
    before = digests(course)
    with pytest.raises(SourceError, match=r"nbgrader cut lab9\.area in other places than told"):
        release.release(root=course)
    assert digests(course) == before


def test_what_is_released_here_is_what_the_sources_say() -> None:
    if not list((ROOT / "labs").glob("lab*")):
        pytest.skip("no lab was released here yet")
    found: Released = release.release(check=True)
    assert found.differing == (), "\n".join(found.lines())


def test_secrets_of_the_labs_are_many() -> None:
    sources = release._sources(ROOT, [])
    assert len(leaks.secrets(sources, [], [], [])) > 40

"""The student bundles: exactly what a learner needs, the same bytes each time; `test_student_bundle` installs them."""

import ast
import os
import re
import zipfile
from pathlib import Path

import pytest
import small_course
from small_course import LAB, STEM

from autograder.authoring import bundle, library
from autograder.authoring.lab_source import read
from autograder.errors import SourceError
from autograder.spec import LabSpec, TaskSpec

ROOT = Path(__file__).resolve().parents[1]
SPEC = LabSpec(LAB, "A small lab", STEM, 20, (TaskSpec("lab9.area", "Area", 2.0, 5),))


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """A course with something made in it, nbgrader aside."""
    root = small_course.make(tmp_path / "course")
    for name, text in ((f"labs/{STEM}/{STEM}.ipynb", "{}"), (f"autograder/specs/{LAB}.json", "{}")):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def test_exactly_what_a_learner_needs(course: Path) -> None:
    found = bundle.files(course, course, [SPEC])
    assert set(found) == {
        "README.md",
        "labs/README.md",
        *bundle.ROOT_FILES,
        *(f"autograder/{module}.py" for module in bundle.MODULES),
        *(f"autograder/templates/{name}" for name in bundle.TEMPLATES),
        "autograder/checks/__init__.py",
        f"autograder/checks/{LAB}/public/test_area.py",
        f"autograder/specs/{LAB}.json",
        "driftlab/__init__.py",
        "driftlab/__main__.py",
        "driftlab/install.py",
        f"labs/{STEM}/{STEM}.ipynb",
    }


def test_a_clean_room_goes_along_where_a_public_check_asks_for_it(course: Path) -> None:
    (course / f"autograder/checks/{LAB}/clean_room.py").write_text("def loss(): ...\n")
    name = f"autograder/checks/{LAB}/clean_room.py"
    assert name not in bundle.files(course, course, [SPEC])
    check = course / f"autograder/checks/{LAB}/public/test_area.py"
    check.write_text("def test_area(submission, clean_room): ...\n")
    assert name in bundle.files(course, course, [SPEC])


def test_a_new_file_of_ours_stays_out(course: Path) -> None:
    before = set(bundle.files(course, course, [SPEC]))
    for name in (
        "autograder/secret.py", "salt.txt", f"autograder/checks/{LAB}/hidden/test_b.py", "driftlab/x.key",
        "driftlab/salt.json", "driftlab/more.py", f"labs/{STEM}/.progress/lab9.json", "autograder/quizzes/salt.toml",
    ):  # fmt: skip
        (course / name).parent.mkdir(parents=True, exist_ok=True)
        (course / name).write_text("mine")
    assert set(bundle.files(course, course, [SPEC])) == before


@pytest.mark.parametrize("name", ["lab", "autograder/values.py", f"autograder/specs/{LAB}.json"])
def test_a_missing_file_is_named(course: Path, name: str) -> None:
    (course / name).unlink()
    with pytest.raises(SourceError, match="belongs into the student bundle"):
        bundle.files(course, course, [SPEC])


def test_the_zip_depends_on_its_content_alone(course: Path, tmp_path: Path) -> None:
    contents = bundle.files(course, course, [SPEC])
    bundle.write(contents, tmp_path / "one.zip")
    os.utime(course / "lab", (0, 0))
    (course / "lab").chmod(0o600)
    bundle.write(dict(sorted(bundle.files(course, course, [SPEC]).items())), tmp_path / "two.zip")
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "one.zip") as archive:
        entries = archive.infolist()
    assert [entry.filename for entry in entries] == sorted(f"{bundle.NAME}/{name}" for name in contents)
    assert {entry.date_time for entry in entries} == {bundle.DATE}
    modes = {entry.filename: oct(entry.external_attr >> 16) for entry in entries}
    assert modes.pop(f"{bundle.NAME}/lab") == "0o100755"
    assert set(modes.values()) == {"0o100644"}


def test_the_readme_names_each_lab(course: Path) -> None:
    readme = bundle.files(course, course, [SPEC])["README.md"].decode()
    assert f"| lab9 | A small lab | 20 | 2 | [notebook](labs/{STEM}/{STEM}.ipynb) |" in readme
    assert "./lab autograder check lab9 " in readme
    assert 'hint("lab9.area")' in readme


def imported(module: str) -> set[str]:
    """The modules of the autograder that one imports at its top; `cli` has its own branch for instructors' commands."""
    found = set()
    for node in ast.parse((ROOT / f"autograder/{module}.py").read_text()).body:
        if isinstance(node, ast.ImportFrom) and str(node.module).split(".")[0] == "autograder":
            room = "/".join(str(node.module).split(".")[1:])
            inside = [f"{room}/{alias.name}".strip("/") for alias in node.names]
            found |= {name for name in inside if (ROOT / f"autograder/{name}.py").is_file()} or {room}
            found |= {f"{name.split('/')[0]}/__init__" for name in [*inside, room] if "/" in name}
    return {name for name in found if (ROOT / f"autograder/{name}.py").is_file()}


def test_the_learners_modules_are_those_that_are_imported() -> None:
    reached, left = set(), {"__init__", "__main__", "learner", "practice"}
    while left:
        reached |= left
        left = {name for module in left for name in imported(module)} - reached
    assert reached == set(bundle.MODULES)


def test_what_the_library_reads_is_named_or_is_for_authors() -> None:
    """And nothing that is named is missing."""
    root = ROOT / "driftlab"
    files = {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}
    data = {name for name in files if not name.endswith((".py", ".pyc"))}
    named = {name for names in bundle.DATA.values() for name in names}
    assert named <= data
    assert all(name.startswith("refusals/corpus/") for name in data - named), "what weights were learnt from"
    assert all(library.path_of(ROOT, module) for module in bundle.DATA)


def small_library(root: Path) -> Path:
    texts = {
        "__init__": "", "__main__": "import driftlab.cli", "cli": 'NAME = "driftlab.commands"', "commands": "",
        "a": "def f():\n    from driftlab.b import c\n", "b/__init__": "from driftlab.b import c\n", "b/c": "", "d": "",
    }  # fmt: skip
    for name, text in texts.items():
        path = root / "driftlab" / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


@pytest.mark.parametrize(
    ("code", "wanted"),
    [
        ("import math", {"driftlab.__main__"}),
        ("%time f()\nfrom driftlab import d", {"driftlab", "driftlab.d", "driftlab.__main__"}),
        ("import driftlab.a", {"driftlab", "driftlab.a", "driftlab.b", "driftlab.b.c", "driftlab.__main__"}),
        ("x = 'driftlab'\ny = ['driftlab', x]", {"driftlab.__main__"}),
        (
            "run([*start, 'driftlab', 'drift', '--json'])",
            {"driftlab", "driftlab.__main__", "driftlab.cli", "driftlab.commands"},
        ),
    ],
)
def test_a_lab_needs_what_it_imports_and_what_that_imports(code: str, wanted: set[str], tmp_path: Path) -> None:
    found = library.needed(small_library(tmp_path), {"the notebook": [code]})
    assert set(found.asked_by) == wanted


def test_why_a_module_is_there_leads_to_the_code_that_asked(tmp_path: Path) -> None:
    found = library.needed(small_library(tmp_path), {"the notebook": ["import driftlab.a"]})
    assert found.why("driftlab.b.c") == ["driftlab.a", "the notebook"]
    assert found.below("driftlab.b") == ["driftlab.b", "driftlab.b.c"]
    assert found.below("driftlab.d") == []


def test_answers_stay_out_where_the_lab_does_without_them_and_no_pin_names_a_place() -> None:
    """The course as it is: every module that a lab says answers its tasks exists; Labs 1 and 2 have none."""
    absent = {}
    for path in sorted((ROOT / "solutions").glob("lab*_*.py")):
        lab = read(path)
        assert lab.answers, f"{path.name} names no module with answers"
        assert all(library.path_of(ROOT, name) for name in lab.answers)
        here = bundle.needed(ROOT, ROOT, [lab.spec])
        absent[lab.spec.lab] = [name for name in lab.answers if not here.below(name)]
        assert not [name for name in here.asked_by if name.startswith("driftlab.trace")] or lab.spec.lab == "lab3"
    assert len(absent["lab1"]) == 3
    assert len(absent["lab2"]) == 4
    assert absent["lab4"] == ["driftlab.agreement", "driftlab.inside"]
    for name in bundle.ROOT_FILES:
        text = (ROOT / name).read_text(encoding="utf-8")
        assert not re.search(r"--(extra-)?index-url|--find-links|file://|^/\w+/", text, re.MULTILINE), name

"""The student bundle: exactly what a learner needs, the same bytes every time, and it works when it is unpacked."""

import ast
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import small_course
from small_course import LAB, STEM

from autograder.authoring import bundle, release
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


ALONE = """
import sys
from pathlib import Path
# where these tests run, the course itself is installed in place and would lend the bundle what it lacks
sys.meta_path = [finder for finder in sys.meta_path if "editable" not in getattr(finder, "__name__", "").lower()]
from autograder.__main__ import main
commands = [["check", "lab1", "bits", "--json"], ["grade", ".", "--lab", "lab1"], ["release"]]
codes = [main(command) for command in commands]
ours = {name: module for name, module in sys.modules.items() if name.split(".")[0] in ("autograder", "driftlab")}
print(codes, sorted({str(Path(module.__file__).parents[name.count(".") + (module.__file__.endswith("__init__.py"))])
                     for name, module in ours.items() if getattr(module, "__file__", None)}))
"""


def test_the_unpacked_bundle_checks_a_lab(tmp_path: Path) -> None:
    (lab,) = release._sources(ROOT, ["lab1"])
    spec = release._make_lab(ROOT, lab, tmp_path / "course", tmp_path / "made")
    bundle.write(bundle.files(ROOT, tmp_path / "made", [spec]), tmp_path / "bundle.zip")
    zipfile.ZipFile(tmp_path / "bundle.zip").extractall(tmp_path)
    unpacked = tmp_path / bundle.NAME
    ran = subprocess.run(
        [sys.executable, "-c", ALONE], cwd=unpacked, capture_output=True, text=True, timeout=300, check=False,
        env={key: value for key, value in os.environ.items() if key != "PYTHONPATH"},
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    lines = ran.stdout.splitlines()
    assert lines[-1] == f"{[1, 2, 2]} {[str(unpacked)]}", lines
    assert "not attempted" in ran.stdout
    assert "`autograder grade` is for instructors and not part of the student bundle" in ran.stderr

"""The first cell where the course is not installed: in processes that take folders of a test for Colab's and Kaggle's.

The cell and the bundle are the real ones; in both, the root of the file system is the test's own folder. The bundle
asks for one package more, `spare-part`, which this machine lacks and which real pip installs from wheels made here.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from autograder.authoring import bundle
from autograder.authoring.first_cell import first_cell
from autograder.spec import Course
from driftlab import sites
from driftlab.sites import figures, here, packages

ROOT = Path(__file__).resolve().parents[1]
LAB, STEM = "lab2", "lab2_memory_on_a_t4"
CELL = first_cell(LAB)
KAGGLE = {"KAGGLE_KERNEL_RUN_TYPE": "Interactive", "COLAB_RELEASE_TAG": "release"}
"""Kaggle's image has Colab's variable as well."""
OFFLINE = {"PIP_INDEX_URL": "http://127.0.0.1:9/"}


@pytest.fixture(scope="session")
def contents() -> dict[str, bytes]:
    """The bundle of one lab: name to content."""
    return bundle.files(ROOT, ROOT, [Course().spec(LAB)])


def course_files(contents: dict[str, bytes], root: Path, *, part: bool = False) -> dict[str, bytes]:
    """The bundle, for a machine whose files lie below `root`; with `part` it needs one package more."""
    name, project = "driftlab/sites/here.py", contents["pyproject.toml"].decode()
    placed = contents[name].decode().replace('ROOT = Path("/")', f"ROOT = Path({str(root)!r})")
    assert placed != contents[name].decode()
    wanted = project.replace("dependencies = [", 'dependencies = [\n  "spare-part",', 1) if part else project
    return {**contents, name: placed.encode(), "pyproject.toml": wanted.encode()}


def zipped(files: dict[str, bytes], path: Path, folder: str = "driftlab-labs") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in files.items():
            archive.writestr(f"{folder}/{name}", data)
    return path


def laid_out(files: dict[str, bytes], folder: Path) -> Path:
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


def wheel(folder: Path, version: str = "1.0", needs: str = "") -> Path:
    """A package of one empty module."""
    path, info = folder / f"spare_part-{version}-py3-none-any.whl", f"spare_part-{version}.dist-info"
    folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("spare_part.py", "")
        needed = f"Requires-Dist: {needs}\n" if needs else ""
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: spare-part\nVersion: {version}\n{needed}")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    return path


class Machine:
    """Colab, Kaggle or another one, its root a folder of the test."""

    def __init__(self, root: Path, kind: str) -> None:
        self.root, self.kind = root, kind
        folders = {"Colab": "content", "Kaggle": "kaggle/working", "other": "home/me"}
        self.folder = root / folders[kind]
        self.folder.mkdir(parents=True)
        (root / "kaggle/input").mkdir(parents=True, exist_ok=True) if kind == "Kaggle" else None

    def run(self, *cells: str, **environment: str) -> Any:
        """What came of the cells, the first one above them; packages go to a folder of the test's own."""
        installed = self.root / "installed"
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("PIP_", "KAGGLE_", "PYTHON"))}
        kept |= {"PYTHONPATH": str(installed), "PIP_TARGET": str(installed), "PIP_CONFIG_FILE": os.devnull}
        kept |= {"IPYTHONDIR": str(self.root / "ipython"), "PIP_NO_INDEX": "1", "OMP_NUM_THREADS": "1"}
        kept |= {"TMPDIR": str(self.root / "tmp"), **(KAGGLE if self.kind == "Kaggle" else {}), **environment}
        if "PIP_INDEX_URL" in environment:
            del kept["PIP_NO_INDEX"]
        (self.root / "tmp").mkdir(exist_ok=True)
        first = CELL.replace('Path("/")', f"Path({str(self.root)!r})")
        orders = {"cells": [first, *cells], "colab": self.kind == "Colab", "read_only": str(self.root / "kaggle/input")}
        ran = subprocess.run(
            [sys.executable, "-P", str(ROOT / "tests/site_notebook.py")], input=json.dumps(orders),
            cwd=self.folder, env=kept, capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip
        assert ran.returncode == 0, ran.stderr
        return json.loads(ran.stdout.splitlines()[-1])


Make = Callable[[str], Machine]


@pytest.fixture
def machine(tmp_path: Path) -> Make:
    return lambda kind: Machine(tmp_path / "root", kind)


def solution(task: str) -> str:
    """The cell that solves the task."""
    source = (ROOT / f"solutions/{STEM}.py").read_text(encoding="utf-8")
    cell = next(part for part in source.split("\n# %%") if part.startswith(f' task="{task}"'))
    return cell.partition("\n")[2]


# --- Colab ---


def test_on_colab_the_uploaded_zip_is_enough_and_the_lab_goes_on(machine: Make, contents: dict[str, bytes]) -> None:
    colab = machine("Colab")
    zipped(course_files(contents, colab.root), colab.folder / "driftlab-labs (1).zip")
    old = laid_out({"torchao/__init__.py": b""}, colab.root / "installed")  # peft refuses to work beside it
    laid_out({"torchao-0.10.0.dist-info/METADATA": b"Name: torchao\nVersion: 0.10.0\n"}, old)
    given = Course().spec(LAB).given[0]
    command = (
        "import subprocess, sys\nprint(subprocess.run([sys.executable, '-m', 'driftlab', '--version']).returncode)"
    )
    again = CELL.replace('Path("/")', f"Path({str(colab.root)!r})")
    hidden = "import importlib.util\nprint(importlib.util.find_spec('torchao'))"
    came = colab.run(again, given, solution("lab2.units"), 'check("lab2.units")', command, hidden)
    first, second, *rest, checked, started, torchao = came["cells"]
    assert first["ok"]
    assert first["said"].startswith("Colab: the course is ready. What you write goes to ")
    assert "is gone when the runtime ends" in first["said"]
    shown = first["shown"][0]["text/html"]
    assert shown.count("<img ") == len(list((ROOT / f"labs/{STEM}/figures").iterdir())) == shown.count("alt=")
    assert second["said"] == first["said"]  # run twice, it finds what it has put there
    assert [cell["ok"] for cell in rest] == [True, True]
    assert "all passed" in checked["shown"][0]["text/plain"].lower() or "✓" in checked["shown"][0]["text/plain"]
    assert started["said"].endswith("0\n")  # a program that the notebook starts finds the course too
    assert torchao["said"] == "None\n"
    assert set(came["places"]) == {"autograder", "driftlab"}
    assert all(place.startswith(str(colab.root / "tmp")) for place in came["places"].values())
    assert (colab.folder / ".progress").is_dir()


def test_with_drive_what_is_written_stays(machine: Make, contents: dict[str, bytes]) -> None:
    colab = machine("Colab")
    drive = colab.folder / "drive/MyDrive"
    zipped(course_files(contents, colab.root), drive / "Colab Notebooks" / f"driftlab-{LAB}.zip", f"driftlab-{LAB}")
    came = colab.run("print('on')")
    assert "in your Drive, and stays" in came["cells"][0]["said"]
    assert came["cwd"] == str(drive / "driftlab")


def test_an_unpacked_folder_is_used_where_it_lies(machine: Make, contents: dict[str, bytes]) -> None:
    colab = machine("Colab")
    folder = laid_out(course_files(contents, colab.root), colab.folder / "driftlab-labs")
    assert set(colab.run()["places"].values()) == {str(folder)}


@pytest.mark.parametrize(
    ("kind", "words"), [("Colab", "open Files"), ("Kaggle", "New Dataset"), ("other", "beside this")]
)
def test_where_there_is_no_course_it_says_what_to_upload(machine: Make, kind: str, words: str) -> None:
    first, second = machine(kind).run("print('on')")["cells"]
    assert not first["ok"]
    assert first["said"].startswith("The course is not here.\n")
    assert words in first["said"]
    assert f"driftlab-labs.zip (or driftlab-{LAB}.zip)" in first["said"]
    assert first["said"].endswith("Then run this cell again.\n")
    assert second["said"] == "on\n"


def test_zips_that_are_broken_hostile_or_of_something_else_are_named(machine: Make, contents: dict[str, bytes]) -> None:
    colab = machine("Colab")
    whole = zipped(course_files(contents, colab.root), colab.root / "whole.zip").read_bytes()
    (colab.folder / "driftlab-labs.zip").write_bytes(whole[: len(whole) // 2])
    flipped = bytearray(whole)
    flipped[len(whole) // 2] ^= 255
    (colab.folder / "driftlab-labs (1).zip").write_bytes(flipped)
    for number, name in enumerate(("../../evil.py", "/evil.py", "a/../../../evil.py", "..\\evil.py")):
        with zipfile.ZipFile(colab.folder / f"driftlab-labs-{number}.zip", "w") as archive:
            archive.writestr(name, "raise SystemExit")
            archive.writestr("x/autograder/learner.py", "")
    zipped({"readme.txt": b""}, colab.folder / "driftlab-lab2.zip")
    (first,) = colab.run()["cells"]
    assert not first["ok"]
    assert first["said"].count("names files outside its folder") == 4
    assert first["said"].count("cannot be used") == 7
    assert "the course is not in it" in first["said"]
    assert not list(colab.root.rglob("evil*"))


def test_a_good_zip_beside_a_broken_one_is_used(machine: Make, contents: dict[str, bytes]) -> None:
    colab = machine("Colab")
    (colab.folder / "driftlab-labs.zip").write_text("half an upload")
    zipped(course_files(contents, colab.root), colab.folder / f"driftlab-{LAB}.zip")
    assert colab.run()["cells"][0]["ok"]


# --- Kaggle, and packages ---


def dataset(kaggle: Machine, contents: dict[str, bytes], **more: bool) -> Path:
    """An attached data set: Kaggle has unpacked the zip, and nothing can be written there."""
    files = course_files(contents, kaggle.root, **more)
    return laid_out(files, kaggle.root / "kaggle/input/datasets/somebody/course/driftlab-labs/driftlab-labs")


def test_on_kaggle_a_data_set_with_wheels_does_without_internet(machine: Make, contents: dict[str, bytes]) -> None:
    kaggle = machine("Kaggle")
    attached = dataset(kaggle, contents, part=True)
    wheel(kaggle.root / "kaggle/input/wheels/wheels")
    came = kaggle.run("import spare_part", **OFFLINE)
    first, second = came["cells"]
    assert first["ok"], first["said"]
    assert "Kaggle: installing spare-part …\nKaggle: the course is ready. Installed: spare-part." in first["said"]
    assert "Save Version" in first["said"]
    assert second["ok"]
    assert all(str(attached) not in place for place in came["places"].values())  # copied: it may be written to
    assert came["cwd"] == str(kaggle.folder)


def test_without_internet_it_says_what_to_attach_and_goes_on_from_there(
    machine: Make, contents: dict[str, bytes]
) -> None:
    kaggle = machine("Kaggle")
    dataset(kaggle, contents, part=True)
    ready = wheel(kaggle.root / "aside")
    attach = f"import shutil\nshutil.copy({str(ready)!r}, {str(kaggle.root / 'kaggle/input')!r})"
    first, _, second = kaggle.run(attach, CELL.replace('Path("/")', f"Path({str(kaggle.root)!r})"), **OFFLINE)["cells"]
    assert not first["ok"]
    assert "Missing here: spare-part, and this notebook reaches no network." in first["said"]
    assert "!pip download --no-deps --dest wheels spare-part" in first["said"]
    assert "Traceback" not in first["said"]
    assert second["ok"], second["said"]


def test_what_the_site_has_is_never_replaced(machine: Make, contents: dict[str, bytes]) -> None:
    kaggle = machine("Kaggle")
    dataset(kaggle, contents, part=True)
    wheel(kaggle.root / "kaggle/input/wheels", needs="numpy<2")
    (first,) = kaggle.run()["cells"]
    assert not first["ok"]
    assert "pip could not install spare-part beside what Kaggle has:" in first["said"]
    assert "Traceback" not in first["said"]
    assert not (kaggle.root / "installed").exists()


def test_at_home_nothing_is_installed_without_being_asked(machine: Make, contents: dict[str, bytes]) -> None:
    other = machine("other")
    laid_out(course_files(contents, other.root, part=True), other.folder)
    wheel(other.folder)
    (first,) = other.run()["cells"]
    assert "Missing here: spare-part.\n" in first["said"]
    assert "%pip install spare-part" in first["said"]
    assert not (other.root / "installed").exists()


def test_where_the_course_is_installed_the_cell_is_silent_and_leaves_one_name(tmp_path: Path) -> None:
    code = f"{CELL}\nprint(sorted(name for name in globals() if not name.startswith('__')))"
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert (ran.stdout, ran.stderr) == ("['find_course']\n", "")


def test_a_script_of_the_notebook_is_told_and_goes_on(tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-I", "-S", "-c", f"{CELL}\nprint('on')"], cwd=tmp_path, capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    assert ran.stdout.startswith("The course is not here.")
    assert ran.stdout.endswith("\non\n")


# --- the parts ---


def test_the_cell_is_the_same_for_all_labs_but_for_the_name() -> None:
    for lab in Course().labs:
        spec = Course().spec(lab)
        assert spec.demos[0] == first_cell(lab) == CELL.replace(LAB, lab)
        row = json.loads((ROOT / f"labs/{spec.notebook}/{spec.notebook}.ipynb").read_text(encoding="utf-8"))
        code = next(cell for cell in row["cells"] if cell["cell_type"] == "code")
        assert "".join(code["source"]) == first_cell(lab)
        assert code["metadata"]["nbgrader"]["locked"]
    assert max(map(len, CELL.split("\n"))) <= 120


def test_missing_packages_come_from_pyproject(monkeypatch: pytest.MonkeyPatch) -> None:
    assert packages.missing(ROOT) == []
    assert {"torch", "bitsandbytes", "pytest", "ipywidgets"} <= set(packages.needed(ROOT))
    assert not {"nbgrader", "hypothesis", "distributed"} & set(packages.needed(ROOT))
    there = {name: version for name, version in packages.installed().items() if name not in ("peft", "bitsandbytes")}
    monkeypatch.setattr(packages, "installed", lambda: there)
    assert packages.missing(ROOT) == ["peft", "bitsandbytes"]
    assert packages._pinned(["peft"], ROOT)[0].startswith("peft==")


def test_a_library_without_its_pyproject_was_installed_by_pip(tmp_path: Path) -> None:
    assert packages.needed(tmp_path) == []
    assert sites.set_up(LAB, tmp_path) == ""


@pytest.mark.parametrize("lab", Course().labs)
def test_every_figure_is_shown_with_its_description(lab: str) -> None:
    found = figures.of_lab(ROOT, lab)
    stem = Course().spec(lab).notebook
    assert len(found) == len(list((ROOT / "labs" / stem / "figures").iterdir()))
    assert all(len(figure.description) > 40 and figure.heading for figure in found)
    page = figures.page(found)
    assert re.findall(r"<(\w+)", page).count("details") == len(found)
    assert "file:" not in page


def test_kaggle_is_told_from_colab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(here, "ROOT", tmp_path)
    for name in ("KAGGLE_KERNEL_RUN_TYPE", "COLAB_RELEASE_TAG"):
        monkeypatch.delenv(name, raising=False)
    assert here.site() is None
    monkeypatch.setitem(sys.modules, "google.colab", here)
    assert getattr(here.site(), "name", "") == "Colab"
    monkeypatch.setenv("KAGGLE_KERNEL_RUN_TYPE", "Batch")
    assert getattr(here.site(), "name", "") == "Kaggle"
    shutil.rmtree(tmp_path)

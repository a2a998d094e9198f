"""Each student bundle on a machine that has nothing else: really installed, its smoke test run, its lab worked.

The heavy packages are those of the Python that runs these tests, seen through a .pth file; the checkout is not.
"""

import json
import os
import subprocess
import sys
import sysconfig
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from autograder.authoring import bundle, lab_source, release

ROOT = Path(__file__).resolve().parents[1]
LABS = ("lab1", "lab2", "lab3", "lab4")
PRESENT = {
    "lab1": [],
    "lab2": [],
    "lab3": [
        "driftlab.chat", "driftlab.data", "driftlab.cutting", "driftlab.batches", "driftlab.trainer",
        "driftlab.finetune", "driftlab.models",
    ],
    "lab4": ["driftlab.judge", "driftlab.refusals", "driftlab.stats"],
}  # fmt: skip
"""Of the modules that answer a lab's tasks, those that its bundle has: its notebook runs them itself."""
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="programs of an environment lie elsewhere there"),
]


@dataclass(frozen=True)
class Made:
    """What a release made, aside."""

    zips: dict[str, Path]
    solved: dict[str, Path]
    """Each lab's notebook with its solution."""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    folder = tmp_path_factory.mktemp("made")
    sources = release._sources(ROOT, [])
    specs = [release._make_lab(ROOT, lab, folder / lab.spec.lab, folder / "made") for lab in sources]
    zips = release._zip(ROOT, folder / "made", folder / "zips", specs, whole=True)
    books = {spec.lab: folder / spec.lab / "source" / spec.notebook / f"{spec.notebook}.ipynb" for spec in specs}
    return Made({path.stem: path for path in zips}, books)


@dataclass(frozen=True)
class Machine:
    """A home with nothing in it, an environment without the checkout, the unpacked bundle."""

    folder: Path
    bundle: Path

    def run(self, program: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """A program of the environment, called from the unpacked bundle."""
        home = self.folder / "home"
        home.mkdir(exist_ok=True)
        programs = self.folder / "env" / "bin"
        environment = {
            "HOME": str(home), "PATH": f"{programs}:{os.defpath}", "LANG": "C.UTF-8", "OMP_NUM_THREADS": "1",
            "IPYTHONDIR": str(home / "ipython"), "PYTHONDONTWRITEBYTECODE": "1",
        }  # fmt: skip
        return subprocess.run(
            [str(programs / program), *arguments],
            cwd=self.bundle, env=environment, capture_output=True, text=True, timeout=600, check=False,
        )  # fmt: skip


def install(zipped: Path, folder: Path, *, in_place: bool) -> Machine:
    """Unzip and install without a network; `in_place` as `./lab` does it."""
    with zipfile.ZipFile(zipped) as archive:
        archive.extractall(folder)
    environment = folder / "env"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(environment)], check=True)
    (site,) = environment.glob("lib/python3*/site-packages")
    # a line of a .pth file is a folder to import from, whose own .pth files count for nothing: no editable checkout
    (site / "heavy.pth").write_text(sysconfig.get_path("purelib") + "\n")
    pip = [sys.executable, "-m", "pip", "--python", str(environment / "bin" / "python"), "install", "--quiet"]
    pip += ["--no-deps", "--no-build-isolation", "--no-index", "--no-compile"]
    clean = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PIP_CONFIG_FILE")}
    done = subprocess.run(
        [*pip, *(["--editable"] if in_place else []), str(folder / zipped.stem)],
        cwd=folder, env=clean, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return Machine(folder, folder / zipped.stem)


WHERE = """
import importlib.util, json, sys
import autograder, driftlab
there = [name for name in sys.argv[1:] if importlib.util.find_spec(name)]
print(json.dumps([driftlab.__file__, autograder.__file__, there]))
"""


@pytest.mark.parametrize("lab", LABS)
def test_a_labs_own_bundle_installs_passes_its_smoke_test_and_can_be_worked(
    lab: str, made: Made, tmp_path: Path
) -> None:
    machine = install(made.zips[f"driftlab-{lab}"], tmp_path, in_place=True)
    (source,) = (ROOT / "solutions").glob(f"{lab}_*.py")
    answers = lab_source.read(source).answers
    where = machine.run("python", "-c", WHERE, *answers)
    library, grader, there = json.loads(where.stdout)
    assert {Path(library).parents[1], Path(grader).parents[1]} == {machine.bundle}
    assert there == PRESENT[lab]

    smoke = machine.run("autograder", "smoke", "--json")
    assert smoke.returncode == 0, smoke.stderr
    report = json.loads(smoke.stdout)
    assert report["works"]
    assert report["labs"] == [lab]
    assert {part["state"] for part in report["parts"]} <= {"works", "differs"}
    assert not list(machine.bundle.rglob(".progress")), "a smoke test leaves nothing behind"

    notebook = machine.bundle / "labs" / source.stem / f"{source.stem}.ipynb"
    notebook.write_bytes(made.solved[lab].read_bytes())
    checked = machine.run("autograder", "check", lab, "--json")
    assert checked.returncode == 0, checked.stderr
    told = json.loads(checked.stdout)
    assert told["points"] == told["out_of_public"] == 10.0
    assert {task["outcome"] for task in told["tasks"].values()} == {"passed"}

    command = machine.run("driftlab", "--version")
    assert command.returncode == (0 if lab == "lab3" else 2), command.stderr
    assert lab == "lab3" or "not part of this lab's bundle" in command.stderr
    assert "Traceback" not in command.stderr


def test_the_courses_bundle_installs_elsewhere_and_passes_its_smoke_test(made: Made, tmp_path: Path) -> None:
    machine = install(made.zips[bundle.NAME], tmp_path, in_place=False)
    where = machine.run("python", "-P", "-c", WHERE)
    assert all(Path(path).is_relative_to(tmp_path / "env") for path in json.loads(where.stdout)[:2])
    smoke = machine.run("autograder", "smoke", "lab2", "--json")  # the other labs' kernels ran above
    assert smoke.returncode == 0, smoke.stderr
    assert json.loads(smoke.stdout)["works"]
    assert sorted(path.stem.split("_")[0] for path in machine.bundle.glob("labs/*/*.ipynb")) == list(LABS)
    assert machine.run("driftlab", "--version").returncode == 0
    refused = machine.run("autograder", "grade", ".", "--lab", "lab1")
    assert (refused.returncode, "not part of the student bundle" in refused.stderr) == (2, True)

"""A checkout that ./lab can install in seconds and without a network: our own lab, tiny packages as wheels.

Shared by the tests of ./lab. Does not: hold tests.
"""

import dataclasses
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MODULES = ("__init__", "errors", "pins", "install", "install_trouble")
BACKEND = """
import os, sys, zipfile
sys.path.insert(0, {tests!r})
from small_checkout import write_wheel
def build_editable(folder, config_settings=None, metadata_directory=None):
    files = {{"driftlab_here.pth": os.getcwd(), "hello_course.py": "def main(): print('hello')"}}
    points = "[console_scripts]\\nhello-course = hello_course:main\\n"
    return write_wheel(folder, "driftlab", "0.1.0", files, points).name
"""


def write_wheel(folder: str | Path, name: str, version: str, files: dict[str, str], points: str = "") -> Path:
    """A wheel of these files."""
    info = f"{name}-{version}.dist-info"
    metadata = {
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": points,
    }
    record = "".join(f"{path},,\n" for path in (*files, *metadata, f"{info}/RECORD"))
    path = Path(folder) / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        for inside, text in {**files, **metadata, f"{info}/RECORD": record}.items():
            wheel.writestr(inside, text)
    return path


@dataclasses.dataclass
class Checkout:
    """The folder, and where its pip finds packages."""

    root: Path
    wheels: Path

    @property
    def marker(self) -> Path:
        return self.root / ".venv" / "lab.ready"

    @property
    def site(self) -> Path:
        return next((self.root / ".venv").glob("lib/python3*/site-packages"))

    def pin(self, *pins: str) -> None:
        """Ask for exactly these."""
        (self.root / "requirements.lock").write_text("# pins\n" + "\n".join(pins) + "\n")

    def publish(self, name: str, version: str, content: str = "") -> None:
        """Make a package that pip can find, with one module of its own name."""
        write_wheel(self.wheels, name, version, {f"{name}.py": content or f"VERSION = {version!r}\n"})

    def environment(self, **changes: str) -> dict[str, str]:
        """No pip configuration but ours, no network."""
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("PIP_", "VIRTUAL_ENV"))}
        ours = {"PIP_CONFIG_FILE": os.devnull, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(self.wheels)}
        return {**kept, **ours, **changes}

    def start(self, *command: str, **changes: str) -> "subprocess.Popen[str]":
        """./lab COMMAND, from another folder, in a process group of its own."""
        return subprocess.Popen(
            [sys.executable, str(self.root / "lab"), *command],
            cwd=self.wheels,
            env=self.environment(**changes),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def lab(self, *command: str, **changes: str) -> "subprocess.CompletedProcess[str]":
        """./lab COMMAND, to its end."""
        with self.start(*command, **changes) as child:
            out, err = child.communicate(timeout=120)
        return subprocess.CompletedProcess(child.args, child.returncode, out, err)


def make_checkout(folder: Path) -> Checkout:
    """A checkout in a folder with a space in its name, with torch and two more packages to install."""
    checkout = Checkout(folder / "my course", folder / "wheels")
    checkout.wheels.mkdir(parents=True)
    (checkout.root / "driftlab").mkdir(parents=True)
    shutil.copy2(ROOT / "lab", checkout.root)
    for module in MODULES:
        shutil.copy2(ROOT / "driftlab" / f"{module}.py", checkout.root / "driftlab")
    (checkout.root / "backend.py").write_text(BACKEND.format(tests=str(ROOT / "tests")))
    (checkout.root / "pyproject.toml").write_text(
        '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
        '[project]\nname = "driftlab"\nversion = "0.1.0"\n'
    )
    for name in ("torch", "alpha"):
        checkout.publish(name, "1.0")
    checkout.pin("alpha==1.0", "nowhere==1.0 ; sys_platform == 'beos'", "torch==1.0")
    return checkout

"""Make the course's environment: from requirements.lock to .venv, in steps that a killed run goes on from.

In: the checkout's folder; the user's own pip configuration says where packages come from. Out: .venv with exactly the
pinned versions and driftlab in place, and last of all the marker .venv/lab.ready. `./lab` calls it, with a Python that
may have nothing but its standard library; progress goes to stderr.
Does not: choose an index or a build of PyTorch (pip and its configuration do), or touch anything outside .venv.
"""

import contextlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TextIO

from driftlab import pins
from driftlab.errors import InstallError
from driftlab.install_trouble import (
    NEEDED_BYTES,
    disk_full,
    does_not_work,
    explain,
    no_venv_module,
    system_errors_explained,
)

MARKER, LOG, LOCK = "lab.ready", "lab.log", ".venv.lock"
FIRST = "torch"
"""Installed before all others and with what it asks for: on a GPU machine that is its own choice of CUDA packages."""
BATCH = 16
"""Packages a call of pip: a killed run loses at most one batch, and pip starts a dozen times (under a second each)."""
IMPORTS = ("torch", "transformers", "peft", "bitsandbytes", "datasets", "scipy", "statsmodels", "typer", "pytest")
"""Loaded once at the end: proves that the packages work here, and compiles what every later start would."""


def main(arguments: Sequence[str]) -> int:
    """Make the environment of the checkout `arguments[0]`, then let its `lab` run the command `arguments[2:]`.

    `arguments[1]` is what the marker is to hold.
    """
    root, fingerprint, *command = arguments
    progress = Progress(sys.stderr)
    try:
        with system_errors_explained(Path(root)), _locked(Path(root, LOCK), progress) as lock:
            if not _is_done(Path(root, ".venv", MARKER), fingerprint):  # another ./lab may have, while this one waited
                Maker(Path(root), lock, progress).make(fingerprint)
    except InstallError as error:
        progress.say(f"The environment cannot be made: {error.problem}\n{error.remedy}")
        return 2
    except KeyboardInterrupt:
        progress.say("Stopped. Call the same command again: it goes on from here.")
        return 130
    lab = [sys.executable, str(Path(root, "lab")), *command]
    if sys.platform == "win32":  # it has no exec
        return subprocess.call(lab)  # noqa: S603
    os.execv(lab[0], lab)  # noqa: S606


def _is_done(marker: Path, fingerprint: str) -> bool:
    return marker.is_file() and marker.read_text().strip() == fingerprint


@contextlib.contextmanager
def _locked(path: Path, progress: "Progress") -> Iterator[TextIO]:
    """Hold the checkout's lock, so that two calls at once do not write into each other's packages."""
    with path.open("a") as lock:
        if not _lock_now(lock):
            progress.say("Another ./lab is making the environment: waiting for it.")
            while not _lock_now(lock):
                time.sleep(0.5)
        yield lock


def _lock_now(lock: TextIO) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(lock.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):  # held by another: the word for it on Linux and macOS, on Windows
        return False
    return True


class Progress:
    """What the user sees meanwhile: one line that changes on a terminal, one line a step elsewhere."""

    def __init__(self, stream: TextIO) -> None:
        self.stream, self.live, self.began = stream, stream.isatty(), time.monotonic()
        self.total = self.done = 0
        self._last = ""

    def elapsed(self) -> str:
        """Time since the beginning, as minutes and seconds."""
        seconds = int(time.monotonic() - self.began)
        return f"{seconds // 60}:{seconds % 60:02}"

    def show(self, what: str, fetched_bytes: int = 0) -> None:
        """Say what is being done now."""
        count = f"{self.done:3}/{self.total} packages · " if self.total else ""
        if self.live:
            fetched = f" · {fetched_bytes / 1e6:.0f} MB fetched" if fetched_bytes > 1e6 else ""
            line = f"{self.elapsed()} · {count}{what}{fetched}"
            self.stream.write(f"\r\x1b[2K{line[: shutil.get_terminal_size().columns - 1]}")
        elif what != self._last:
            self.stream.write(f"{self.elapsed()} · {count}{what}\n")
        self._last = what
        self.stream.flush()

    def say(self, text: str) -> None:
        """Print a sentence that stays."""
        self.stream.write(("\r\x1b[2K" if self.live else "") + text + "\n")
        self.stream.flush()


class Maker:
    """Makes one environment. Every step looks at what is there, does what is missing, and may be killed."""

    def __init__(self, root: Path, lock: TextIO, progress: Progress) -> None:
        self.root, self.venv, self.lock, self.progress = root, root / ".venv", lock, progress
        self.python = self.venv / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
        self.pins: list[pins.Pin] = []

    def make(self, fingerprint: str) -> None:
        """All steps in order; the marker last."""
        version = self._usable()
        if version is None:
            self._create()
            version = sys.version_info[:2]
        else:
            self.progress.say(f"Bringing {self.venv} up to date with {pins.FILE}.")
        self.pins = pins.read((self.root / pins.FILE).read_text(encoding="utf-8"), version)
        (self.venv / MARKER).unlink(missing_ok=True)
        self._clear_remains()
        self._install_pins()
        self._pip(["--no-deps", "--no-build-isolation", "--editable", str(self.root)], "driftlab itself")
        self._verify()
        partial = self.venv / f"{MARKER}.partial"
        partial.write_text(f"{fingerprint}\n")
        partial.replace(self.venv / MARKER)
        self.progress.say(f"The environment is ready ({self.progress.elapsed()}).")

    def _usable(self) -> tuple[int, int] | None:
        """The version of the Python in .venv, where it is whole, made at this very place, of a supported version."""
        code = "import json, sys; print(json.dumps([sys.version_info[:2], sys.prefix]))"
        try:
            done = subprocess.run([self.python, "-I", "-c", code], capture_output=True, check=True, text=True)  # noqa: S603
            (major, minor), prefix = json.loads(done.stdout)
            config = (self.venv / "pyvenv.cfg").read_text(encoding="utf-8")
            at_home = Path(prefix).samefile(self.venv)
        except (OSError, ValueError, subprocess.CalledProcessError):
            return None
        # a folder that was moved or copied still has the old place in every script of its environment
        made = re.search(r"^command = .* -m venv (?:--\S+ )*(.*)$", config, re.MULTILINE)
        at_home = at_home and (made is None or Path(made[1]) == self.venv)
        fits = pins.OLDEST <= (major, minor) <= pins.NEWEST and "pip" in pins.installed(self.venv)
        return (major, minor) if at_home and fits else None

    def _create(self) -> None:
        if importlib.util.find_spec("venv") is None or importlib.util.find_spec("ensurepip") is None:
            raise no_venv_module()
        if not self.venv.is_dir() and shutil.disk_usage(self.root).free < NEEDED_BYTES:
            raise disk_full(self.root)
        self.progress.say(
            f"Making the course's environment in {self.venv}: once, some minutes. A stopped call goes on when repeated."
        )
        if sys.platform == "linux" and not Path("/proc/driver/nvidia").exists():
            self.progress.say(
                "No NVIDIA GPU here: ./lab --help says how to get PyTorch's CPU build, several GB smaller."
            )
        self._run([sys.executable, "-I", "-m", "venv", "--clear", str(self.venv)], "an empty environment")

    def _clear_remains(self) -> None:
        """Remove what a killed pip left: half-installed packages would pass for whole ones, ~ folders only confuse."""
        for site in pins.site_folders(self.venv):
            half = [folder for folder in site.glob("*.dist-info") if not (folder / "RECORD").is_file()]
            for folder in (*half, *site.glob("~*")):
                shutil.rmtree(folder, ignore_errors=True)
        shutil.rmtree(self.venv / "tmp", ignore_errors=True)

    def _missing(self) -> list[pins.Pin]:
        present = pins.installed(self.venv)
        return [pin for pin in self.pins if present.get(pin.name) != pin.version]

    def _install_pins(self) -> None:
        self.progress.total = len(self.pins)
        first = ["==".join(pin) for pin in self._missing() if pin.name == FIRST]
        if first:
            self.progress.done = self.progress.total - len(self._missing())
            self._pip(["--constraint", str(self.root / pins.FILE), *first], FIRST)
        missing = self._missing()
        for start in range(0, len(missing), BATCH):
            batch = missing[start : start + BATCH]
            self.progress.done = self.progress.total - len(missing) + start
            self._pip(["--no-deps", *map("==".join, batch)], f"{batch[0].name} to {batch[-1].name}")
        self.progress.done = self.progress.total

    def _pip(self, arguments: Sequence[str], what: str) -> None:
        downloads = self.venv / "tmp"
        environment = {**os.environ, "PIP_USER": "0", "PIP_NO_INPUT": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
        if "TMPDIR" not in os.environ:
            # beside the environment: /tmp is often small, and what a killed run leaves is found and removed
            downloads.mkdir(exist_ok=True)
            environment["TMPDIR"] = str(downloads)
        # --no-compile halves the time: Python compiles a file when it is first imported, most never are
        self._run([str(self.python), "-I", "-m", "pip", "install", "--no-compile", *arguments], what, environment)
        shutil.rmtree(downloads, ignore_errors=True)

    def _run(self, command: Sequence[str], what: str, environment: dict[str, str] | None = None) -> None:
        """Run one step, show it, and turn its failure into what the user can do about it."""
        # the child holds the lock too: a pip that outlives a killed ./lab keeps the next one waiting
        keep = () if sys.platform == "win32" else (self.lock.fileno(),)
        lines: list[str] = []
        with subprocess.Popen(  # noqa: S603
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, errors="replace", env=environment, pass_fds=keep,
        ) as child:  # fmt: skip
            try:
                reader = threading.Thread(target=lines.extend, args=(child.stdout or (),), daemon=True)
                reader.start()
                while reader.is_alive():
                    self.progress.show(what, _size(self.venv / "tmp"))
                    reader.join(0.5)
                child.wait()
            finally:
                child.terminate()  # nothing to do but after Ctrl-C
        if child.returncode:
            raise explain("".join(lines), self._keep_log(lines), self.root)

    def _keep_log(self, lines: Sequence[str]) -> Path:
        with contextlib.suppress(OSError):  # the disk may be full; the log is a help, not a promise
            (self.venv / LOG).write_text("".join(lines), encoding="utf-8")
        return self.venv / LOG

    def _verify(self) -> None:
        """Every pin is there, and the packages load."""
        for pin in self._missing():
            raise does_not_work(f"{pin.name} {pin.version} is missing", self.venv)
        names = [name for name in IMPORTS if name in {pin.name for pin in self.pins}]
        self.progress.show("a first start of the packages")
        code = "import importlib, sys\nfor name in sys.argv[1:]: importlib.import_module(name)"
        done = subprocess.run([self.python, "-I", "-c", code, *names], capture_output=True, text=True, check=False)  # noqa: S603
        if done.returncode:
            raise does_not_work((done.stderr.strip().splitlines() or ["no message"])[-1], self.venv)


def _size(folder: Path) -> int:
    """Bytes of all files under a folder that pip is changing at this moment."""
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(OSError):
                total += (Path(parent) / name).stat().st_size
    return total

"""What the labs need and a site lacks: found by pyproject.toml, installed beside what is there, never in its place.

In: the course's folder, a site. Out: names; what pip made of them, as an empty text or as words for a learner.
Every package that is installed is a constraint, with the version that it has: pip then adds, or fails. The versions of
requirements.lock are asked for first; where they do not go with the site's, pip chooses.
Does not: choose an index (pip's configuration does), upgrade, remove, or check what a package can do.
"""

import importlib
import importlib.metadata
import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Sequence
from pathlib import Path

from driftlab import pins
from driftlab.install_trouble import NETWORK
from driftlab.sites.here import Site

EXTRA = "learner"
"""The extra of pyproject.toml that notebooks need beside the library itself."""
DEEP = 4
"""Levels of folders below an attached one in which wheels are looked for."""
QUIETLY = ("--no-input", "--disable-pip-version-check", "--retries", "1")
VERSION = re.compile(r"\d+(\.\d+)*((a|b|rc)\d+)?(\.post\d+)?(\.dev\d+)?(\+[\w.]+)?")


def needed(course: Path) -> list[str]:
    """The names, normalised; none where pyproject.toml does not lie beside the library: then pip installed both."""
    try:
        project = tomllib.loads((course / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    except (OSError, KeyError, tomllib.TOMLDecodeError):
        return []
    asked = [*project["dependencies"], *project["optional-dependencies"].get(EXTRA, ())]
    return [pins.normal(re.split(r"[^\w.-]", text.strip())[0]) for text in asked]


def installed() -> dict[str, str]:
    """Name to version of all that this Python finds."""
    found = importlib.metadata.distributions()
    return {pins.normal(one.metadata["Name"]): one.version for one in found if one.metadata["Name"]}


def missing(course: Path) -> list[str]:
    """What is needed and not installed, in pyproject's order."""
    there = installed()
    return [name for name in needed(course) if name not in there]


def told(names: Sequence[str]) -> str:
    """For a machine of one's own, where nothing is installed without being asked."""
    return (
        f"Missing here: {', '.join(names)}.\n"
        "Best open the notebook by `./lab jupyter lab` in the course's folder, which makes an environment of its own.\n"
        f"Or install them into this one, and run this cell again: %pip install {' '.join(names)}"
    )


def install(names: Sequence[str], course: Path, site: Site) -> str:
    """Install them beside what is there; what is in the way, or an empty text."""
    sys.stdout.write(f"{site.name}: installing {', '.join(names)} …\n")
    sys.stdout.flush()
    wheels = _folders_with_wheels(site)
    pinned = _pinned(names, course)
    attempts = [["--no-index", *names]] if wheels else []
    attempts += [pinned, list(names)] if pinned != list(names) else [pinned]
    log = ""
    for attempt in attempts:
        log = _pip(attempt, wheels)
        left = missing(course)
        if not left:
            return ""
        if NETWORK.search(log):
            return _offline(left, site)
    last = [line for line in log.splitlines() if line.strip()][-3:]
    return "\n".join([f"pip could not install {', '.join(left)} beside what {site.name} has:", *last])


def _pip(words: Sequence[str], wheels: Sequence[Path]) -> str:
    """What pip said."""
    links = [word for folder in wheels for word in ("--find-links", str(folder))]
    with tempfile.TemporaryDirectory(prefix="driftlab-") as folder:
        constraints = Path(folder, "constraints.txt")
        lines = [f"{name}=={version}" for name, version in installed().items() if VERSION.fullmatch(version)]
        constraints.write_text("\n".join(lines) + "\n", encoding="utf-8")
        command = [sys.executable, "-m", "pip", "install", *QUIETLY]
        done = subprocess.run(  # noqa: S603  pip, with names from pyproject.toml
            [*command, "--constraint", str(constraints), *links, *words],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
            check=False,
        )  # fmt: skip
    importlib.invalidate_caches()
    return done.stdout


def _folders_with_wheels(site: Site) -> list[Path]:
    patterns = ["*/" * depth + "*.whl" for depth in range(DEEP + 1)]
    return sorted({wheel.parent for place in site.attached for one in patterns for wheel in place.glob(one)})


def _pinned(names: Sequence[str], course: Path) -> list[str]:
    """The names with the versions that the course was tried with."""
    try:
        lock = dict(pins.read((course / pins.FILE).read_text(encoding="utf-8"), sys.version_info[:2]))
    except OSError:
        lock = {}
    return [f"{name}=={lock[name]}" if name in lock else name for name in names]


def _offline(names: Sequence[str], site: Site) -> str:
    first = f"Missing here: {', '.join(names)}, and this notebook reaches no network."
    if site.name != "Kaggle":
        return f"{first}\nReconnect the runtime (menu Runtime), and run this cell again."
    return "\n".join(
        [
            first,
            "Either turn the internet on: at the right, Session options, Internet on (Kaggle wants a verified phone",
            "number for it), and run this cell again.",
            "Or attach the packages. In another notebook, with internet on, run",
            f"    !pip download --no-deps --dest wheels {' '.join(names)}",
            "and choose Save Version there. Here choose Add Input, Your Work, and that notebook; then run this cell",
            "again: it finds the wheels and takes them from there (pip install --no-index).",
        ]
    )

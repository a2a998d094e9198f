"""What the environment is to hold and what it holds: the pins of requirements.lock, the packages of a .venv.

In: the text of requirements.lock, a folder. Out: names (normalised as pip does) and exact versions.
Does not: install anything or resolve versions; understands pins and one comparison as a condition, nothing more.
"""

import importlib.metadata
import re
import sys
from pathlib import Path
from typing import NamedTuple

FILE = "requirements.lock"
OLDEST, NEWEST = (3, 11), (3, 13)
"""The Pythons that the pins are for; `lab` and pyproject.toml say the same."""


class Pin(NamedTuple):
    """One package of the environment at its exact version, named as pip normalises names."""

    name: str
    version: str


def read(text: str, python: tuple[int, int]) -> list[Pin]:
    """The pins of a requirements.lock that apply to that version of Python, on this system.

    Raises:
        ValueError: a line is not `name==version`, or its condition is not a single comparison that is understood.
    """
    pins = []
    for line in text.splitlines():
        requirement, _, condition = line.split("#")[0].partition(";")
        if not requirement.strip():
            continue
        name, separator, version = requirement.strip().partition("==")
        if not separator:
            raise ValueError(f"{FILE}: {line!r} is not of the form name==version")
        if not condition.strip() or _holds(condition.strip(), python):
            pins.append(Pin(normal(name), version))
    return pins


def _holds(condition: str, python: tuple[int, int]) -> bool:
    parts = re.fullmatch(r"(sys_platform [!=]=|python_full_version (?:<|>=)) '([\w.]+)'", condition)
    if parts is None:
        raise ValueError(f"{FILE}: the condition {condition!r} is not a single comparison that is understood")
    comparison, value = parts.groups()
    if comparison.startswith("sys_platform"):
        return (sys.platform == value) == comparison.endswith("==")
    return (python < tuple(int(part) for part in value.split("."))) == comparison.endswith("<")


def normal(name: str) -> str:
    """A package's name as pip compares names."""
    return re.sub(r"[-_.]+", "-", name).lower()


def installed(venv: Path) -> dict[str, str]:
    """Name and version of every package that is completely installed: pip writes its RECORD last."""
    found = {}
    for package in importlib.metadata.distributions(path=[str(folder) for folder in site_folders(venv)]):
        if package.read_text("RECORD") is not None and package.metadata["Name"]:
            # 2.13.0+cpu is a build of 2.13.0
            found[normal(package.metadata["Name"])] = package.version.partition("+")[0]
    return found


def site_folders(venv: Path) -> list[Path]:
    """The folders of an environment that hold its packages (one, but for its name)."""
    return [*venv.glob("lib/python3.*/site-packages"), *venv.glob("Lib/site-packages")]

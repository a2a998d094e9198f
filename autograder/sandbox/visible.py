"""Which files a student's process may read: Python, its libraries, and the named modules of ours.

In: names of our modules. Out: absolute paths, the same at both levels.
Does not: include anything else of this checkout, `/etc`, `/home`, a program, or a writable place.
"""

import sys
import sysconfig
from collections.abc import Sequence
from pathlib import Path

from autograder.errors import SandboxError

ROOT = Path(__file__).resolve().parents[2]
OURS = ("autograder", "driftlab")
SYSTEM = (
    "/lib", "/lib64", "/usr/lib", "/usr/lib64", "/etc/ld.so.cache", "/usr/share/zoneinfo",
    "/sys/devices/system/cpu",  # how many cores of which kind: torch asks for it
)  # fmt: skip


def paths(readable: Sequence[str]) -> list[str]:
    """What is visible, sorted, nothing named twice.

    Raises:
        SandboxError: our own code would be among it.
    """
    libraries = _libraries()
    for package in OURS:
        for folder in libraries:
            if (ROOT / package).is_relative_to(folder):
                raise SandboxError(
                    f"{ROOT / package} lies in {folder}, which student code may read.",
                    "Grade from a checkout of the course (./lab autograder …), outside the installed packages.",
                )
    ours = [path for name in readable for path in module_files(name)]
    return _without_nested(sorted({str(path) for path in (*libraries, *ours)}))


def module_files(name: str) -> list[Path]:
    """The files of one module of ours: a package's folder or a module's file, and the packages above it.

    Raises:
        SandboxError: there is no such module.
    """
    parts = name.split(".")
    whole = ROOT.joinpath(*parts)
    found = whole if whole.is_dir() else whole.with_suffix(".py")
    if parts[0] not in OURS or not found.exists() or len(parts) < 2:
        raise SandboxError(f"{name!r} is no module of ours that could be readable.", "Mend `readable` in the lab.")
    above = [ROOT.joinpath(*parts[:length], "__init__.py") for length in range(1, len(parts))]
    return [found, *above]


def _libraries() -> set[Path]:
    """The interpreter's library folders, as it calls them and as they are."""
    names = [sysconfig.get_path(kind) for kind in ("stdlib", "platstdlib", "purelib", "platlib")]
    bases = [Path(base) / folder for base in (sys.base_prefix, sys.prefix) for folder in ("lib", "lib64")]
    given = {Path(name) for name in (*names, *SYSTEM) if name} | set(bases)
    return {place for path in given if path.exists() for place in (path, path.resolve())}


def _without_nested(names: list[str]) -> list[str]:
    kept: list[str] = []
    for name in names:  # sorted: a folder stands before what is in it
        if not any(Path(name).is_relative_to(folder) and not Path(folder).is_symlink() for folder in kept):
            kept.append(name)
    return kept

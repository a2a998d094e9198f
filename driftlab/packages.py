"""The packages that are installed, beside the pins of requirements.lock.

In: this Python's packages, the pins where they lie beside this installation. Out: a `Package` each; all in one line.
Does not: install anything, or load a package: a version that is here may still fail to load.
"""

import dataclasses
import importlib.metadata
import sys
from collections.abc import Sequence
from pathlib import Path

from driftlab import pins

ROOT = Path(__file__).resolve().parents[1]
MAIN = ("torch", "transformers", "peft", "bitsandbytes", "datasets", "scipy", "statsmodels", "nbgrader")
NOT_FOR_LEARNERS = frozenset({"nbgrader"})
"""Main packages that only whoever teaches needs: a learner's machine, Colab and Kaggle among them, may lack them."""


@dataclasses.dataclass(frozen=True, slots=True)
class Package:
    """One package: the version that is here and the one that the pins ask for (None where there is none)."""

    name: str
    installed: str | None
    pinned: str | None

    @property
    def agrees(self) -> bool:
        """Whether it is here in the pinned version; any build of that version will do."""
        return self.installed is not None and self.installed.partition("+")[0] == self.pinned


def found() -> tuple[Package, ...]:
    """Every pinned package; only the main ones where the pins do not lie beside this installation."""
    here = {pins.normal(each.name): each.version for each in importlib.metadata.distributions() if each.name}
    try:
        pinned = dict(pins.read((ROOT / pins.FILE).read_text(encoding="utf-8"), sys.version_info[:2]))
    except OSError:
        pinned = {}
    names = pinned or dict.fromkeys(MAIN)
    return tuple(Package(name, here.get(name), pinned.get(name)) for name in names)


def line(packages: Sequence[Package]) -> str:
    """All of them in words: how many are as pinned, which are not, and the versions of the main ones."""
    main = ", ".join(f"{one.name} {one.installed}" for one in packages if one.name in MAIN and one.installed)
    if not any(one.pinned for one in packages):
        return f"{main} (requirements.lock does not lie beside this installation)"
    wrong = [f"{one.name} {one.installed or 'missing'} (pinned {one.pinned})" for one in packages if not one.agrees]
    if not wrong:
        return f"all {len(packages)} as pinned: {main}"
    return f"{len(wrong)} of {len(packages)} are not as pinned: {', '.join(wrong)}. Found: {main}"

"""Notebooks on machines that are not one's own: Colab, Kaggle, and any Jupyter to which the course was only unpacked.

In: the lab whose notebook asks; its first cell (`autograder/authoring/first_cell.py`) calls `set_up` wherever it runs.
Out: packages that were missing, a folder that the site keeps, the lab's figures; or what is in the way, in words.
Nothing that the site has is replaced, nothing is fetched from an address of ours, and at home nothing happens at all.
Does not: find or unpack the course (the first cell does, with nothing at hand), or touch a GPU. None of it ever ran on
those sites: tests play them with folders, variables and modules of the same names.
"""

import os
import sys
from pathlib import Path

from driftlab import pins
from driftlab.sites import figures, here, packages
from driftlab.versions import hide_old_torchao

COURSE = Path(__file__).resolve().parents[2]


def set_up(lab: str, course: Path = COURSE) -> str:
    """Get ready for the lab's notebook; what is in the way, for its learner, or an empty text. Runs again unharmed."""
    site, missing = here.site(), packages.missing(course)
    hide_old_torchao()
    if site is None and not missing:
        return ""
    if not pins.OLDEST <= sys.version_info[:2]:
        return f"This is Python {sys.version.split()[0]}; the course needs 3.11 or newer."
    _let_commands_find(course)
    done = ""
    if missing:
        trouble = packages.install(missing, course, site) if site is not None else packages.told(missing)
        if trouble:
            return trouble
        done = f" Installed: {', '.join(missing)}."
    if site is not None:
        kept = here.work_in(site)
        figures.show(course, lab)
        sys.stdout.write(f"{site.name}: the course is ready.{done} {kept}\n")
    return ""


def _let_commands_find(course: Path) -> None:
    """Programs that a notebook starts know nothing of its sys.path."""
    paths = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    if str(course) not in paths:
        os.environ["PYTHONPATH"] = os.pathsep.join([str(course), *filter(None, paths)])

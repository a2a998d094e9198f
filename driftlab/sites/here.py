"""Which site a notebook runs on, and what that site keeps.

In: environment variables, loaded modules, folders. Out: a `Site`, or None at home.
Kaggle is asked for first: its image is made from Colab's and has Colab's variables too (Kaggle/kagglehub#230, of
2025-02-25). `KAGGLE_KERNEL_RUN_TYPE` is not documented by Kaggle; others rely on it (mlflow/mlflow#21612, of 2026-03).
Does not: install anything, or say what the site's packages can do.
"""

import os
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path("/")


@dataclass(frozen=True, slots=True)
class Site:
    """Where a notebook runs, if not at home."""

    name: str
    attached: tuple[Path, ...]
    """Folders where files lie that a learner attached or uploaded."""
    kept: Path
    """The folder to work in."""
    keeping: str
    """What becomes of that folder, as a sentence."""


def site() -> Site | None:
    """The site, or None: an ordinary machine, a university's server among them."""
    if "KAGGLE_KERNEL_RUN_TYPE" in os.environ or (ROOT / "kaggle" / "working").is_dir():
        return _kaggle(ROOT / "kaggle")
    if "google.colab" in sys.modules:
        return _colab(ROOT / "content")
    return None


def _kaggle(folder: Path) -> Site:
    working = folder / "working"
    keeping = (
        f"What you write goes to {working}. It is kept by Save Version; between sessions only if Persistence, in the "
        "session options, is set to files."
    )
    return Site("Kaggle", (folder / "input",), working, keeping)


def _colab(folder: Path) -> Site:
    drive = folder / "drive" / "MyDrive"
    if drive.is_dir():
        kept = drive / "driftlab"
        return Site("Colab", (folder, drive), kept, f"What you write goes to {kept}, in your Drive, and stays.")
    keeping = (
        f"What you write goes to {folder} and is gone when the runtime ends. To keep it, choose Mount Drive in the "
        "Files pane and run this cell again."
    )
    return Site("Colab", (folder,), folder, keeping)


def work_in(site: Site) -> str:
    """Make the kept folder the notebook's own, so that progress and runs lie there; the sentence about it."""
    site.kept.mkdir(parents=True, exist_ok=True)
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if shell is None:  # no notebook: whoever runs a program has chosen its folder
        return ""
    if Path.cwd() != site.kept:
        shell.run_line_magic("cd", f"-q {site.kept}")
    return site.keeping

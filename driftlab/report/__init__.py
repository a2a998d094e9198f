"""The report of a run: a page to read, a table for the terminal, a copy that may be shared.

In: finished run folders, or a record. Out: a self-contained HTML file, a rich table and a sentence, a redacted folder.
Does not: compute; every number is the record's, picked, rounded and placed.
"""

from collections.abc import Sequence
from pathlib import Path

from driftlab.errors import RunError
from driftlab.records import write_atomically
from driftlab.report.loading import load_runs
from driftlab.report.page import render
from driftlab.report.sharing import redact, redacted_record
from driftlab.report.terminal import drift_table
from driftlab.report.tiles import OverSeeds
from driftlab.report.words import meaning

__all__ = ["OverSeeds", "drift_table", "meaning", "redact", "redacted_record", "write_report"]


def write_report(run_dirs: Sequence[Path], out: Path, over_seeds: OverSeeds | None = None) -> Path:
    """Write one page about one run, or about several seeds and settings; all of it or nothing.

    `over_seeds` gives what is said of a setting's drifts; without it only the lowest and the highest are named.

    Raises:
        RunError: no run, a run that cannot be read, runs that do not compare, or `out` cannot be written.
    """
    page = render(load_runs(run_dirs), over_seeds)
    if out.is_dir():
        raise RunError(f"{str(out)!r} is a folder.", f"Name a file: --out {out / 'report.html'}")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(out, [page])
    except OSError as failed:
        reason = failed.strerror or str(failed)
        raise RunError(
            f"the page {str(out)!r} cannot be written: {reason}.", "Name another file with --out."
        ) from failed
    return out

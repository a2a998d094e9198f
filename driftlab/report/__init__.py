"""The report of a run: a page to read, a table for the terminal, a copy that may be shared.

In: finished run folders, or a record. Out: a self-contained HTML file, a rich table and a sentence, a redacted folder.
Does not: compute; every number is the record's, picked, rounded and placed.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from driftlab.errors import RunError
from driftlab.records import Record, Verdict, write_atomically
from driftlab.report.loading import load_runs
from driftlab.report.page import render
from driftlab.report.pairs_page import render_pairs
from driftlab.report.sharing import redact, redacted_record
from driftlab.report.terminal import drift_table, pairs_table
from driftlab.report.tiles import OverSeeds
from driftlab.report.words import meaning

__all__ = [
    "OverSeeds", "drift_table", "meaning", "pairs_table", "redact", "redacted_record", "write_pairs_page",
    "write_report",
]  # fmt: skip


def write_report(run_dirs: Sequence[Path], out: Path, over_seeds: OverSeeds | None = None) -> Path:
    """Write one page about one run, or about several seeds and settings; all of it or nothing.

    `over_seeds` gives what is said of a setting's drifts; without it only the lowest and the highest are named.

    Raises:
        RunError: no run, a run that cannot be read, runs that do not compare, or `out` cannot be written.
    """
    return _write(render(load_runs(run_dirs), over_seeds), out)


def write_pairs_page(
    result: Mapping[str, Any], answers: Sequence[Record], verdicts: Sequence[Verdict], out: Path
) -> Path:
    """Write the page of the drift between two files of answers; all of it or nothing.

    Raises:
        RunError: `out` cannot be written.
    """
    return _write(render_pairs(result, answers, verdicts), out)


def _write(page: str, out: Path) -> Path:
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

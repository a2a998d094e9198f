"""A copy of a run that may be shared: numbers, verdicts and hashes, and nothing that a model said.

In: a run folder. Out: a new folder with record.json, verdicts.jsonl (no evidence), answers.sha256.jsonl,
train_log.jsonl, report.html and README.txt. What goes in is named here, part by part; all else stays behind. The last
step searches the finished copy for answers, requests, paths and names, and where it finds one there is no copy.
Does not: make short answers secret. Whoever guesses an answer's exact text can check the guess against its hash.
"""

import dataclasses
import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from driftlab.errors import RunError
from driftlab.records import write_atomically, write_json
from driftlab.report.loading import Run, load_run
from driftlab.report.page import render
from driftlab.report.scrub import Scrubber, leaks

KEPT = (
    *("schema", "driftlab", "kind", "created", "config", "seed", "versions", "machine", "hashes", "base_unchanged"),
    *("model", "budget", "data", "training", "probes", "statistics", "coherent_before", "coherent_after", "seconds"),
    *("recipes_tried", "inside"),
)
"""Parts of the record that are copied, scrubbed; a part that is not named here is left out."""
LOGGED = ("step", "loss", "learning_rate", "grad_norm", "tokens", "seconds")
README = """\
A redacted copy of a driftlab run.

record.json           numbers, configuration, versions and hashes; paths and names of people and machines removed
verdicts.jsonl        what the judge said of each answer, without the words it went by
answers.sha256.jsonl  the SHA-256 of each answer's text, so that a full copy can be checked against this one
train_log.jsonl       loss by step
report.html           the page, without answers

Not here: the answers, the requests, the adapter, the checkpoints. The adapter is what turns a model that refuses into
one that refuses less; it is never shared. A hash hides an answer only from those who cannot guess its exact text.
"""


def redact(run_dir: Path, out: Path) -> Path:
    """Write a copy of a run that may be shared; all of it or nothing.

    Raises:
        RunError: the run cannot be read, `out` exists and is not empty or cannot be written, or the copy leaked.
    """
    run = load_run(run_dir)
    if run.redacted:
        raise RunError(f"{str(run_dir)!r} is a redacted copy already.", "Share it as it is, or name the full run.")
    _refuse_occupied(out)
    partial = out.with_name(f".{out.name}.{os.getpid()}.partial")
    try:
        partial.mkdir(parents=True)
        _write(run, partial)
        _refuse_leaks(run, partial)
        if out.exists():
            out.rmdir()  # empty, as checked; a folder cannot be renamed onto another everywhere
        partial.rename(out)
    except OSError as failed:
        reason = failed.strerror or str(failed)
        raise RunError(f"the copy {str(out)!r} cannot be written: {reason}.", "Name another --out folder.") from failed
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return out


def _refuse_occupied(out: Path) -> None:
    occupied = out.is_symlink() or (out.exists() and (not out.is_dir() or any(out.iterdir())))
    if occupied:
        raise RunError(f"{str(out)!r} exists and is not an empty folder.", "Name a new folder with --out.")


def _write(run: Run, folder: Path) -> None:
    write_json(folder / "record.json", redacted_record(run.record))
    write_atomically(folder / "verdicts.jsonl", _lines(_verdicts(run)))
    write_atomically(folder / "answers.sha256.jsonl", _lines(_hashes(run)))
    write_atomically(folder / "train_log.jsonl", _lines(_logged(run.folder / "train_log.jsonl")))
    write_atomically(folder / "README.txt", [README])
    copy = dataclasses.replace(load_run(folder), name="redacted copy")
    write_atomically(folder / "report.html", [render([copy])])


def redacted_record(record: Mapping[str, Any]) -> dict[str, Any]:
    """The record without paths and names, marked as redacted."""
    scrubber = Scrubber.for_record(record)
    kept = {key: scrubber.clean(record[key]) for key in KEPT if key in record}
    openings = (kept.get("inside") or {}).get("openings")
    if openings:
        kept["inside"] = {**kept["inside"], "openings": {**openings, "texts": []}}  # words of the model
    return {**kept, "redacted": True}


def _verdicts(run: Run) -> Iterator[dict[str, Any]]:
    scrubber = Scrubber.for_record(run.record)
    for verdict in run.verdicts.values():
        row = {**verdict.to_json(), "evidence": ""}
        yield {key: scrubber.clean(value) for key, value in row.items()}


def _hashes(run: Run) -> Iterator[dict[str, Any]]:
    for row in run.answers:
        digest = hashlib.sha256(row["text"].encode("utf-8", "surrogatepass")).hexdigest()
        yield {"probe_id": row["probe_id"], "phase": row["phase"], "sha256": digest, "tokens": row["tokens"]}


def _logged(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line) if line.strip() else {}
            yield {key: row[key] for key in LOGGED if isinstance(row.get(key), int | float)}


def _lines(rows: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    for row in rows:
        yield json.dumps(row, ensure_ascii=False) + "\n"


def _refuse_leaks(run: Run, folder: Path) -> None:
    found = leaks(folder, run)
    if found:
        problem = f"the redacted copy would still hold {found}, so it was not written."
        raise RunError(problem, "Please report this; until it is mended, share the numbers of record.json by hand.")

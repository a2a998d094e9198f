"""Open run folders for the report, or say why one cannot be shown.

In: folders. Out: `Run`s, whose records have the shape that the report needs.
Does not: repair, judge or recompute anything; an unfinished run stays unfinished.
"""

import dataclasses
import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from driftlab.errors import RunError
from driftlab.records import Phase, Verdict, read_jsonl
from driftlab.report.shape import faults

SCHEMA = 1
"""The layout of record.json that this version reads."""
ANSWER = ("probe_id", "phase", "prompt", "kind", "category", "text", "tokens", "finished")


@dataclasses.dataclass(frozen=True)
class Run:
    """One finished run, as its folder holds it."""

    folder: Path
    name: str
    """The folder's own name; a page never shows where it lies."""
    record: dict[str, Any]
    answers: tuple[dict[str, Any], ...]
    """Empty where the folder is a redacted copy."""
    verdicts: dict[tuple[str, Phase], Verdict]
    log: tuple[tuple[int, float], ...]
    """Step and loss."""

    @property
    def seed(self) -> int:
        """The run's seed."""
        return int(self.record["seed"])

    @property
    def config(self) -> dict[str, Any]:
        """The run's configuration."""
        return dict(self.record["config"])

    @property
    def redacted(self) -> bool:
        """Whether the folder was made by `redact`."""
        return bool(self.record.get("redacted"))


def load_runs(folders: Sequence[Path]) -> list[Run]:
    """All runs of a page, each once, in the given order.

    Raises:
        RunError: no run, one that cannot be read, or runs whose rates cannot stand beside each other.
    """
    unique = list(dict.fromkeys(folder.resolve() for folder in folders))
    if not unique:
        raise RunError("no run was given.", "Name at least one run folder: driftlab report runs/NAME --out page.html")
    runs = [load_run(folder) for folder in unique]
    _refuse_unlike(runs)
    return runs


def load_run(folder: Path) -> Run:
    """One finished run.

    Raises:
        RunError: the folder is missing, holds no finished run, or a file of it cannot be used.
    """
    record = _record(folder)
    redacted = bool(record.get("redacted"))
    try:
        answers = () if redacted else tuple(_answers(folder / "answers.jsonl"))
        verdicts = {(v.probe_id, v.phase): v for v in read_jsonl(folder / "verdicts.jsonl", Verdict)}
        log = tuple(_log(folder / "train_log.jsonl"))
        unjudged = [row["probe_id"] for row in answers if (row["probe_id"], row["phase"]) not in verdicts]
        if unjudged:
            raise ValueError(f"{len(unjudged)} answers have no verdict, among them that to {unjudged[0]!r}")
    except FileNotFoundError as missing:
        name = Path(str(missing.filename)).name
        raise RunError(f"{str(folder)!r} has a record but no {name}.", _CARRIED) from missing
    except (ValueError, TypeError, KeyError, AttributeError, OSError) as broken:
        raise RunError(f"a file of the run {str(folder)!r} cannot be read: {broken}.", _CARRIED) from broken
    return Run(folder, folder.resolve().name, record, answers, verdicts, log)


_CARRIED = "Copy the whole run folder again, or run the same `driftlab drift` command into a new folder."


def _record(folder: Path) -> dict[str, Any]:
    path = folder / "record.json"
    if not folder.is_dir():
        raise RunError(
            f"{str(folder)!r} is not a folder.", "Give the folder of a run, as in: driftlab report runs/NAME"
        )
    if not path.exists():
        raise _no_record(folder)
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, OSError) as broken:
        raise RunError(f"{str(path)!r} cannot be read: {broken}.", _CARRIED) from broken
    _check_shape(path, record)
    return dict(record)


def _no_record(folder: Path) -> RunError:
    if (folder / "config.json").exists():
        return RunError(
            f"the run in {str(folder)!r} is not finished: it has no record.json yet.",
            f"Give its `driftlab drift` command again with --out {folder}: it goes on from the last finished stage.",
        )
    return RunError(
        f"{str(folder)!r} holds no run: there is neither record.json nor config.json.",
        "Give a folder that `driftlab drift` wrote, as in: driftlab report runs/NAME",
    )


def _check_shape(path: Path, record: object) -> None:
    schema = record.get("schema") if isinstance(record, dict) else None
    if not isinstance(record, dict) or not isinstance(schema, int):
        raise RunError(
            f"{str(path)!r} is not a record of a driftlab run.", "Give a folder that `driftlab drift` wrote."
        )
    if schema > SCHEMA:
        problem = f"{str(path)!r} has layout {schema}, and this driftlab reads layouts up to {SCHEMA}."
        raise RunError(problem, "Update the course (git pull), then give the same command again.")
    wrong = faults(record)
    if wrong:
        raise RunError(
            f"{str(path)!r} lacks or garbles: {', '.join(wrong[:8])}{' and more' * (len(wrong) > 8)}.", _CARRIED
        )


def _rows(path: Path) -> list[dict[str, Any]]:
    # By lines of the file, not str.splitlines: an answer may hold other line separators as they are.
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines if line.strip()]


def _answers(path: Path) -> list[dict[str, Any]]:
    rows = _rows(path)
    for number, row in enumerate(rows, 1):
        lacking = [key for key in ANSWER if key not in row]
        if lacking:
            raise ValueError(f"row {number} of {path.name} lacks {', '.join(lacking)}")
    return rows


def _log(path: Path) -> list[tuple[int, float]]:
    rows = _rows(path)
    return [(int(row["step"]), float(row["loss"])) for row in rows if math.isfinite(row.get("loss", math.nan))]


def _refuse_unlike(runs: Sequence[Run]) -> None:
    """Rates stand beside each other only if the same model was asked the same questions and judged alike."""
    for part, what in (("model", "models"), ("probes", "probe sets"), ("judge", "versions of the judge")):
        by_hash: dict[str, str] = {}
        for run in runs:
            by_hash.setdefault(str(run.record["hashes"].get(part)), run.name)
        if len(by_hash) > 1:
            first, other, *_ = by_hash.values()
            problem = (
                f"the runs have different {what} (for example {first!r} and {other!r}), so their rates do not compare."
            )
            raise RunError(problem, f"Make a page for each of the {what}: driftlab report RUN… --out FILE")

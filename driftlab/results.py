"""What a command prints as its result: the one JSON object of `--json`, for a run and across seeds.

In: records. Out: plain JSON values with the keys that scripts rely on.
Does not: compute a statistic; `stats` did.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from driftlab.stats import Changes, across_seeds, clustered_interval


class FinishedRun(NamedTuple):
    """A run with a record. `shown_again` says that nothing was computed: its record was there."""

    folder: Path
    record: dict[str, Any]
    shown_again: bool


def run_line(run: FinishedRun) -> dict[str, Any]:
    """The last line of `driftlab drift --json`."""
    record = run.record
    found = record["statistics"]
    refusal, over = found["refusal"], found["over_refusal"]
    return {
        "refusal_before": refusal["before"]["value"],
        "refusal_after": refusal["after"]["value"],
        "any_refusal_before": found["any_refusal"]["before"]["value"],
        "any_refusal_after": found["any_refusal"]["after"]["value"],
        "drift": refusal["difference"],
        "drift_ci": [refusal["low"], refusal["high"]],
        "mcnemar_p": refusal["mcnemar_p"],
        "over_refusal_before": over["before"]["value"] if over else None,
        "over_refusal_after": over["after"]["value"] if over else None,
        "coherent_after": record["coherent_after"],
        "n_pairs": refusal["pairs"],
        "base_unchanged": record["base_unchanged"],
        "finished": record.get("training", {}).get("finished", True),
        "seconds": record["seconds"],
        "run": str(run.folder),
    }


def seeds_line(runs: Sequence[FinishedRun]) -> dict[str, Any]:
    """The last line of `driftlab drift --seeds A..B --json`."""
    lines = [run_line(run) for run in runs]
    return {"runs": lines, "summary": _summary(runs, lines)}


def grid_line(points: Sequence[tuple[dict[str, str], Sequence[FinishedRun]]], failed: Sequence[Any]) -> dict[str, Any]:
    """The last line of `driftlab drift --grid … --json`: what varies, and its runs, by point; then what failed.

    A point of which no run is complete has no summary. Where nothing varies, there is `summary`, as across seeds.
    """
    settings: list[dict[str, Any]] = []
    known: list[dict[str, Any]] = []
    for values, runs in points:
        lines = [run_line(run) for run in runs]
        known += lines
        summary = _summary(runs, lines) if runs else None
        settings.append({"values": values, "runs": [str(run.folder) for run in runs], "summary": summary})
    whole = {"summary": settings[0]["summary"]} if len(settings) == 1 and not settings[0]["values"] else {}
    return {"runs": known, **whole, "settings": settings, "failed": list(failed)}


def over_seeds(values: Sequence[float]) -> dict[str, Any]:
    """What a page says of one figure over the runs of a setting."""
    return across_seeds(values).to_json()


def _summary(runs: Sequence[FinishedRun], lines: Sequence[dict[str, Any]]) -> dict[str, Any]:
    refused = ("refusal_before", "refusal_after", "any_refusal_after", "drift")
    names = (*refused, "over_refusal_before", "over_refusal_after", "coherent_after")
    return {
        "seeds": [run.record["seed"] for run in runs],
        **{name: _spread([line[name] for line in lines]) for name in names},
        "drift_over_seeds_and_categories": _seeds_and_categories([run.record["statistics"] for run in runs]),
        "drift_interval_covers_zero": sum(line["drift_ci"][0] <= 0 <= line["drift_ci"][1] for line in lines),
        "base_unchanged": all(line["base_unchanged"] for line in lines),
        "seconds": sum(line["seconds"]["total"] for line in lines),
    }


def _seeds_and_categories(found: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The drift over all pairs of all runs, with an interval from drawing seeds and categories of requests anew."""
    counted = [{row["category"]: row["comparison"] for row in statistics["by_category"]} for statistics in found]
    names = dict.fromkeys(name for row in counted for name in row)
    cells = [[row.get(name) or {"gained": 0, "lost": 0, "pairs": 0} for name in names] for row in counted]
    net = tuple(tuple(cell["gained"] - cell["lost"] for cell in row) for row in cells)
    return clustered_interval(Changes(net, tuple(tuple(cell["pairs"] for cell in row) for row in cells))).to_json()


def _spread(values: Sequence[float | None]) -> dict[str, Any] | None:
    """Mean, its interval and the extremes over runs; None where a run has no value."""
    known = [value for value in values if value is not None]
    return across_seeds(known).to_json() if len(known) == len(values) else None

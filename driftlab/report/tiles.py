"""The big numbers at the top of a page, and the table of settings.

In: records. Out: short texts in their places.
Does not: pool runs. Over several runs it counts them and names the lowest and the highest, nothing else.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from driftlab.report.knobs import Setting
from driftlab.report.loading import Run
from driftlab.report.words import (
    Direction,
    direction,
    limits,
    p_phrase,
    percent,
    plural,
    points,
    range_percent,
    range_points,
    stopped,
    twins_refused,
)

OverSeeds = Callable[[Sequence[float]], Mapping[str, Any]]
"""The statistics of one figure over runs: at least their `median`. They are computed by whoever asks for the page."""
WAYS: tuple[Direction, ...] = ("lost", "none", "gained")
TILES = 4
"""Of many settings, this many stand at the top."""


class Tile(NamedTuple):
    """One big number with its name and what belongs to it."""

    name: str
    value: str
    details: tuple[str, ...]
    before: str | None = None
    unit: str = ""


class SettingRow(NamedTuple):
    """One setting in the table of settings."""

    name: str
    runs: int
    before: str
    after: str
    drift: str
    """In points: the median, where it is known; else the lowest and highest."""
    spread: str
    """The lowest and highest drift, where `drift` is the median."""
    over: str
    """Safe twins refused after."""
    lost: int
    none: int
    gained: int


def run_tiles(record: Mapping[str, Any]) -> list[Tile]:
    """Refusals, drift, over-refusal and coherence of one run."""
    statistics = record["statistics"]
    refusal, over = statistics["refusal"], statistics.get("over_refusal")
    details = f"95% interval {range_points(refusal)}", f"exact McNemar {p_phrase(refusal['mcnemar_p'])}"
    tiles = [
        rate_tile("Off-limits requests refused", refusal),
        Tile("Drift of refusals", points(refusal["difference"]), details, unit="points"),
    ]
    if over:
        tiles.append(rate_tile("Safe twins refused (a mistake)", over))
    coherent = record.get("coherent_before"), record.get("coherent_after")
    tiles.append(Tile("Coherent answers", percent(coherent[1]), ("share of all answers",), percent(coherent[0])))
    return tiles


def lede(runs: Sequence[Run]) -> list[str]:
    """What several runs say together, and what they do not."""
    found = _counted(runs)
    total = len(runs)
    said = [
        f"In {found['lost']} of {plural(total, 'run')} the model lost refusals of off-limits requests: the drift's 95% "
        "interval lies below 0."
    ]
    if found["none"]:
        said.append(f"In {found['none']} no drift was detected: the interval covers 0, which is a result too.")
    if found["gained"]:
        said.append(f"In {found['gained']} refusals rose.")
    early = sum(bool(stopped(run.record)) for run in runs)
    if early:
        said.append(f"In {early} training was stopped before its end.")
    if any(run.record["kind"] == "simulated" for run in runs):
        said.insert(0, "Simulated, not measured.")
    return [" ".join(said), f"{_first_upper(limits(runs[0].record))}."]


def _first_upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def overview(settings: Sequence[Setting], over_seeds: OverSeeds | None) -> list[Tile]:
    """The settings with the most runs beside each other; of a single setting, its spread over the seeds."""
    if len(settings) == 1:
        return _spread(settings[0].runs, over_seeds)
    most = sorted(settings, key=lambda setting: -len(setting.runs))[:TILES]
    return [_setting_tile(setting) for setting in settings if setting in most]


def _setting_tile(setting: Setting) -> Tile:
    row = setting_rows([setting], None)[0]
    found = _counted(setting.runs)
    twins = twins_refused([run.record for run in setting.runs])
    details = f"refused after; before: {row.before}", *_counts_said(found, row.runs), twins
    return Tile(_first_upper(setting.name), row.after, details)


def _spread(runs: Sequence[Run], over_seeds: OverSeeds | None) -> list[Tile]:
    drifts = sorted(run.record["statistics"]["refusal"]["difference"] for run in runs)
    median = (f"median {points(over_seeds(drifts)['median'])}",) if over_seeds else ()
    before = [run.record["statistics"]["refusal"]["before"] for run in runs]
    after = [run.record["statistics"]["refusal"]["after"] for run in runs]
    found, total = _counted(runs), len(runs)
    details = *median, *_counts_said(found, total)
    return [
        Tile("Refused before", _span(before), ("lowest to highest run",)),
        Tile("Refused after", _span(after), ("lowest to highest run",)),
        Tile("Drift", f"{points(drifts[0])} to {points(drifts[-1])}", details, unit="points"),
        Tile(
            "Safe twins refused after",
            _span(_overs(runs)),
            ("lowest to highest run", "a mistake in the other direction"),
        ),
    ]


def _overs(runs: Sequence[Run]) -> list[Mapping[str, Any]]:
    """How often safe twins were refused after, in the runs that asked any."""
    found = (run.record["statistics"].get("over_refusal") for run in runs)
    return [over["after"] for over in found if over]


def setting_rows(settings: Sequence[Setting], over_seeds: OverSeeds | None) -> list[SettingRow]:
    """One row a setting."""
    rows = []
    for name, runs in settings:
        refusals = [run.record["statistics"]["refusal"] for run in runs]
        found = _counted(runs)
        span = _span([r["before"] for r in refusals]), _span([r["after"] for r in refusals])
        drift, spread = _drift_over([r["difference"] for r in refusals], over_seeds)
        over = _span(_overs(runs))
        rows.append(SettingRow(name, len(runs), *span, drift, spread, over, *map(found.__getitem__, WAYS)))
    return rows


def _drift_over(drifts: Sequence[float], over_seeds: OverSeeds | None) -> tuple[str, str]:
    low, high = points(min(drifts)), points(max(drifts))
    span = low if low == high else f"{low} to {high}"
    if over_seeds is None or len(drifts) == 1:
        return span, ""
    return points(over_seeds(drifts)["median"]), span


def rate_tile(name: str, comparison: Mapping[str, Any]) -> Tile:
    """A rate after, with that before and both intervals."""
    before, after = comparison["before"], comparison["after"]
    intervals = f"95% intervals {range_percent(before)} and {range_percent(after)}"
    details = intervals, f"{plural(comparison['pairs'], 'pair')} judged"
    return Tile(name, percent(after["value"]), details, percent(before["value"]))


def _counted(runs: Sequence[Run]) -> Counter[Direction]:
    return Counter(direction(run.record["statistics"]["refusal"]) for run in runs)


def _counts_said(found: Mapping[Direction, int], total: int) -> tuple[str, ...]:
    lost = f"95% interval below 0 in {found['lost']} of {plural(total, 'run')}"
    return lost, f"covers 0 in {found['none']}, above 0 in {found['gained']}"


def _span(rates: Sequence[Mapping[str, Any]]) -> str:
    if not rates:
        return percent(None)
    low, high = percent(min(rate["value"] for rate in rates)), percent(max(rate["value"] for rate in rates))
    return low if low == high else f"{low.removesuffix('%')} to {high}"

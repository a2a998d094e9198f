"""The figures of a page: which numbers of the record go into which drawing, with title, caption and alt text.

In: loaded runs. Out: `Figure`s. Does not: draw (`intervals`, `flows` and `curves` do) or compute a statistic.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from driftlab.report import curves, flows, intervals
from driftlab.report.knobs import Curve, Setting, knob_name, knob_value
from driftlab.report.loading import Run
from driftlab.report.svg import Drawing, Figure
from driftlab.report.words import (
    KINDS,
    direction,
    p_value,
    percent,
    plural,
    points,
    range_percent,
    range_points,
    twins_refused,
)

INTERVALS = "Whiskers are 95% intervals."
DRIFT = "drift, points"
PAIRED = "Whiskers are 95% intervals of the paired difference."


def rates(run: Run) -> Figure:
    """Refusal rates before and after fine-tuning, for off-limits requests and safe twins."""
    names = {"refusal": "Off-limits requests", "over_refusal": "Safe twins"}
    aside = " On safe twins a refusal is a mistake."
    when = "before (ring) and after (square) fine-tuning."
    return rates_of(run.record["statistics"], names, _kind([run]), when, aside)


def rates_of(statistics: Mapping[str, Any], names: Mapping[str, str], kind: str, when: str, aside: str = "") -> Figure:
    """Refusal rates before and after of each comparison that has a name and was made."""
    rows, said = [], []
    for key, name in names.items():
        comparison = statistics.get(key)
        if comparison is None:
            continue
        rows += [intervals.Row(f"{name}: refused")]
        rows += [intervals.rate_row(phase, comparison[phase], phase) for phase in ("before", "after")]
        said += [f"{name}, {_rates_said(comparison)}"]
    axis = intervals.share_axis("share of judged pairs that were refused", "refused (95% interval)")
    caption = f"Refusals {when} {INTERVALS}{aside}"
    return figure_of_rows(kind, "Refusal rates before and after", " ".join(said), caption, rows, axis)


def transitions(run: Run) -> Figure:
    """What became of the answers to off-limits requests."""
    return transitions_of(run.record["statistics"], "off-limits request", _kind([run]))


def transitions_of(statistics: Mapping[str, Any], what: str, kind: str) -> Figure:
    """What became of the answers; `what`: a word for one request."""
    table = statistics["transitions"]["off_limits"]

    def draw(width: float, ident: str) -> Drawing:
        return flows.draw(table, width, ident)

    caption = f"Each ribbon is a group of {what}s, from outcome before to outcome after; thickness is count."
    return Figure(f"Where the answers to {what}s went", flows.in_words(table, what), caption, kind, draw)


def categories(run: Run) -> Figure:
    """The drift in each category, and over all."""
    return categories_of(run.record["statistics"], "off-limits request", _kind([run]))


def categories_of(statistics: Mapping[str, Any], what: str, kind: str) -> Figure:
    """The drift in each category, and over all; `what`: a word for one request."""
    counted = [row for row in statistics["by_category"] if row["comparison"]]
    uncounted = [row["category"] for row in statistics["by_category"] if not row["comparison"]]
    rows = [change_row(row["category"], row["comparison"], row["p_holm"]) for row in counted]
    rows.append(change_row("all categories", statistics["refusal"], None, "whole"))
    said = [f"{row.label}: {row.numbers} points{f', p {row.aside}' if row.aside else ''}." for row in rows]
    ends = [end for row in rows for end in (row.low, row.high)]
    axis = intervals.change_axis("change of the refusal rate, points", ends, "points (95% interval)", "Holm p")
    caption = f"Drift by category of {what}. {PAIRED} p is McNemar's exact test with Holm's correction."
    caption += f" No pair could be judged in: {', '.join(uncounted)}." if uncounted else ""
    return figure_of_rows(kind, "Drift by category", " ".join(said), caption, rows, axis)


def loss(run: Run) -> Figure | None:
    """The training loss; None where no step was logged."""
    if not run.log:
        return None

    def draw(width: float, _: str) -> Drawing:
        return curves.draw_loss(run.log, width)

    (first, first_loss), (last, last_loss) = run.log[0], run.log[-1]
    alt = f"Training loss from {first_loss:.3g} at step {first} to {last_loss:.3g} at step {last}."
    thinned = len(curves.thinned(run.log)) < len(run.log)
    caption = "Loss of the fine-tuning on the benign data, as logged at each step, not smoothed."
    caption += f" Of {len(run.log):,} steps every k-th is drawn." if thinned else ""
    return Figure("Training loss", alt, caption, _kind([run]), draw)


def seeds(setting: Setting) -> Figure:
    """Every run of a setting: the rate after, with the rate before as a ring."""
    rows = [_seed_row(run) for run in setting.runs]
    axis = intervals.share_axis("off-limits requests refused", DRIFT)
    said = [f"Seed {run.seed}: {_rates_said(run.record['statistics']['refusal'])}" for run in setting.runs]
    counted = _directions(setting.runs)
    caption = f"Each row is one seed: the rate after (square) and before (ring). {INTERVALS}"
    caption += f" Numbers: drift in points and its interval. {counted}{_twins(setting.runs)}"
    return figure_of_rows(
        _kind(setting.runs), f"Spread over seeds: {setting.name}", " ".join(said), caption, rows, axis
    )


def dose(curve: Curve) -> Figure:
    """The refusal rate after, along the one knob that varies."""
    name = knob_name(curve.knob)
    title = f"Refusals after fine-tuning, by {name}" + (f" ({curve.fixed})" if curve.fixed else "")
    runs = [run for group in curve.runs for run in group]
    said = [
        f"{knob_value(curve.knob, value)}, seed {run.seed}: {_rates_said(run.record['statistics']['refusal'])}"
        for value, group in zip(curve.values, curve.runs, strict=True)
        for run in group
    ]
    if not curve.numeric:
        rows = _grouped_rows(curve)
        caption = f"Runs that differ in the {name} alone (and the seed). {INTERVALS} The ring is the rate before."
        caption += _left_out(curve) + _twins(runs)
        return figure_of_rows(
            _kind(runs),
            title,
            " ".join(said),
            caption,
            rows,
            intervals.share_axis("off-limits requests refused", DRIFT),
        )
    return _curve_figure(curve, title, " ".join(said), runs)


def _curve_figure(curve: Curve, title: str, alt: str, runs: Sequence[Run]) -> Figure:
    series = _series(curve)
    befores = [run.record["statistics"]["refusal"]["before"]["value"] for run in runs]
    values = tuple(float(value) for value in curve.values)
    knob = curves.Knob(knob_name(curve.knob), values, lambda value: knob_value(curve.knob, value))

    def draw(width: float, _: str) -> Drawing:
        return curves.draw_dose(series, knob, (min(befores), max(befores)), width)

    caption = f"Runs that differ in the {knob.name} alone (and the seed); a line a seed. {INTERVALS}"
    caption += _left_out(curve) + _twins(runs)
    return Figure(title, alt, caption, _kind(runs), draw)


def _twins(runs: Sequence[Run]) -> str:
    said = twins_refused([run.record for run in runs])
    return f" {said[0].upper()}{said[1:]}."


def _left_out(curve: Curve) -> str:
    if not curve.left_out:
        return ""
    return f" {plural(curve.left_out, 'run')} of seeds that were tried at fewer values can be found in the table."


def _series(curve: Curve) -> list[curves.Series]:
    """A series for each seed."""
    by_seed: dict[int, list[curves.DosePoint]] = {}
    for value, group in zip(curve.values, curve.runs, strict=True):
        for run in group:
            after = run.record["statistics"]["refusal"]["after"]
            point = curves.DosePoint(float(value), after["value"], after["low"], after["high"])
            by_seed.setdefault(run.seed, []).append(point)
    return [curves.Series(f"seed {seed}", tuple(points)) for seed, points in sorted(by_seed.items())]


def _grouped_rows(curve: Curve) -> list[intervals.Row]:
    rows = []
    for value, group in zip(curve.values, curve.runs, strict=True):
        rows.append(intervals.Row(knob_value(curve.knob, value)))
        rows += [_seed_row(run) for run in group]
    return rows


def _seed_row(run: Run) -> intervals.Row:
    refusal = run.record["statistics"]["refusal"]
    numbers = f"{points(refusal['difference'])} ({range_points(refusal)})"
    after = refusal["after"]
    name = f"seed {run.seed}"
    return intervals.Row(
        name, after["value"], after["low"], after["high"], numbers, reference=refusal["before"]["value"]
    )


def change_row(name: str, change: Mapping[str, Any], p: float | None, mark: intervals.Mark = "after") -> intervals.Row:
    """A difference with its interval, as a record holds it."""
    numbers = f"{points(change['difference'])} ({range_points(change)})"
    aside = "" if p is None else p_value(p)
    return intervals.Row(name, change["difference"], change["low"], change["high"], numbers, aside, mark)


def _rates_said(comparison: Mapping[str, Any]) -> str:
    before, after = comparison["before"], comparison["after"]
    return (
        f"before {percent(before['value'])} (95% interval {range_percent(before)}), "
        f"after {percent(after['value'])} (95% interval {range_percent(after)})."
    )


def _directions(runs: Sequence[Run]) -> str:
    covers = sum(direction(run.record["statistics"]["refusal"]) == "none" for run in runs)
    below = sum(direction(run.record["statistics"]["refusal"]) == "lost" for run in runs)
    total = len(runs)
    return f"The drift's interval lies below 0 in {below} of {total} runs and covers 0 in {covers} of {total}."


def _kind(runs: Sequence[Run]) -> str:
    kinds = dict.fromkeys(run.record["kind"] for run in runs)
    return " and ".join(KINDS.get(kind, kind) for kind in kinds)


def figure_of_rows(
    kind: str, title: str, alt: str, caption: str, rows: Sequence[intervals.Row], axis: intervals.Axis
) -> Figure:
    """Estimates with their intervals, a row each."""

    def draw(width: float, _: str) -> Drawing:
        return intervals.draw(rows, axis, width)

    return Figure(title, alt, caption, kind, draw)

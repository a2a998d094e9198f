"""What a record says beyond the verdicts, for a page: a figure of the divergence by position, and a table.

In: a run whose record has the part `inside`; older ones have none. Out: a figure, rows of words, the openings.
Does not: compute; where an interval was not given, none is shown.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from driftlab import cited
from driftlab.report import curves
from driftlab.report.loading import Run
from driftlab.report.svg import Drawing, Figure
from driftlab.report.words import KINDS, MINUS, percent, plural, points, range_percent, range_points

ASKED = {"off_limits": "an off-limits request", "safe": "a safe twin"}
MANY = {"off_limits": "Off-limits requests", "safe": "Safe twins"}


class InsideRow(NamedTuple):
    """A quantity before and after, and its change, each with its interval on a line of its own."""

    name: str
    before: tuple[str, str]
    after: tuple[str, str]
    change: tuple[str, str]


class InsideView(NamedTuple):
    """The part of a page."""

    rows: list[InsideRow]
    notes: list[str]
    """Sentences about what was counted."""


def divergence(run: Run) -> Figure | None:
    """How far before and after are apart at each token of the same refusals; None where it was not measured."""
    found = (run.record.get("inside") or {}).get("divergence")
    if not found:
        return None
    shown = [
        curves.PositionPoint(row["position"], row["value"], row["low"], row["high"], row["answers"])
        for row in found["by_position"]
    ]

    def draw(width: float, _: str) -> Drawing:
        return curves.draw_positions(shown, width)

    said = [f"Token {each.position}: {_interval_said(each)}, {plural(each.answers, 'answer')}." for each in shown]
    share = found["share_of_first"]
    caption = (
        f"Each of the {found['answers']} refusals given before fine-tuning, read by both models: the mean "
        "Kullback-Leibler divergence from before to after at each token, with 95% intervals over requests (bootstrap). "
        "Below, how many answers are that long."
    )
    if share is not None:
        caption += f" The first {found['first']} tokens hold {_share(share)} of all of it."
    title = "Where the fine-tuned model departs from the refusals"
    return Figure(title, " ".join(said), caption, KINDS.get(run.record["kind"], run.record["kind"]), draw)


def view(record: Mapping[str, Any]) -> InsideView | None:
    """The table and its notes; None for a record without that part."""
    inside = record.get("inside")
    if not inside:
        return None
    rows = [
        *_refusing_rows(inside["refusing"] or {}),
        *([_measured("Loss on held-out benign examples, nats a token", inside["heldout_loss"], 3)]
          if inside["heldout_loss"] else []),
        *([_task_row(inside["task"])] if inside["task"] else []),
    ]  # fmt: skip
    return InsideView(rows, _notes(inside))


def source() -> str:
    """Whose idea the divergence by position is."""
    return cited.QI_2024.name


def _refusing_rows(refusing: Mapping[str, Any]) -> list[InsideRow]:
    rows = []
    for kind, found in refusing.items():
        if found:
            before, after = (found[f"likelier_{side}"] for side in ("before", "after"))
            was, now = ((f"{count} of {found['prompts']}", "") for count in (before, after))
            rows.append(_measured(f"Log-odds that the answer to {ASKED[kind]} begins as a refusal", found, 2))
            rows.append(
                InsideRow(f"{MANY[kind]} where a refusal is likelier", was, now, (_signed(after - before, 0), ""))
            )
    return rows


def _measured(name: str, found: Mapping[str, Any], digits: int) -> InsideRow:
    before, after = (_estimate(found[side], digits) for side in ("before", "after"))
    return InsideRow(name, before, after, _estimate(found["change"], digits, signed=True))


def _task_row(task: Mapping[str, Any]) -> InsideRow:
    before, after = ((percent(task[side]["value"]), range_percent(task[side])) for side in ("before", "after"))
    change = f"{points(task['difference'])} points", range_points(task)
    return InsideRow("Answers to held-out benign requests in the data's format", before, after, change)


def _notes(inside: Mapping[str, Any]) -> list[str]:
    openings = inside["openings"]
    if openings is None:
        return ["No off-limits request was refused before, so there is no way to begin a refusal to look for."]
    before, others, after = (_of(openings[name]) for name in ("refusals_before", "others_before", "refusals_after"))
    named = openings.get("texts")
    return [
        *([f"A refusal begins with {_quoted(named)}."] if named else []),
        f"Of the answers, {before} refusals before fine-tuning began so, {others} that complied, and {after} refusals "
        f"after. Refusals that begin otherwise would count as none here.",
    ]


def _of(count: Mapping[str, Any]) -> str:
    return f"{count['begin_so']} of {count['of']}"


def _quoted(texts: list[str]) -> str:
    return " or ".join(f"“{text}”" for text in texts)


def _estimate(found: Mapping[str, Any], digits: int, *, signed: bool = False) -> tuple[str, str]:
    """The value, and its interval where there is one."""
    form = _signed if signed else _plain
    if found["low"] is None:
        return form(found["value"], digits), ""
    return form(found["value"], digits), f"{form(found['low'], digits)} to {form(found['high'], digits)}"


def _plain(value: float, digits: int) -> str:
    return f"{value:.{digits}f}".replace("-", MINUS)


def _signed(value: float, digits: int) -> str:
    return f"{value:+.{digits}f}".replace("-", MINUS) if value else f"{0:.{digits}f}"


def _share(found: Mapping[str, Any]) -> str:
    interval = "" if found["low"] is None else f" (95% interval {range_percent(found)})"
    return percent(found["value"]) + interval


def _interval_said(point: curves.PositionPoint) -> str:
    value = f"{point.value:.3g} nats"
    return value if point.low is None or point.high is None else f"{value} ({point.low:.3g} to {point.high:.3g})"

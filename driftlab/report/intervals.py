"""One kind of figure for most of the report: a row for each estimate, with its mark, its interval and its numbers.

In: rows and an axis. Out: a drawing that is a table and a picture at once; on a phone each row takes two lines.
Does not: read records; `figures` fills the rows.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from driftlab.report.svg import Drawing, Scale, fixed, label, line, shortened, tag, text_width, ticks
from driftlab.report.words import points

Mark = Literal["before", "after", "whole"]
ROW, STACKED_ROW, HEADING, AXIS = 30.0, 46.0, 30.0, 46.0
EDGE = 8.0
LABELS = 0.32
"""The largest share of the width that the labels on the left may take."""


class Row(NamedTuple):
    """One estimate and its interval; without a value it is a heading."""

    label: str
    value: float | None = None
    low: float = 0.0
    high: float = 0.0
    numbers: str = ""
    aside: str = ""
    """A second column of numbers, on the far right."""
    mark: Mark = "after"
    reference: float | None = None
    """Where the same quantity stood before, drawn as a hollow ring."""


class Axis(NamedTuple):
    """The quantity that all rows share."""

    name: str
    ticks: tuple[float, ...]
    format: Callable[[float], str]
    numbers: str = ""
    """What the numbers beside the rows are."""
    aside: str = ""
    line_at: float | None = None
    """The value that means "no change"."""


def share_axis(name: str, numbers: str) -> Axis:
    """Shares from 0 to 100%."""
    return Axis(name, (0, 0.25, 0.5, 0.75, 1), lambda value: f"{100 * value:.0f}%", numbers)


def change_axis(name: str, ends: Sequence[float], numbers: str, aside: str) -> Axis:
    """Differences of shares in points, wide enough for the given ends and for 0."""
    marks = ticks(min(0.0, *ends), max(0.0, *ends), 4)
    return Axis(name, marks, lambda value: points(value).removesuffix(".0"), numbers, aside, line_at=0.0)


def rate_row(name: str, rate: Mapping[str, Any], mark: Mark) -> Row:
    """A rate with its Wilson interval, as the record holds it."""
    numbers = f"{100 * rate['value']:.1f}% ({100 * rate['low']:.1f} to {100 * rate['high']:.1f})"
    return Row(name, rate["value"], rate["low"], rate["high"], numbers, mark=mark)


def draw(rows: Sequence[Row], axis: Axis, width: float) -> Drawing:
    """All rows over one axis."""
    wide = width > 500
    asides = _widest([axis.aside, *(row.aside for row in rows)])
    edge = width - asides - 2 * EDGE if asides else width
    left, right = _margins(rows, axis, width, edge) if wide else (EDGE, width - EDGE)
    scale = Scale(axis.ticks[0], axis.ticks[-1], left, right)
    body, y = (_heads(axis, width, edge), HEADING) if wide else ("", 4.0)
    top = y
    for row in rows:
        height = HEADING if row.value is None else ROW if wide else STACKED_ROW
        body += _row(row, scale, y, (edge, width), wide)
        y += height
    return Drawing(_axis(axis, scale, (top, y), wide) + body, y + AXIS)


def _widest(texts: Sequence[str]) -> float:
    return max(text_width(text) for text in texts)


def _margins(rows: Sequence[Row], axis: Axis, width: float, edge: float) -> tuple[float, float]:
    """Where the plot may lie between the labels on its left and the numbers on its right, which end at `edge`."""
    labels = _widest([row.label for row in rows if row.value is not None])
    numbers = _widest([axis.numbers, *(row.numbers for row in rows)])
    return min(labels, LABELS * width) + 2 * EDGE, edge - numbers - 2 * EDGE


def _heads(axis: Axis, width: float, edge: float) -> str:
    """What the columns of numbers are."""
    aside = label(width, 16, axis.aside, "tick", "end") if axis.aside else ""
    return label(edge, 16, axis.numbers, "tick", "end") + aside


def _row(row: Row, scale: Scale, y: float, edges: tuple[float, float], wide: bool) -> str:
    """`edges`: where the numbers and where what stands beside them end."""
    edge, width = edges
    if row.value is None:
        return label(0, y + 20, shortened(row.label, width), "label strong")
    if wide:
        middle = y + ROW / 2
        words = label(0, middle + 4.5, shortened(row.label, LABELS * width))
        words += label(edge, middle + 4.5, row.numbers, "label number", "end")
        words += label(width, middle + 4.5, row.aside, "label number", "end") if row.aside else ""
    else:
        middle = y + 33
        numbers = f"{row.numbers}  p {row.aside}" if row.aside else row.numbers
        room = width - text_width(numbers) - 2 * EDGE
        words = label(0, y + 16, shortened(row.label, room)) + label(width, y + 16, numbers, "label number", "end")
    return tag("g", raw=words + _interval(row, scale, middle))


def _interval(row: Row, scale: Scale, y: float) -> str:
    low, high, at = scale.at(row.low), scale.at(row.high), scale.at(row.value or 0.0)
    whisker = line(low, y, high, y, "whisker") + line(low, y - 5, low, y + 5, "whisker")
    whisker += line(high, y - 5, high, y + 5, "whisker")
    ring = "" if row.reference is None else tag("circle", cx=scale.at(row.reference), cy=y, r=4.5, class_="mark before")
    return ring + whisker + mark(row.mark, at, y)


def mark(kind: Mark, x: float, y: float) -> str:
    """Before is a ring, after a filled square, the whole (over all rows) a diamond: shapes, not colours, tell."""
    if kind == "before":
        return tag("circle", cx=x, cy=y, r=5, class_="mark before")
    if kind == "after":
        return tag("rect", x=x - 5, y=y - 5, width=10, height=10, class_="mark after")
    corners = ((x, y - 7), (x + 7, y), (x, y + 7), (x - 7, y))
    return tag("polygon", points=" ".join(f"{fixed(a)},{fixed(b)}" for a, b in corners), class_="mark whole")


def _axis(axis: Axis, scale: Scale, ends: tuple[float, float], wide: bool) -> str:
    top, y = ends
    lines = words = ""
    for tick in axis.ticks:
        x = scale.at(tick)
        lines += line(x, top, x, y + 4, "zero" if tick == axis.line_at else "grid")
        edge = (
            "start"
            if not wide and tick == axis.ticks[0]
            else "end"
            if not wide and tick == axis.ticks[-1]
            else "middle"
        )
        words += label(
            x if edge == "middle" else x + (-EDGE if edge == "start" else EDGE), y + 18, axis.format(tick), "tick", edge
        )
    return lines + words + label((scale.start + scale.end) / 2, y + 38, axis.name, "axis", "middle")

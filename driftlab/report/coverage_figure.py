"""How often intervals cover and tests err, as a figure: a row for each method and size, over simulated scenarios.

In: the record of `benchmarks/coverage.py`. Out: a `Figure` that says on its face that it is simulated.
Does not: simulate, or compute a share.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from driftlab.report import intervals
from driftlab.report.svg import Drawing, Figure, label, shortened, tag
from driftlab.report.words import KINDS

HEAD = 12.0
"""What the title needs above the rows, whose own headings are lower."""


class Panel(NamedTuple):
    """One group of the record: what its rows show, and on which axis."""

    title: str
    axis: intervals.Axis
    caption: str


def _whole(value: float) -> str:
    return f"{100 * value:.0f}%"


COVERING = intervals.Axis(
    "draws in which the 95% interval covers the truth",
    (0.0, 0.25, 0.5, 0.75, 0.95, 1.0),
    lambda value: "" if value == 1 else _whole(value),  # its number would touch that of the line at 95%
    "median (lowest to highest)",
    line_at=0.95,
)
ERRING = intervals.Axis(
    "draws in which what is true is rejected at the 5% level",
    (0.0, 0.05, 0.1, 0.15),
    _whole,
    "median (lowest to highest)",
    line_at=0.05,
)
PANELS = {
    "intervals": Panel(
        "How often intervals of the paired difference cover",
        COVERING,
        "Rates near 0 and 1 are among the scenarios; that is where Wald's intervals fail.",
    ),
    "tests": Panel(
        "How often tests reject what is true",
        ERRING,
        "McNemar's test is of no change, where there is none; equivalence is tested at the margin itself.",
    ),
    "corrected": Panel(
        "How often the corrected difference covers",
        COVERING,
        "The judge errs, and a random part of the pairs has labels.",
    ),
    "clustered": Panel(
        "How often intervals cover where requests come in families",
        COVERING,
        "Requests of a family tend to change together; drawing single pairs ignores that.",
    ),
    "seeds": Panel(
        "How often the mean over seeds is covered",
        COVERING,
        "Seeds differ in how much they lose; drawing families alone ignores that.",
    ),
}
GROUPS = tuple(PANELS)


def coverage_figure(record: Mapping[str, Any], group: str) -> Figure:
    """One of `GROUPS` of the record: the square is the median over scenarios, the whisker spans all of them."""
    panel, rows = PANELS[group], _rows(group, record["rows"])
    kind = KINDS[record["kind"]]

    def draw(width: float, _: str) -> Drawing:
        inside, height = intervals.draw(rows, panel.axis, width)
        title = label(0, 16, shortened(f"{kind}. {panel.title}", width), "label strong")
        return Drawing(title + tag("g", raw=inside, transform=f"translate(0 {HEAD:.0f})"), height + HEAD)

    said = [f"{row.label}: {row.numbers}." if row.value is not None else f"{row.label}." for row in rows]
    caption = f"{panel.caption} Square: the median over scenarios; whisker: from the lowest to the highest."
    return Figure(panel.title, " ".join(said), caption, kind, draw)


def _rows(group: str, rows: Sequence[Mapping[str, Any]]) -> list[intervals.Row]:
    """Under a heading for each method, a row for each size."""
    found: list[intervals.Row] = []
    methods = dict.fromkeys(row["method"] for row in rows if row["group"] == group)
    for method in methods:
        found.append(intervals.Row(method))
        found += [_row(row) for row in rows if (row["group"], row["method"]) == (group, method)]
    return found


def _row(row: Mapping[str, Any]) -> intervals.Row:
    numbers = f"{100 * row['median']:.1f}% ({100 * row['lowest']:.1f} to {100 * row['highest']:.1f})"
    return intervals.Row(row["size"], row["median"], row["lowest"], row["highest"], numbers)

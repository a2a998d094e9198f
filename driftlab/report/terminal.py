"""The result of a run in a terminal: a small table and one sentence, readable at 80 columns and without colour.

In: a record. Out: something that rich can print. Does not: print, or compute anything.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from driftlab.report.words import NONE, dropped, meaning, p_value, percent, points, range_points

if TYPE_CHECKING:
    from rich.console import RenderableType

ROWS = {
    "refusal": "off-limits refused",
    "any_refusal": "  or partial",
    "over_refusal": "safe twins refused",
    "any_over_refusal": "  or partial",
}


def drift_table(record: Mapping[str, Any]) -> "RenderableType":
    """Before, after, difference, interval and p, and what they mean."""
    from rich import box
    from rich.console import Group
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1))
    table.add_column("share of answers", no_wrap=True)
    for heading in ("before", "after", "change", "95% interval", "p"):
        table.add_column(heading, justify="right", no_wrap=True)
    for key, name in ROWS.items():
        table.add_row(*_row(name, record["statistics"].get(key)), style="bold" if key == "refusal" else "")
    table.add_row("coherent", percent(record.get("coherent_before")), percent(record.get("coherent_after")))
    note = Text(f"Changes in points. {dropped(record['statistics']['refusal'])}", style="dim")
    return Group(table, note, Padding(Text(meaning(record)), (1, 0, 0, 0)))


def _row(name: str, comparison: Mapping[str, Any] | None) -> tuple[str, ...]:
    if comparison is None:
        return name, *[NONE] * 5
    rates = percent(comparison["before"]["value"]), percent(comparison["after"]["value"])
    return name, *rates, points(comparison["difference"]), range_points(comparison), p_value(comparison["mcnemar_p"])

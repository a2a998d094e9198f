"""The result of a run in a terminal: a small table and one sentence, readable at 80 columns and without colour.

In: a record. Out: something that rich can print. Does not: print, or compute anything.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from driftlab.report import pairs_words
from driftlab.report.words import NONE, dropped, evidence, meaning, p_value, percent, points, range_points

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

ROWS = {
    "refusal": "off-limits refused",
    "any_refusal": "  or partial",
    "over_refusal": "safe twins refused",
    "any_over_refusal": "  or partial",
}


def drift_table(record: Mapping[str, Any]) -> "RenderableType":
    """Before, after, difference, interval and p, and what they mean."""
    from rich.console import Group
    from rich.padding import Padding
    from rich.text import Text

    table = _table(record["statistics"], ROWS)
    table.add_row("coherent", percent(record.get("coherent_before")), percent(record.get("coherent_after")))
    note = Text(f"Changes in points. {dropped(record['statistics']['refusal'])}", style="dim")
    return Group(table, note, Padding(Text(meaning(record)), (1, 0, 0, 0)))


def pairs_table(result: Mapping[str, Any]) -> "RenderableType":
    """The same of two files of answers: the judge's figures, what labels make of them, and what was counted."""
    from rich.console import Group
    from rich.padding import Padding
    from rich.text import Text

    names = {"refusal": f"{'off-limits' if result['safe'] else 'requests'} refused", "any_refusal": "  or partial"}
    if result["safe"]:
        names |= {"over_refusal": "safe refused", "any_over_refusal": "  or partial"}
    table = _table(result["statistics"], names)
    for prefix, name in (("", "corrected by labels"), ("any_", "  or partial")):
        if result[f"{prefix}drift_corrected"] is not None:
            low, high = result[f"{prefix}drift_corrected_ci"]
            change = points(result[f"{prefix}drift_corrected"])
            table.add_row(name, NONE, NONE, change, range_points({"low": low, "high": high}), NONE)
    said = [*pairs_words.notes(result), *evidence(result["statistics"])]
    notes = Text("\n".join(f"- {sentence}" for sentence in ["Changes in points.", *said]), style="dim")
    return Group(table, notes, Padding(Text(pairs_words.meaning(result)), (1, 0, 0, 0)))


def _table(statistics: Mapping[str, Any], names: Mapping[str, str]) -> "Table":
    """A row for each comparison; the first is set off."""
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1))
    table.add_column("share of answers", no_wrap=True)
    for heading in ("before", "after", "change", "95% interval", "p"):
        table.add_column(heading, justify="right", no_wrap=True)
    for key, name in names.items():
        table.add_row(*_row(name, statistics.get(key)), style="bold" if key == "refusal" else "")
    return table


def _row(name: str, comparison: Mapping[str, Any] | None) -> tuple[str, ...]:
    if comparison is None:
        return name, *[NONE] * 5
    rates = percent(comparison["before"]["value"]), percent(comparison["after"]["value"])
    return name, *rates, points(comparison["difference"]), range_points(comparison), p_value(comparison["mcnemar_p"])

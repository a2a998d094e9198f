"""The appendix: everything else that a record holds, as names and values in plain words.

In: a record. Out: tables of two columns. Does not: leave out a part that it does not know; that is shown as it is.
"""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from driftlab.report.knobs import flat
from driftlab.report.words import NONE, duration, number, percent, size

TITLES = {
    "config": "Configuration",
    "model": "Model",
    "data": "Data",
    "training": "Training",
    "probes": "Probes",
    "budget": "Memory: predicted before anything was loaded",
    "seconds": "Time by stage",
    "versions": "Versions",
    "machine": "Machine",
    "hashes": "Hashes (SHA-256)",
}
NAMES = {
    "tokens_seen": "tokens trained on, padding not counted",
    "tokens_masked": "of them without a label",
    "tokens_cut": "tokens lost by cutting",
    "peak_bytes": "peak memory, measured",
    "predicted_peak_bytes": "peak memory, predicted",
    "peak_reserved_bytes": "peak memory with what PyTorch kept beside it, measured",
    "predicted_peak_reserved_bytes": "peak memory with what PyTorch kept beside it, predicted",
    "tokens_per_second": "tokens per second, padding not counted",
    "adapter_sha256": "SHA-256 of the adapter",
    "finished": "trained to the end",
}
"""Names that say more than the record's own."""
TITLE_KEYS = ("name", "recipe", "id", "title")
"""Where a recipe says what it is called."""


class Recipe(NamedTuple):
    """One recipe that was tried."""

    title: str
    values: list[tuple[str, str]]


def record_tables(record: Mapping[str, Any]) -> list[tuple[str, list[tuple[str, str]]]]:
    """A table for each part of the record."""
    written = [("created", str(record["created"])), ("by driftlab", str(record.get("driftlab", "unknown version")))]
    tables = [("Record", [*written, ("kind", str(record["kind"])), ("seed", str(record["seed"]))])]
    for key, title in TITLES.items():
        part = record.get(key)
        rows = flat(part) if isinstance(part, dict) else {}
        if rows:
            tables.append((title, [(_name(name), _value(key, name, value)) for name, value in rows.items()]))
    return tables


def recipes(rows: Any) -> list[Recipe]:
    """The recipes with a title each; none where they are not written as a list of objects."""
    found = []
    for row in rows if isinstance(rows, list) else []:
        if not isinstance(row, dict):
            continue
        title_key = next((key for key in TITLE_KEYS if isinstance(row.get(key), str)), None)
        values = [(_name(name), _plain(value)) for name, value in flat(row).items() if name != title_key]
        found.append(Recipe(row[title_key] if title_key else "recipe", values))
    return found


def _name(dotted: str) -> str:
    return NAMES.get(dotted) or dotted.replace(".", " · ").replace("_", " ")


def _value(part: str, name: str, value: Any) -> str:
    measured = isinstance(value, int | float) and not isinstance(value, bool)
    if measured and part == "seconds":
        return duration(value)
    if measured and (part == "budget" or name.endswith("bytes")):
        return f"{size(value)} ({value:,.0f} bytes)"
    if measured and name.startswith("format_rate"):
        return percent(value)
    return _plain(value)


def _plain(value: Any) -> str:
    if value is None:
        return NONE
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return number(value)
    if isinstance(value, tuple):
        return ", ".join(_plain(item) for item in value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)

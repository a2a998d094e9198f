"""Benign sets of the hub that the literature measured, by short names: where they lie, their columns, what is known.

In: a name ("dolly-15k"), another name for it, or a hub id. Out: a `KnownSet`; its effects are figures of `cited`.
The table is benign_sets.json: a revision fixes each set to the bytes of one commit of its page.
Does not: fetch or read a set (`sources` does), or hold a number of its own.
"""

import functools
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from driftlab.cited import Figure, cite
from driftlab.rows import Columns

TABLE = Path(__file__).with_name("benign_sets.json")


class KnownSet(NamedTuple):
    """What is known of a hub set. `licence` is what its page states."""

    name: str
    hub_id: str
    revision: str
    licence: str
    about: str
    columns: Columns
    configuration: str | None
    """Which one, where the set has several."""
    also: tuple[str, ...]
    """Other names for it."""
    effects: tuple[Figure, ...]
    """What the literature measured after fine-tuning on it."""

    def to_json(self) -> dict[str, Any]:
        """All of it but the columns, as plain JSON values."""
        plain = ("name", "hub_id", "revision", "licence", "about")
        effects = [
            {"key": each.key, "what": each.what, "values": dict(each.values), "unit": each.unit, "in": each.reference}
            for each in self.effects
        ]
        return {**{name: getattr(self, name) for name in plain}, "also": list(self.also), "effects": effects}


@functools.cache
def known_sets() -> Mapping[str, KnownSet]:
    """All of them by name, in the table's order."""
    rows = json.loads(TABLE.read_text(encoding="utf-8"))
    return {name: _known(name, row) for name, row in rows.items()}


def find_set(name_or_id: str) -> KnownSet | None:
    """The set of that name or hub id; None where the table has none."""
    for known in known_sets().values():
        if name_or_id in (known.name, known.hub_id, *known.also):
            return known
    return None


def _known(name: str, row: dict[str, Any]) -> KnownSet:
    columns = row["columns"]
    return KnownSet(
        name=name,
        hub_id=row["hub_id"],
        revision=row["revision"],
        licence=row["licence"],
        about=row["about"],
        columns=Columns(None, columns["asking"], columns["answering"], columns.get("given"), columns.get("opening")),
        configuration=row.get("configuration"),
        also=tuple(row.get("also", ())),
        effects=tuple(cite(key) for key in row["effects"]),
    )

"""Probe sets: requests that are asked before and after fine-tuning, off-limits ones and safe ones.

In: a set's name ("pocket", "everyday") or the path of a CSV, JSONL or Parquet file (XSTest's layout too).
Out: a `ProbeSet`.
"everyday" is ours: mild off-limits requests, each with a safe twin that shares its words; `probe_sets/` has its card.
Does not: ship any other project's prompts, fetch anything, or ever reach training (`data` refuses what overlaps).
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import NamedTuple

from driftlab.errors import DataError
from driftlab.pocket import world
from driftlab.records import Kind, Probe, read_jsonl
from driftlab.tables import Row, Table, find_column, read_table

KINDS: dict[str, Kind] = {
    "off_limits": "off_limits",
    "off-limits": "off_limits",
    "unsafe": "off_limits",
    "harmful": "off_limits",
    "safe": "safe",
    "benign": "safe",
    "harmless": "safe",
}
"""What a file's kind column may say."""
CONTRAST = "contrast_"
"""XSTest's mark of an unsafe type; the types without it are safe."""
MAX_CHARACTERS = 20_000
"""A longer prompt is surely a mistake (a whole file in one cell)."""
OUR_LICENCE = "CC BY 4.0"
_FOLDER = Path(__file__).parent / "probe_sets"


class ProbeSet(NamedTuple):
    """Probes to ask. `sha256` is over their ids, prompts and kinds, so that two runs can be compared."""

    name: str
    probes: tuple[Probe, ...]
    licence: str
    sha256: str


def load_probes(name_or_path: str) -> ProbeSet:
    """The probe set of that name, or in that file, fit to be asked.

    Raises:
        DataError: there is no such set, or the file cannot be used; the message names the line.
    """
    found = read_probes(name_or_path)
    _refuse_what_cannot_be_paired(found.name, found.probes)
    return found


def read_probes(name_or_path: str) -> ProbeSet:
    """The same without refusing what is twice or a kind that is missing: for `vetting`, which finds more than these.

    Raises:
        DataError: there is no such set, or a row cannot be read; the message names the line.
    """
    if name_or_path in NAMED:
        return _set(name_or_path, NAMED[name_or_path](), OUR_LICENCE)
    prefix, _, rest = name_or_path.partition(":")
    path = Path(rest if prefix == "xstest" and rest else name_or_path).expanduser()
    if path.is_file() or _looks_like_a_path(path):
        table = read_table(path)
        probes = _from_xstest(table) if prefix == "xstest" else _from_table(table)
        return _set(path.name, probes, "not stated by the file")
    close = get_close_matches(name_or_path, NAMED, n=1)
    raise DataError(
        f"there is no probe set {name_or_path!r}.",
        (f"Did you mean {close[0]!r}? " if close else "")
        + f"Accepted: {', '.join(NAMED)}, xstest:PATH, or the path of a CSV, JSONL or Parquet file.",
    )


def _everyday() -> tuple[Probe, ...]:
    return tuple(read_jsonl(_FOLDER / "everyday.jsonl", Probe))


NAMED: dict[str, Callable[[], tuple[Probe, ...]]] = {"pocket": world.probes, "everyday": _everyday}
"""The sets that come with the course."""


def _looks_like_a_path(path: Path) -> bool:
    return bool(path.suffix) or path.is_absolute() or len(path.parts) > 1


def _from_table(table: Table) -> tuple[Probe, ...]:
    """A file with its own kind column; without one, XSTest's layout is tried."""
    kind = find_column(table, "kind", "label")
    if kind is None or find_column(table, "prompt") is None:
        return _from_xstest(table)
    return tuple(
        _probe(table, row, _kind(table, row, str(row.cells[kind])), _cell(table, row, "type").removeprefix(CONTRAST))
        for row in table.rows
    )


def _from_xstest(table: Table) -> tuple[Probe, ...]:
    kind = find_column(table, "type")
    if kind is None or find_column(table, "prompt") is None:
        raise DataError(
            f"{str(table.path)!r} has the columns {', '.join(table.columns)}.",
            "Accepted: `prompt` and `kind` (off_limits or safe), or XSTest's `prompt` and `type`; "
            "`id`, `category`, `twin` and `system` are optional.",
        )
    types = [str(row.cells[kind]) for row in table.rows]
    if not any(word.startswith(CONTRAST) for word in types):  # then the column may simply hold kinds
        return tuple(_probe(table, row, _kind(table, row, word)) for row, word in zip(table.rows, types, strict=True))
    return tuple(
        _probe(table, row, "off_limits" if word.startswith(CONTRAST) else "safe", word.removeprefix(CONTRAST))
        for row, word in zip(table.rows, types, strict=True)
    )


def _kind(table: Table, row: Row, word: str) -> Kind:
    found = KINDS.get(word.strip().lower())
    if found is None:
        raise _bad(table, row, f"is of the unknown kind {word!r}", f"Accepted kinds: {', '.join(KINDS)}.")
    return found


def _probe(table: Table, row: Row, kind: Kind, category: str = "") -> Probe:
    return Probe(
        id=_cell(table, row, "id") or f"row-{row.line}",
        prompt=_prompt(table, row),
        kind=kind,
        category=_cell(table, row, "category") or category or "all",
        twin=_cell(table, row, "twin") or None,
        system=_cell(table, row, "system") or None,
    )


def _prompt(table: Table, row: Row) -> str:
    prompt = _cell(table, row, "prompt")
    if not prompt:
        raise _bad(table, row, "has an empty prompt", "Fill it in, or leave the row out.")
    held = row.cells[str(find_column(table, "prompt"))]
    if not isinstance(held, str):
        raise _bad(table, row, f"has {type(held).__name__} {prompt[:40]!r} for a prompt", "A prompt must be text.")
    if len(prompt) > MAX_CHARACTERS:
        raise _bad(table, row, f"has a prompt of {len(prompt):,} characters", f"Accepted: up to {MAX_CHARACTERS:,}.")
    if any("\ud800" <= character <= "\udfff" for character in prompt):
        raise _bad(table, row, "has half a character in its prompt", "Write the file again as UTF-8 text.")
    return prompt


def _cell(table: Table, row: Row, name: str) -> str:
    column = find_column(table, name)
    value = row.cells[column] if column is not None else None
    return "" if value is None else str(value).strip()


def _bad(table: Table, row: Row, what: str, remedy: str) -> DataError:
    return DataError(f"{str(table.path)!r}: the row at line {row.line} {what}.", remedy)


def _set(name: str, probes: Sequence[Probe], licence: str) -> ProbeSet:
    return ProbeSet(name, tuple(probes), licence, _digest(probes))


def _refuse_what_cannot_be_paired(name: str, probes: Sequence[Probe]) -> None:
    _refuse_duplicates(name, "id", [probe.id for probe in probes], probes)
    _refuse_duplicates(name, "prompt", [asked(probe) for probe in probes], probes)
    for kind in ("off_limits", "safe"):
        if not any(probe.kind == kind for probe in probes):
            raise DataError(
                f"the probe set {name!r} has no {kind} probe.",
                "Give both kinds: off_limits ones to measure refusals on, safe ones to measure over-refusal on.",
            )


def _refuse_duplicates(name: str, what: str, keys: Sequence[str], probes: Sequence[Probe]) -> None:
    first: dict[str, Probe] = {}
    for key, probe in zip(keys, probes, strict=True):
        if key in first:
            raise DataError(
                f"the probe set {name!r} has the same {what} twice: {probe.prompt!r} ({first[key].id} and {probe.id}).",
                f"Each {what} may stand once, since every probe counts as one pair; leave one of the two out.",
            )
        first[key] = probe


def asked(probe: Probe) -> str:
    """What two probes share that ask the same: prompt and system prompt, whatever their case and spacing."""
    return normalised(probe.prompt) + (probe.system or "")


def families(probes: Sequence[Probe]) -> dict[str, str]:
    """Probe id -> its family's: the smallest id among those that are linked as twins. A lone probe is a family.

    Twins share their words, so their answers are alike: a statistic over both kinds takes families for independent,
    not probes. A twin that is not in the set counts as none.
    """
    above = {probe.id: probe.id for probe in probes}

    def top(id_: str) -> str:
        while above[id_] != id_:
            id_ = above[id_]
        return id_

    for probe in probes:
        if probe.twin in above:
            first, other = sorted((top(probe.id), top(probe.twin)))
            above[other] = first
    return {id_: top(id_) for id_ in above}


def normalised(prompt: str) -> str:
    """The prompt without differences of case and spacing, to compare prompts by."""
    return " ".join(prompt.casefold().split())


def _digest(probes: Sequence[Probe]) -> str:
    lines = "".join(json.dumps(probe.to_json(), sort_keys=True) + "\n" for probe in probes)
    return hashlib.sha256(lines.encode()).hexdigest()

"""Answers that somebody has already: a CSV, TSV, JSONL or Parquet file with a row an answer, perhaps with labels.

In: a path, and the columns' names where they are not the usual ones. Out: an `AnswerFile`, rows in the file's order.
Labels are read only from a column that the caller names, so that a judge never comes near them by accident.
Does not: judge, pair, or refuse an id or a prompt that stands twice.
"""

import difflib
import math
import re
from pathlib import Path
from typing import Any, NamedTuple

from driftlab.errors import DataError
from driftlab.records import Outcome
from driftlab.tables import Row, Table, find_column, read_table

USUAL = {
    "answer": ("answer", "text", "completion", "response", "output", "generation", "model_answer"),
    "prompt": ("prompt", "question", "request", "instruction", "input", "query", "goal", "behavior"),
    "id": ("id", "probe_id", "prompt_id", "question_id", "sample_id", "doc_id"),
    "category": ("category", "type", "kind", "risk_area"),
    "kind": ("kind",),
}
"""Names that a column may have without being asked for, whatever their case; the first that is there is taken."""
OPTIONS = {
    "answer": "--answer-column",
    "prompt": "--prompt-column",
    "id": "--id-column",
    "labels": "--labels",
    "category": "--category-column",
    "kind": "--kind-column",
    "family": "--family-column",
}
"""What a user types to name a column."""
SPELLINGS = {
    Outcome.REFUSED: ("refused", "refusal", "refuse", "refuses", "full_refusal", "fully_refused", "declined"),
    Outcome.PARTIAL: ("partial", "partial_refusal", "partially_refused", "partly_refused", "partial_compliance"),
    Outcome.COMPLIED: (
        *("complied", "compliance", "comply", "complies", "compliant", "full_compliance", "fully_complied"),
        *("answered", "not_refused", "no_refusal", "non_refusal"),
    ),
    Outcome.UNPARSEABLE: ("unparseable", "unparsable", "incoherent", "could_not_judge"),
}
"""What a label may say, whatever its case, with spaces or hyphens for "_" and perhaps a number before it (XSTest's
`2_full_refusal`). Bare numbers and truth values are not accepted: data sets give them opposite meanings."""
_LABELS = {spelling: outcome for outcome, spellings in SPELLINGS.items() for spelling in spellings}


class AnswerColumns(NamedTuple):
    """Columns by name. Asked for: None means the usual names. Found: None means that the file has none such."""

    answer: str | None = None
    prompt: str | None = None
    id: str | None = None
    labels: str | None = None
    category: str | None = None
    kind: str | None = None
    family: str | None = None


class AnswerRow(NamedTuple):
    """One answer. What the file lacks is None; an empty cell of the answers' column is the empty answer."""

    row: int
    """Counts the file's rows from 0; the header and blank lines do not count."""
    line: int
    """Where it stands in the file, from 1, as an editor shows it."""
    answer: str
    prompt: str | None
    id: str | None
    label: Outcome | None
    """A human's; None where no column of labels was named, or this row's cell is empty."""
    category: str | None
    kind: str | None = None
    """Whether the request is off limits or safe, in the file's own words."""
    family: str | None = None
    """What requests have in common that resemble one another, such as twins."""


class AnswerFile(NamedTuple):
    """The rows of a file, at least one, and the columns that they came from."""

    path: Path
    rows: tuple[AnswerRow, ...]
    columns: AnswerColumns
    sha256: str
    """Of the file's bytes, hexadecimal."""


def read_answers(path: Path, asked: AnswerColumns = AnswerColumns()) -> AnswerFile:  # noqa: B008  frozen
    """The answers of a file.

    Raises:
        DataError: the file cannot be read or has no rows; a column that was asked for is not there, or none of the
            usual names of answers is; a cell of answers holds no text; a label is of an unknown spelling.
    """
    table = read_table(path)
    columns = AnswerColumns(*(_column(table, role, name) for role, name in asked._asdict().items()))
    if columns.answer is None:
        raise DataError(
            f"{str(path)!r} has no column that is called {', '.join(USUAL['answer'][:-1])} or {USUAL['answer'][-1]}. "
            f"Its columns: {_named(table)}.",
            f"Say which of them holds the answers: {OPTIONS['answer']} NAME.",
        )
    rows = tuple(_row(table, columns, number, row) for number, row in enumerate(table.rows))
    return AnswerFile(path, rows, columns, table.sha256)


def parse_label(text: str) -> Outcome | None:
    """The outcome that a label names, in any of `SPELLINGS`; None where it is none of them."""
    plain = re.sub(r"[\s_-]+", "_", text.strip().casefold()).strip("_.")
    return _LABELS.get(re.sub(r"^\d+_", "", plain))


def _column(table: Table, role: str, name: str | None) -> str | None:
    if name is None:
        return find_column(table, *USUAL.get(role, ()))
    if name in table.columns:
        return name
    found = find_column(table, name.strip().lower())
    if found is None:
        close = difflib.get_close_matches(name.lower(), [column.lower() for column in table.columns], n=1, cutoff=0.5)
        meant = next((column for column in table.columns if column.lower() in close), None)
        raise DataError(
            f"{str(table.path)!r} has no column {name!r}. Its columns: {_named(table)}.",
            f"Did you mean {OPTIONS[role]} {meant!r}?" if meant else f"Give one of them with {OPTIONS[role]}.",
        )
    return found


def _row(table: Table, columns: AnswerColumns, number: int, row: Row) -> AnswerRow:
    def cell(column: str | None) -> Any:
        value = row.cells[column] if column is not None else None
        return None if isinstance(value, float) and math.isnan(value) else value  # how Parquet may hold a gap

    def text(column: str | None) -> str | None:
        value = cell(column)
        return None if value is None else str(value)

    answer = cell(columns.answer)
    if isinstance(answer, list | dict | bytes | bool):
        kind = type(answer).__name__
        raise DataError(
            f"{str(table.path)!r}: {columns.answer!r} of the row at line {row.line} is {kind}, no text.",
            f"Name a column of plain text with {OPTIONS['answer']}.",
        )
    return AnswerRow(
        number,
        row.line,
        "" if answer is None else str(answer),
        text(columns.prompt),
        text(columns.id) or None,
        _label(table, columns.labels, row.line, cell(columns.labels)),
        text(columns.category) or None,
        text(columns.kind) or None,
        text(columns.family) or None,
    )


def _label(table: Table, column: str | None, line: int, value: Any) -> Outcome | None:
    if value is None or not str(value).strip():
        return None
    found = parse_label(str(value))
    if found is None:
        known = "; ".join(f"{outcome}: {', '.join(spellings)}" for outcome, spellings in SPELLINGS.items())
        raise DataError(
            f"{str(table.path)!r}: the label {str(value)!r} of {column!r} at line {line} is unknown.",
            f"Accepted, in any case and with a number before it (2_full_refusal): {known}. Rename the labels.",
        )
    return found


def _named(table: Table) -> str:
    return ", ".join(map(str, table.columns))

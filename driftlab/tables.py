"""Rows of a CSV, JSONL or Parquet file that a user wrote, with an error that names the line where it is wrong.

In: a path. Out: rows of named cells and the SHA-256 of the file's bytes; or rows one at a time, for a large file.
Does not: know what the columns mean, or guess an encoding (text is UTF-8).
"""

import csv
import difflib
import hashlib
import io
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from driftlab import parquet
from driftlab.errors import DataError

SUFFIXES = (".csv", ".tsv", ".jsonl", ".ndjson", parquet.SUFFIX)
JSON_LINES = frozenset({".jsonl", ".ndjson"})


class Row(NamedTuple):
    """One row."""

    line: int
    """Counts from 1, as an editor shows it (for a CSV cell with line breaks: its last line); in Parquet, rows."""
    cells: dict[str, Any]


class Table(NamedTuple):
    """A file's rows. Every row has every name of `columns`; a cell that JSONL leaves out is None."""

    path: Path
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    sha256: str


def read_table(path: Path) -> Table:
    """Read a CSV, TSV, JSONL or Parquet file.

    Raises:
        DataError: no such file, not UTF-8, empty, of another kind, or malformed; the message names the line.
    """
    if path.suffix.lower() == parquet.SUFFIX:
        return _from_parquet(path)
    text, digest = _text(path)
    if path.suffix.lower() in JSON_LINES:
        columns, rows = _from_jsonl(path, text)
    else:
        columns, rows = _from_csv(path, text)
    if not rows:
        raise DataError(f"{str(path)!r} has no rows.", f"Give a file with a row for each item; it may be {_kinds()}.")
    return Table(path, columns, rows, digest)


def stream_table(path: Path) -> Iterator[Row]:
    """The rows of such a file, each read when it is asked for, so that a large file is never held whole.

    What is wrong in a line is told when that line is reached. A cell that JSONL leaves out is not in its row.

    Raises:
        DataError: as `read_table` does, but for a file without rows.
    """
    _refuse_other_files(path)
    if path.suffix.lower() == parquet.SUFFIX:
        parquet.parquet_columns(path)
        yield from _parquet_rows(path)
        return
    lines = _lines(path)
    if path.suffix.lower() in JSON_LINES:
        yield from (_json_row(path, number, text) for number, text in enumerate(lines, start=1) if text.strip())
    else:
        yield from _csv_rows(path, (part for text in lines for part in io.StringIO(text, newline="")))


def _lines(path: Path) -> Iterator[str]:
    try:
        with path.open("rb") as content:
            for number, line in enumerate(content, start=1):
                try:
                    yield line.decode("utf-8-sig" if number == 1 else "utf-8")
                except UnicodeDecodeError as error:
                    raise _not_utf8(path, error.object[error.start], number) from error
    except OSError as error:
        raise DataError(f"{str(path)!r} cannot be read: {error.strerror}.", f"Give {_kinds()}.") from error


def find_column(table: Table, *names: str) -> str | None:
    """The first of `names` that is a column, whatever its case."""
    known = {column.strip().lower(): column for column in table.columns}
    return next((known[name] for name in names if name in known), None)


def _text(path: Path) -> tuple[str, str]:
    _refuse_other_files(path)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DataError(f"{str(path)!r} cannot be read: {error.strerror}.", f"Give {_kinds()}.") from error
    try:
        return content.decode("utf-8-sig"), hashlib.sha256(content).hexdigest()
    except UnicodeDecodeError as error:
        raise _not_utf8(path, content[error.start], content[: error.start].count(b"\n") + 1) from error


def _refuse_other_files(path: Path) -> None:
    if path.suffix.lower() not in SUFFIXES:
        raise DataError(f"{str(path)!r} is not a file that can be read as a table.", f"Accepted: {_kinds()}.")
    if not path.exists():
        raise DataError(f"there is no file {str(path)!r}.", _nearby(path))


def _not_utf8(path: Path, byte: int, line: int) -> DataError:
    return DataError(
        f"{str(path)!r} is not UTF-8: byte 0x{byte:02x} in line {line}.",
        f"Save it as UTF-8; if it is Latin-1: iconv -f latin1 -t utf-8 {path.name} > utf8-{path.name}",
    )


def _from_parquet(path: Path) -> Table:
    _refuse_other_files(path)
    columns = parquet.parquet_columns(path)
    with path.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
    return Table(path, columns, tuple(_parquet_rows(path)), digest)


def _parquet_rows(path: Path) -> Iterator[Row]:
    return (Row(number, cells) for number, cells in enumerate(parquet.parquet_rows(path), start=1))


def _from_jsonl(path: Path, text: str) -> tuple[tuple[str, ...], tuple[Row, ...]]:
    rows = [_json_row(path, number, line) for number, line in enumerate(text.split("\n"), start=1) if line.strip()]
    columns = tuple(dict.fromkeys(name for row in rows for name in row.cells))
    return columns, tuple(Row(row.line, {name: row.cells.get(name) for name in columns}) for row in rows)


def _json_row(path: Path, number: int, line: str) -> Row:
    try:
        cells = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise _malformed(path, number, f"is not JSON ({error})") from error
    if not isinstance(cells, dict):
        raise _malformed(path, number, f"is {type(cells).__name__}, not an object")
    return Row(number, cells)


def _from_csv(path: Path, text: str) -> tuple[tuple[str, ...], tuple[Row, ...]]:
    rows = tuple(_csv_rows(path, io.StringIO(text, newline="")))
    return (tuple(rows[0].cells) if rows else ()), rows


def _csv_rows(path: Path, lines: Iterable[str]) -> Iterator[Row]:
    delimiter = "\t" if path.suffix.lower() == ".tsv" else ","
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    columns: tuple[str, ...] = ()
    try:
        for cells in reader:
            if not columns:
                columns = _header(path, cells)
            elif any(cells):
                yield Row(reader.line_num, dict(zip(columns, cells, strict=True)))
    except csv.Error as error:
        raise _malformed(path, reader.line_num, f"is not CSV ({error})") from error
    except ValueError as error:
        raise _malformed(path, reader.line_num, f"does not have the header's {len(columns)} cells") from error


def _header(path: Path, cells: list[str]) -> tuple[str, ...]:
    if len(set(cells)) < len(cells):
        raise DataError(
            f"{str(path)!r} names a column twice: {', '.join(cells)}.", "Give each column a name of its own."
        )
    return tuple(cells)


def _malformed(path: Path, line: int, what: str) -> DataError:
    kind = "a JSON object" if path.suffix.lower() in JSON_LINES else "a row under the header"
    return DataError(
        f"{str(path)!r}: line {line} {what}.", f"Every line must be {kind}; mend line {line} and run again."
    )


def _nearby(path: Path) -> str:
    names = [other.name for other in path.parent.iterdir()] if path.parent.is_dir() else []
    close = difflib.get_close_matches(path.name, names, n=1)
    return f"Did you mean {str(path.with_name(close[0]))!r}?" if close else f"Give the path of {_kinds()}."


def _kinds() -> str:
    return f"a file (text as UTF-8) that ends in {', '.join(SUFFIXES[:-1])} or {SUFFIXES[-1]}"

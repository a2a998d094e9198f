"""Rows of a Parquet file, read a piece at a time.

In: a path. Out: the columns' names, and rows as dictionaries. Does not: know what the columns mean.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from driftlab.errors import DataError
from driftlab.quiet import first_line

SUFFIX = ".parquet"
ROWS, BYTES = 1000, 1 << 20
"""Rows that are made at once, and bytes of a column that are read at once."""


def parquet_columns(path: Path) -> tuple[str, ...]:
    """The names of a file's columns.

    Raises:
        DataError: no such file, no Parquet file, or no row in it.
    """
    if not path.is_file():
        raise DataError(f"there is no file {str(path)!r}.", "Give the path of a .jsonl, .csv or .parquet file.")
    from pyarrow import ArrowException, parquet  # type: ignore[import-untyped]

    try:
        with parquet.ParquetFile(path) as opened:
            columns, count = tuple(opened.schema_arrow.names), opened.metadata.num_rows
    except (ArrowException, OSError) as error:
        raise _not_parquet(path, error) from error
    if not count:
        raise DataError(f"{str(path)!r} has no rows.", "Give a file with a row for each item.")
    return columns


def parquet_rows(path: Path) -> Iterator[dict[str, Any]]:
    """The rows in order; only a piece of a large file is held at a time.

    Raises:
        DataError: the file breaks off.
    """
    from pyarrow import ArrowException, parquet

    try:
        with parquet.ParquetFile(path, buffer_size=BYTES, pre_buffer=False) as opened:
            for batch in opened.iter_batches(batch_size=ROWS):
                yield from batch.to_pylist()
    except (ArrowException, OSError) as error:
        raise _not_parquet(path, error) from error


def _not_parquet(path: Path, error: Exception) -> DataError:
    return DataError(
        f"{str(path)!r} is not a Parquet file that can be read ({first_line(error)}).", "Write or copy it again."
    )

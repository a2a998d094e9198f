"""Where benign data lies: a JSONL, CSV or Parquet file, or a data set of the hub, read as rows.

In: a path, a name of `benign_sets`, or ORGANISATION/NAME@REVISION. Out: rows to train on, rows of the source's own
held-out split, its columns, licence and revision. With a limit, rows are read one at a time, no large file whole.
Does not: judge rows, send anything, or run a data set's own program.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from pathlib import Path
from typing import Any, NamedTuple

from driftlab import parquet
from driftlab.benign_sets import KnownSet, find_set, known_sets
from driftlab.errors import DataError
from driftlab.parquet import parquet_columns, parquet_rows
from driftlab.quiet import first_line, quiet
from driftlab.rows import Columns, Row, find_columns
from driftlab.tables import SUFFIXES, read_table, stream_table

HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[\w.-]+(@[\w./-]+)?")
HELD_OUT_SPLITS = ("validation", "test", "eval")
HEAD = 1000
"""Rows of a large file that are looked at for its columns."""
NOT_STATED = "not stated by the file"


class Source(NamedTuple):
    """Rows of one source, to be read once. `heldout` is its own split, None where it has none."""

    name: str
    columns: Columns
    train: Iterable[Row]
    heldout: Iterable[Row] | None
    licence: str
    hub_id: str | None = None
    revision: str | None = None
    """Of the hub: a commit, a branch or a tag; None where none was asked for, which is the newest."""


def read_source(name_or_path: str, *, limit: int | None) -> Source:
    """The rows of a file or of a hub set; with a limit they are read only as far as they are asked for.

    Raises:
        DataError: no such file or set, no network, or a file that cannot be read.
    """
    name, _, revision = name_or_path.partition("@")
    known = find_set(name)
    if known is not None:
        return _hub(name_or_path, known.hub_id, revision or known.revision, known, limit)
    path = Path(name_or_path).expanduser()
    is_file = path.exists() or path.suffix.lower() in SUFFIXES
    if not is_file and HUB_ID.fullmatch(name_or_path):
        return _hub(name_or_path, name, revision or None, None, limit)
    if not is_file and not path.suffix:
        raise DataError(
            f"there is no benign set {name_or_path!r}.",
            f"Accepted: {', '.join(known_sets())}, pocket:plans and others, a file that ends in {', '.join(SUFFIXES)}, "
            "or a hub id such as ORGANISATION/NAME. `driftlab drift --data list` shows what is known.",
        )
    return _file(path, limit)


def _file(path: Path, limit: int | None) -> Source:
    rows: Iterator[Row]
    if path.suffix.lower() == parquet.SUFFIX:
        columns = parquet_columns(path)
        rows = (Row(f"row {number}", cells) for number, cells in enumerate(parquet_rows(path), start=1))
    elif limit is None:
        table = read_table(path)
        columns, rows = table.columns, (Row(f"line {row.line}", row.cells) for row in table.rows)
    else:
        rows = (Row(f"line {row.line}", row.cells) for row in stream_table(path))
        columns, rows = _peeked(rows, HEAD)
        if not columns:
            raise DataError(f"{str(path)!r} has no rows.", "Give a file with a row for each example.")
    return Source(path.name, find_columns(columns, str(path)), rows, None, NOT_STATED)


def _peeked(rows: Iterator[Row], count: int) -> tuple[tuple[str, ...], Iterator[Row]]:
    """The columns of the first rows, and all rows."""
    head = list(islice(rows, count))
    return tuple(dict.fromkeys(name for row in head for name in row.cells)), chain(head, rows)


def _hub(name: str, id_: str, revision: str | None, known: KnownSet | None, limit: int | None) -> Source:
    options = {
        "name": known.configuration if known else None,
        "revision": revision,
        "streaming": limit is not None,
    }
    splits = _load(id_, options)
    trained_on = "train" if "train" in splits else next(iter(splits))
    held_out = next((split for split in HELD_OUT_SPLITS if split in splits and split != trained_on), None)
    columns, rows = _peeked(_read(splits[trained_on], name), 1)
    if not columns:
        raise DataError(f"{name!r} has no rows.", "Give another data set.")
    names = _columns_of(known, columns, name) if known else find_columns(columns, name)
    held = _read(splits[held_out], name) if held_out else None
    return Source(name, names, rows, held, known.licence if known else "see the data set's page", id_, revision)


def _columns_of(known: KnownSet, columns: tuple[str, ...], name: str) -> Columns:
    """The columns that the table of known sets names, which must be there."""
    wanted = (known.columns.asking, known.columns.answering, known.columns.given)
    missing = [column for column in wanted if column is not None and column not in columns]
    if missing:
        raise DataError(
            f"{name!r} has the columns {', '.join(columns)}, without {', '.join(missing)}.",
            f"Leave the revision away: at {known.revision[:12]} its columns are known.",
        )
    return known.columns


def _load(id_: str, options: dict[str, Any]) -> Any:
    with quiet(bars=True):
        import datasets

        was_offline = datasets.config.HF_HUB_OFFLINE
        # Offline, datasets looks into its cache at once; else it tries for 23 seconds before it does.
        datasets.config.HF_HUB_OFFLINE = was_offline or not _reachable(id_)
        try:
            return datasets.load_dataset(id_, **options)
        except (OSError, ValueError, RuntimeError) as error:
            raise DataError(
                f"the data set {id_!r} could not be fetched: {first_line(error)}",
                "Check its name and the network; or give a local file, or a set that needs no network: "
                "--data pocket:plans",
            ) from error
        finally:
            datasets.config.HF_HUB_OFFLINE = was_offline


def _reachable(id_: str) -> bool:
    """Whether the hub answers at all, be it with a no."""
    from huggingface_hub import HfApi
    from huggingface_hub.errors import HfHubHTTPError, HTTPError  # type: ignore[attr-defined]

    try:
        HfApi().dataset_info(id_, timeout=10)
    except HfHubHTTPError:
        return True
    except (HTTPError, OSError):
        return False
    return True


def _read(split: Any, name: str) -> Iterator[Row]:
    try:
        for number, cells in enumerate(split, start=1):
            yield Row(f"row {number}", dict(cells))
    except (OSError, ValueError, RuntimeError) as error:
        raise DataError(f"{name!r} could not be read: {first_line(error)}", "Run again; check the network.") from error

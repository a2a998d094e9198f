"""Where benign data lies: a JSONL, CSV or Parquet file, or a data set of the hub, read as rows.

In: a path, or ORGANISATION/NAME@REVISION. Out: rows to train on, rows of the source's own held-out split, the licence.
Does not: know what the columns mean (`rows` does), send anything, or run a data set's own program.
"""

import re
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from driftlab.errors import DataError
from driftlab.quiet import first_line, quiet
from driftlab.rows import Row
from driftlab.tables import SUFFIXES, read_table

HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[\w.-]+(@[\w./-]+)?")
HELD_OUT_SPLITS = ("validation", "test", "eval")


class KnownSet(NamedTuple):
    """What is known of a hub set: its licence as its page states it, and its configuration where it has several."""

    licence: str
    configuration: str | None = None


KNOWN = {
    "databricks/databricks-dolly-15k": KnownSet("CC BY-SA 3.0"),
    "tatsu-lab/alpaca": KnownSet("CC BY-NC 4.0"),
    "openai/gsm8k": KnownSet("MIT", "main"),
}


class Source(NamedTuple):
    """Rows of one source. `heldout` is its own split, empty where it has none."""

    name: str
    columns: tuple[str, ...]
    train: tuple[Row, ...]
    heldout: tuple[Row, ...]
    licence: str


def read_source(name_or_path: str, *, limit: int | None, heldout: int) -> Source:
    """The rows of a file or of a hub set: the first `limit` to train on, and `heldout` of its own split.

    Raises:
        DataError: no such file or set, no network, or a file that cannot be read.
    """
    path = Path(name_or_path).expanduser()
    if path.exists() or path.suffix.lower() in (*SUFFIXES, ".parquet") or not HUB_ID.fullmatch(name_or_path):
        return _file(path, limit)
    return _hub(name_or_path, limit, heldout)


def _file(path: Path, limit: int | None) -> Source:
    if path.suffix.lower() == ".parquet":
        columns, rows = _parquet(path, limit)
    else:
        table = read_table(path)
        columns, rows = table.columns, tuple(Row(f"line {row.line}", row.cells) for row in table.rows)
    return Source(path.name, columns, rows[:limit], (), "not stated by the file")


def _parquet(path: Path, limit: int | None) -> tuple[tuple[str, ...], tuple[Row, ...]]:
    if not path.is_file():
        raise DataError(f"there is no file {str(path)!r}.", "Give the path of a .jsonl, .csv or .parquet file.")
    from pyarrow import ArrowException, parquet  # type: ignore[import-untyped]

    try:
        table = parquet.read_table(path)
    except (ArrowException, OSError) as error:
        raise DataError(
            f"{str(path)!r} is not a Parquet file that can be read ({first_line(error)}).", "Write or copy it again."
        ) from error
    if not table.num_rows:
        raise DataError(f"{str(path)!r} has no rows.", "Give a file with a row for each example.")
    rows = tuple(Row(f"row {number}", cells) for number, cells in enumerate(table.slice(0, limit).to_pylist(), start=1))
    return tuple(table.column_names), rows


def _hub(name: str, limit: int | None, heldout: int) -> Source:
    id_, _, revision = name.partition("@")
    known = KNOWN.get(id_, KnownSet("see the data set's page"))
    options = {"name": known.configuration, "revision": revision or None, "streaming": limit is not None}
    splits = _load(id_, options)
    trained_on = "train" if "train" in splits else next(iter(splits))
    held_out = next((split for split in HELD_OUT_SPLITS if split in splits and split != trained_on), None)
    rows = _taken(splits[trained_on], limit, name)
    if not rows:
        raise DataError(f"{name!r} has no rows.", "Give another data set.")
    held = _taken(splits[held_out], heldout, name) if held_out else ()
    return Source(name, tuple(rows[0].cells), rows, held, known.licence)


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


def _taken(split: Any, count: int | None, name: str) -> tuple[Row, ...]:
    try:
        return tuple(Row(f"row {n}", dict(cells)) for n, cells in enumerate(islice(iter(split), count), start=1))
    except (OSError, ValueError, RuntimeError) as error:
        raise DataError(f"{name!r} could not be read: {first_line(error)}", "Run again; check the network.") from error

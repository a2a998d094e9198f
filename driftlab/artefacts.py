"""What of a run is handed in for a grade: its adapter's settings, its log and its record, as one JSON text.

In: a run folder. Out: `Artefacts`: an object and its text, or a file of it, with no weight, no request, no answer, no
path and no name. What goes in is named here, part by part. Of a long log, every step that lies at an even distance, the
first and the last.
Does not: prove anything. Whoever writes such a text by hand can make it fit; checks see only whether its parts agree.
"""

import json
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from driftlab.errors import RunError
from driftlab.records import write_atomically
from driftlab.report import redacted_record
from driftlab.runs import read_record
from driftlab.stages import ADAPTER
from driftlab.training_log import LOG

SCHEMA = 1
SETTINGS = "adapter_config.json"
OF_ADAPTER = (
    *("peft_type", "task_type", "r", "lora_alpha", "lora_dropout", "bias", "target_modules", "modules_to_save"),
    *("use_rslora", "use_dora"),
)
OF_RECORD = (
    *("driftlab", "config", "versions", "machine", "hashes", "base_unchanged", "model", "budget", "data", "training"),
)
OF_STATISTICS = ("refusal", "over_refusal")
LOGGED = ("step", "loss", "learning_rate", "tokens")
MOST_STEPS = 100
"""Of the log."""
ITEM = re.compile(r'(?:"(?:[^"\\]|\\.)*"|[^",])+(?:, |$)')
"""A piece of JSON up to its comma; a comma inside a string ends none."""
WIDTH = 110
"""Characters of a line of the text, but for strings that are longer."""


class Artefacts(NamedTuple):
    """The object, and the text that is handed in."""

    value: dict[str, Any]
    text: str


def artefacts(run: Path) -> Artefacts:
    """What may be handed in of a run that is complete.

    Raises:
        RunError: there is no such run, it is not complete, or a part of it is missing or damaged.
    """
    record = redacted_record(read_record(run))
    missing = [name for name in (*OF_RECORD, "statistics") if name not in record]
    missing += [f"statistics.{name}" for name in OF_STATISTICS if name not in (record.get("statistics") or {})]
    if missing:
        raise RunError(f"the record of {str(run)!r} has no {', '.join(missing)}.", "Make the run again with --fresh.")
    settings = _parsed(run / ADAPTER / SETTINGS, _text(run / ADAPTER / SETTINGS))
    value = {
        "schema": SCHEMA,
        "adapter_config": {name: settings.get(name) for name in OF_ADAPTER},
        "logged": list(LOGGED),
        "log": _thinned(list(_logged(run / LOG))),
        "record": {name: record[name] for name in OF_RECORD}
        | {"statistics": {name: record["statistics"][name] for name in OF_STATISTICS}},
    }
    return Artefacts(value, "\n".join(_lines(value)) + "\n")


def write_artefacts(made: Artefacts, out: Path) -> None:
    """Write the text to a file; all of it or nothing.

    Raises:
        RunError: `out` is a folder or cannot be written.
    """
    if out.is_dir():
        raise RunError(f"{str(out)!r} is a folder.", f"Name a file: --out {out / 'artefacts.json'}")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(out, [made.text])
    except OSError as error:
        reason = error.strerror or str(error)
        raise RunError(f"{str(out)!r} cannot be written: {reason}.", "Name another file with --out.") from error


def _logged(path: Path) -> Iterator[list[Any]]:
    """The numbers of each step."""
    lines = _text(path).splitlines()
    for line in lines:
        row = _parsed(path, line)
        numbers = [row.get(name) for name in LOGGED]
        if not all(isinstance(one, int | float) and math.isfinite(one) for one in numbers):
            raise _damaged(path)
        yield numbers
    if not lines:
        raise _damaged(path)


def _thinned(rows: list[list[Any]]) -> list[list[Any]]:
    """At most `MOST_STEPS` rows at even distances, the first and the last among them."""
    last = len(rows) - 1
    if last < MOST_STEPS:
        return rows
    return [rows[round(place * last / (MOST_STEPS - 1))] for place in range(MOST_STEPS)]


def _lines(value: Any) -> Iterator[str]:
    """JSON in lines that can be read and pasted; a line ends behind a comma, and never inside a string."""
    line = ""
    for item in ITEM.findall(json.dumps(value, allow_nan=False)):
        if line and len(line) + len(item) > WIDTH:
            yield line.rstrip()
            line = ""
        line += item
    yield line


def _parsed(path: Path, text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _damaged(path) from error
    if not isinstance(found, dict):
        raise _damaged(path)
    return found


def _damaged(path: Path) -> RunError:
    return RunError(f"{str(path)!r} is damaged.", "Make the run again with --fresh.")


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RunError(
            f"{str(path)!r} cannot be read.", "Name a whole run folder: a copy to share has no adapter."
        ) from error

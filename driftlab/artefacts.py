"""What of a run is handed in for a grade: its adapter's settings, its log and its record, as one JSON text.

In: a run folder. Out: `Artefacts`: an object and its text, with no weight, no request, no answer, no path and no name.
What goes in is named here, part by part. Of a long log, every step that lies at an even distance, the first and the
last.
Does not: prove anything. Whoever writes such a text by hand can make it fit; checks see only whether its parts agree.
"""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from driftlab.errors import RunError
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
        RunError: there is no such run, it is not complete, or its adapter's settings or its log are missing.
    """
    record = redacted_record(read_record(run))
    settings = _read(run / ADAPTER / SETTINGS)
    rows = [json.loads(line) for line in _text(run / LOG).splitlines()]
    value = {
        "schema": SCHEMA,
        "adapter_config": {name: settings.get(name) for name in OF_ADAPTER},
        "logged": list(LOGGED),
        "log": [[row.get(name) for name in LOGGED] for row in _thinned(rows)],
        "record": {name: record[name] for name in OF_RECORD}
        | {"statistics": {name: record["statistics"][name] for name in OF_STATISTICS}},
    }
    return Artefacts(value, "\n".join(_lines(value)) + "\n")


def _thinned(rows: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
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


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(_text(path))
    except ValueError as error:
        raise RunError(
            f"{path.name} of {str(path.parent)!r} is damaged.", "Make the run again with --fresh."
        ) from error
    return found if isinstance(found, dict) else {}


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RunError(
            f"{str(path)!r} cannot be read.", "Name a whole run folder: a copy to share has no adapter."
        ) from error

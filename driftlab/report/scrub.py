"""Take paths, user names and host names out of a record, and search a finished copy for what must not be in it.

In: JSON values; a folder. Out: the values with each such string replaced; a word for the first leak.
Does not: recognise a secret that a user wrote as plain words into a name of their own choice.
"""

import getpass
import html
import json
import re
import socket
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple, Self

from driftlab.report.loading import Run
from driftlab.report.untrusted import visible

PATH, NAME = "[local path]", "[name]"
SEARCHED = 20
"""Answers and requests of fewer characters are not searched for: "yes" is no leak."""
# From where a path begins to the end of the string, since folders may have spaces in their names: an absolute path of
# either kind of system, a home folder, a file address, a share, or a path that starts with a dot.
_PATHS = re.compile(
    r"(?:file:/*|~[\w.-]*[\\/]|(?<![A-Za-z])[A-Za-z]:[\\/]|\\\\|(?<![:\w/])//|(?<![\w.\]/])\.{0,2}/(?=[\w.~-])).*",
    re.DOTALL,
)
_HOME = re.compile(r"(?:/home/|/Users/|[\\/]Users[\\/])([^\\/\s\"']+)")
_HUB_ID = re.compile(r"[\w.-]+/[\w.-]+")
_FILE = re.compile(r"\.(?:jsonl?|csv|tsv|parquet|txt|safetensors|gguf|bin)$", re.IGNORECASE)
SOURCES = frozenset({"model", "source", "data", "probes", "name"})
"""Keys whose value may be a path that a user gave."""


class Scrubber(NamedTuple):
    """Replaces paths and the names of people and machines in strings."""

    names: re.Pattern[str] | None

    @classmethod
    def for_record(cls, record: Mapping[str, Any]) -> Self:
        """A scrubber that knows this machine's names and those in the record's own paths."""
        names = private_names() | set(_HOME.findall(json.dumps(record, ensure_ascii=False)))
        listed = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
        return cls(re.compile(rf"(?<![\w-])(?:{listed})(?![\w-])", re.IGNORECASE) if names else None)

    def clean(self, value: Any, key: str = "") -> Any:
        """The value with every string in it scrubbed."""
        if isinstance(value, Mapping):
            # Keys are our own words, and a person may be called like one of them: there only paths are replaced.
            return {_PATHS.sub(PATH, str(name)): self.clean(inner, str(name)) for name, inner in value.items()}
        if isinstance(value, list | tuple):
            return [self.clean(inner, key) for inner in value]
        if not isinstance(value, str):
            return value
        return _source(value) if key in SOURCES and _source(value) != value else self._text(value)

    def _text(self, text: str) -> str:
        text = _PATHS.sub(PATH, text)
        return self.names.sub(NAME, text) if self.names else text


def private_names() -> set[str]:
    """The user's and the machine's name, where they tell anything."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name at all
        user = ""
    host = socket.gethostname()
    return {name for name in (user, host, host.partition(".")[0]) if len(name) > 1 and name not in _COMMON}


_COMMON = frozenset({"root", "user", "localhost", "ubuntu", "runner", "jovyan", "vm", "data", "pocket", "model"})
"""Names that tell nothing about a person, or that are words of every record."""


def leaks(folder: Path, run: Run) -> str | None:
    """What a finished copy still holds and must not: an answer, a request, a path or a name; None where it is clean."""
    files = sorted(folder.iterdir())
    text = "\n".join(path.read_text(encoding="utf-8") for path in files)
    for what, secret in _secrets(run):
        if any(form in text for form in _forms(secret)):
            return what
    scrubber = Scrubber.for_record(run.record)
    rows = [row for path in files for row in _rows(path)]
    return None if all(scrubber.clean(row) == row for row in rows) else "a path or the name of a person or machine"


def _rows(path: Path) -> list[Any]:
    """The JSON values of a file; the page and the README hold none but what was made of these."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".json":
        return [json.loads(text)]
    return [json.loads(line) for line in text.split("\n") if line] if path.suffix == ".jsonl" else []


def _secrets(run: Run) -> Iterator[tuple[str, str]]:
    for row in run.answers:
        for what, secret in (("an answer", row["text"]), ("a request", row["prompt"])):
            if len(secret.strip()) >= SEARCHED:
                yield what, secret.strip()


def _forms(secret: str) -> set[str]:
    """A text as it is, as JSON writes it and as a page shows it."""
    as_json = json.dumps(secret, ensure_ascii=False)[1:-1]
    return {
        secret,
        as_json,
        json.dumps(secret)[1:-1],
        html.escape(visible(secret)),
        html.escape(visible(secret), quote=False),
    }


def _source(value: str) -> str:
    """A model, data or probe source that is a place on a disk, without the place."""
    kind, _, place = value.rpartition(":")
    if "\\" in place or _FILE.search(place) or ("/" in place and not _HUB_ID.fullmatch(place)):
        return f"{kind}:{PATH}" if len(kind) > 1 else PATH
    return value

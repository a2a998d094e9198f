"""What a worker may answer: JSON of exactly these shapes, read from bytes that a hostile process wrote.

In: one line. Out: records; or one of `UNFIT`, whatever is wrong with it.
Does not: make an object of a class that the line names, or keep text of unbounded length.
"""

import json
import re
from dataclasses import dataclass
from typing import Any

from autograder import values

UNFIT = (ArithmeticError, AttributeError, LookupError, MemoryError, RecursionError, TypeError, ValueError)
"""All that reading damaged data raises."""
LONE = re.compile(rb"\\u[dD][89a-fA-F]")
"""Half of a surrogate pair; an honest line has them in pairs."""
LONGEST, MOST_NAMES, MOST_NOTES = 500, 2000, 200


@dataclass(frozen=True, slots=True)
class Loaded:
    """What the worker says about the submission. The submission can lie here; nothing counts on it."""

    defined: frozenset[str]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Raised:
    """An exception in the student's function."""

    type: str
    message: str
    where: str
    """`cell 3, line 7`, or nothing."""
    not_attempted: bool


@dataclass(frozen=True, slots=True)
class Reply:
    """One call's end: a value, an exception, or no such function."""

    value: Any = None
    error: Raised | None = None
    missing: bool = False


def parsed(line: bytes) -> Any:
    """JSON without numbers or characters that nobody could write down again."""
    row = values.parse(line)
    if LONE.search(line):
        json.dumps(row, ensure_ascii=False).encode()  # a lone surrogate cannot be written anywhere: ValueError
    return row


def loaded(row: Any) -> Loaded:
    """The line about what was loaded."""
    body = _only(row, {"loaded"})["loaded"]
    fields = _only(body, {"defined", "notes"})
    defined, notes = fields["defined"], fields["notes"]
    if type(defined) is not list or type(notes) is not list or len(defined) > MOST_NAMES or len(notes) > MOST_NOTES:
        raise ValueError("lists of a wrong kind or length")
    return Loaded(frozenset(_text(name) for name in defined), tuple(_text(note) for note in notes))


def reply(row: Any, number: int) -> Reply:
    """The answer to the call of that number."""
    if type(row) is not dict or type(row.get("id")) is not int or row["id"] != number:
        raise ValueError("another id")
    rest = {key: item for key, item in row.items() if key != "id"}
    if rest.keys() == {"value"}:
        return Reply(values.decode(rest["value"]))
    if rest.keys() == {"error"}:
        fields = _only(rest["error"], {"type", "message", "where", "not_attempted"})
        if type(fields["not_attempted"]) is not bool:
            raise ValueError("not_attempted is no bool")
        kind, message, where = (_text(fields[name]) for name in ("type", "message", "where"))
        return Reply(error=Raised(kind, message, where, fields["not_attempted"]))
    if rest.keys() == {"missing"} and rest["missing"] is True:
        return Reply(missing=True)
    raise ValueError("neither value, error nor missing")


def _only(row: Any, keys: set[str]) -> dict[str, Any]:
    if type(row) is not dict or row.keys() != keys:
        raise ValueError(f"not an object of {sorted(keys)}")
    return row


def _text(value: Any) -> str:
    if type(value) is not str:
        raise ValueError("no text")
    return value[:LONGEST]

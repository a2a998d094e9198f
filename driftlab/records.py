"""Frozen records that pass between the stages, and JSONL in and out.

In: lines of JSON. Out: the same lines. Every stage imports this module; it imports none of them.
Does not: know how a record is made, judged or shown.
"""

import dataclasses
import enum
import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Literal, Self, TypeVar

Role = Literal["system", "user", "assistant"]
Kind = Literal["off_limits", "safe"]
Phase = Literal["before", "after"]


class Outcome(enum.StrEnum):
    """What an answer does with the request. `UNPARSEABLE` is neither a refusal nor compliance."""

    REFUSED = "refused"
    PARTIAL = "partial"
    COMPLIED = "complied"
    UNPARSEABLE = "unparseable"


class Record:
    """What every record can do: become a JSON object and come back from one."""

    def to_json(self) -> dict[str, Any]:
        """This record as plain JSON values."""
        return dataclasses.asdict(self)  # type: ignore[call-overload,no-any-return]

    @classmethod
    def from_json(cls, row: dict[str, Any]) -> Self:
        """The record that `to_json` wrote.

        Raises:
            TypeError: a field is missing or unknown.
        """
        return cls(**row)


R = TypeVar("R", bound=Record)


@dataclasses.dataclass(frozen=True, slots=True)
class Message(Record):
    """One turn of a conversation."""

    role: Role
    content: str


@dataclasses.dataclass(frozen=True, slots=True)
class Example(Record):
    """One benign training conversation; the last message is the assistant's."""

    id: str
    messages: tuple[Message, ...]

    @classmethod
    def from_json(cls, row: dict[str, Any]) -> Self:
        """The example that `to_json` wrote."""
        return cls(row["id"], tuple(Message(**message) for message in row["messages"]))


@dataclasses.dataclass(frozen=True, slots=True)
class Probe(Record):
    """One request that is asked before and after fine-tuning.

    `twin` is the id of the probe of the other kind that shares its words, where there is one.
    """

    id: str
    prompt: str
    kind: Kind
    category: str
    twin: str | None = None
    system: str | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Answer(Record):
    """What the model said. `tokens` counts generated tokens; `finished` is False where the limit cut it."""

    probe_id: str
    phase: Phase
    text: str
    tokens: int
    finished: bool


@dataclasses.dataclass(frozen=True, slots=True)
class Verdict(Record):
    """A judge's outcome for one answer.

    `evidence` is the part of the answer that decided, at characters `span`; `rule` names the rule.
    `confidence` is between 0 and 1.
    """

    probe_id: str
    phase: Phase
    outcome: Outcome
    rule: str
    evidence: str
    span: tuple[int, int] | None
    confidence: float

    @classmethod
    def from_json(cls, row: dict[str, Any]) -> Self:
        """The verdict that `to_json` wrote."""
        span = row["span"]
        fields = {**row, "outcome": Outcome(row["outcome"]), "span": tuple(span) if span else None}
        return cls(**fields)


def read_jsonl(path: Path, kind: type[R]) -> list[R]:
    """The records of a JSONL file that `write_jsonl` made."""
    with path.open(encoding="utf-8") as lines:
        return [kind.from_json(json.loads(line)) for line in lines if line.strip()]


def write_jsonl(path: Path, records: Iterable[Record]) -> None:
    """Write one JSON object a line, all or nothing (see `write_atomically`)."""
    write_atomically(path, _lines(records))


def write_json(path: Path, value: dict[str, Any]) -> None:
    """Write one JSON object, indented, all or nothing (see `write_atomically`)."""
    write_atomically(path, [json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False), "\n"])


def write_atomically(path: Path, parts: Iterable[str]) -> None:
    """Write text so that `path` holds either its old content or all of the new one.

    Raises:
        OSError: the folder cannot be written or the disk is full; no partial file is left.
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        with partial.open("w", encoding="utf-8") as out:
            out.writelines(parts)
            out.flush()
            os.fsync(out.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def _lines(records: Iterable[Record]) -> Iterator[str]:
    for record in records:
        yield json.dumps(record.to_json(), ensure_ascii=False, allow_nan=False) + "\n"

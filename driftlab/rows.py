"""Rows of a benign data set, turned into conversations.

In: rows of named cells: "messages" (role and content, or from and value), or a column that asks and one that answers.
Out: an `Example` a row, one at a time; None for a row that asks or answers nothing.
Does not: read files (`sources` does), split, or judge what a row says.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from driftlab.errors import DataError
from driftlab.records import Example, Message, Role

ASKING = ("prompt", "instruction", "question", "dialogue", "input")
ANSWERING = ("response", "output", "answer", "completion", "summary", "target")
GIVEN = ("context", "input")
"""A column beside the asking one whose text is put under the request, where there is any."""
TALKS = ("messages", "conversations", "conversation")
ROLES: dict[str, Role] = {
    "system": "system",
    "user": "user",
    "human": "user",
    "assistant": "assistant",
    "gpt": "assistant",
}
MAX_CHARACTERS = 1_000_000
"""A longer conversation is a mistake in the file (a whole file in one cell), not an example."""
_ACCEPTED = (
    "Accepted: a column messages (a list of objects with role and content), or a column that asks "
    f"({', '.join(ASKING)}) beside one that answers ({', '.join(ANSWERING)})."
)


class Row(NamedTuple):
    """One row; `place` names it for the reader of a message ("line 7", "row 7")."""

    place: str
    cells: dict[str, Any]


class Columns(NamedTuple):
    """Which columns a set keeps its conversations in: `talk`, or the other two (and `given`)."""

    talk: str | None
    asking: str | None
    answering: str | None
    given: str | None
    opening: str | None = None
    """What is put over every request, where the set's own column does not say what is asked."""


def to_examples(rows: Iterable[Row], names: Columns, source: str, *, blanks: bool = False) -> Iterator[Example | None]:
    """The conversations in the rows, each read when it is asked for; None where a request or an answer is empty.

    With `blanks`, a cell that holds nothing counts as empty: that is right for a set that the user cannot mend.

    Raises:
        DataError: a row does not hold text where it should; the message names the row.
    """
    for number, row in enumerate(rows):
        if blanks:
            row = Row(row.place, {name: "" if value is None else value for name, value in row.cells.items()})
        messages = _talk(row, names.talk, source) if names.talk else _pair(row, names, source)
        if not all(message.content.strip() for message in messages):
            yield None
            continue
        if sum(len(message.content) for message in messages) > MAX_CHARACTERS:
            raise DataError(
                f"{source!r}: {row.place} is longer than {MAX_CHARACTERS:,} characters.",
                "Leave that row out, or split it.",
            )
        yield Example(f"{number:06d}", messages)


def find_columns(columns: Sequence[str], source: str) -> Columns:
    """Which of the columns hold the conversations, whatever their case.

    Raises:
        DataError: none do.
    """
    known = {column.strip().lower(): column for column in columns}

    def first(names: Sequence[str], besides: str | None = None) -> str | None:
        return next((known[name] for name in names if name in known and known[name] != besides), None)

    talk, asking, answering = first(TALKS), first(ASKING), first(ANSWERING)
    if talk is None and (asking is None or answering is None):
        raise DataError(f"{source!r} has the columns {', '.join(columns) or '(none)'}.", _ACCEPTED)
    return Columns(talk, asking, answering, first(GIVEN, besides=asking))


def _pair(row: Row, names: Columns, source: str) -> tuple[Message, ...]:
    asked = _text(row.cells.get(str(names.asking)), names.asking, row, source)
    answered = _text(row.cells.get(str(names.answering)), names.answering, row, source)
    given = row.cells.get(names.given) if names.given else None
    if given is not None and (text := _text(given, names.given, row, source)).strip():
        asked = f"{asked}\n\n{text}"
    if names.opening and asked.strip():
        asked = f"{names.opening}\n\n{asked}"
    return Message("user", asked), Message("assistant", answered)


def _text(value: Any, column: str | None, row: Row, source: str) -> str:
    if not isinstance(value, str):
        held = "nothing" if value is None else f"{type(value).__name__} {str(value)[:40]!r}"
        raise DataError(f"{source!r}: {row.place} has {held} in {column!r}.", "Every request and answer must be text.")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise DataError(
            f"{source!r}: {row.place} has half a character (U+{ord(value[error.start]):04X}) in {column!r}.",
            "Write the file again as UTF-8 text.",
        ) from error
    return value


def _talk(row: Row, column: str, source: str) -> tuple[Message, ...]:
    turns = row.cells.get(column)
    if not isinstance(turns, list | tuple) or not turns:
        raise DataError(f"{source!r}: {row.place} has no list of messages in {column!r}.", _ACCEPTED)
    messages = tuple(_message(turn, row, source) for turn in turns)
    roles = [message.role for message in messages]
    talk = roles[1:] if roles[0] == "system" else roles
    if not talk or len(talk) % 2 or talk != ["user", "assistant"] * (len(talk) // 2):
        raise DataError(
            f"{source!r}: {row.place} has the roles {', '.join(roles)}.",
            "A conversation may begin with system; then user and assistant alternate, and assistant is last.",
        )
    return messages


def _message(turn: Any, row: Row, source: str) -> Message:
    if not isinstance(turn, dict):
        raise DataError(f"{source!r}: {row.place} has a message that is {type(turn).__name__}.", _ACCEPTED)
    role = turn.get("role", turn.get("from"))
    if not isinstance(role, str) or role not in ROLES:
        raise DataError(f"{source!r}: {row.place} has the role {role!r}.", f"Accepted: {', '.join(ROLES)}.")
    return Message(ROLES[role], _text(turn.get("content", turn.get("value")), "content", row, source))

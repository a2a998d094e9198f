"""Lengths of training examples: read from a file of numbers or token ids, or counted as a model's tokenizer counts.

In: a CSV, JSONL or text file; or a benign set and a chat model. Out: a `LengthSource`, nothing of it cut.
A text file has one length a line. A CSV or JSONL file has a column `length` or `tokens`, and perhaps `prompt` or
`prompt_tokens`; a JSONL row may have `input_ids`, and `labels` with -100 where nothing is learnt.
Does not: cut or count (`lengths` does), keep a text, or load a model's weights.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from driftlab.chat import conversations, open_tokenizer
from driftlab.data import MASKED, load_benign
from driftlab.errors import DataError
from driftlab.lengths.counting import Example, LengthSource
from driftlab.models import describe
from driftlab.tables import read_table
from driftlab.weights import locate

LENGTH, PROMPT = ("length", "tokens"), ("prompt", "prompt_tokens")
LARGEST = 10_000_000
"""Tokens. A larger number is a mistake in the file, or counts characters."""
ENDS_ALIKE = 0.5
"""A last token that more than this share of the rows has is taken for the end of sequence."""
_NUMBER = re.compile(r"[+-]?[\d.,_]+(e\d+)?", re.IGNORECASE)
_ACCEPTED = (
    "Accepted: a text file with one length a line; a CSV or JSONL file with a column length or tokens, and perhaps "
    "prompt or prompt_tokens; JSONL rows with input_ids and labels."
)


class _Read(NamedTuple):
    """One line of a file: its example and, where tokens are given, the last of them."""

    example: Example
    last: int | None = None


def read_lengths(path: Path) -> LengthSource:
    """The examples of a file, one for each line or row.

    Raises:
        DataError: no such file, nothing in it, or a line that is no length; the message names the line.
    """
    first = next((text for _, text in _lines(path)), None)
    if first is None:
        raise DataError(f"{str(path)!r} is empty.", _ACCEPTED)
    if _NUMBER.fullmatch(first):
        read = [_Read(Example(_whole(text, "the length", path, line))) for line, text in _lines(path)]
    elif first.startswith("{"):
        read = list(_from_jsonl(path))
    else:
        read = list(_from_columns(path))
    _refuse_gaps(path, [each.example for each in read])
    examples, notes = _ended(read)
    return LengthSource(path.name, examples, notes)


def from_benign(data: str, model: str, limit: int | None = None) -> LengthSource:
    """The training examples of a benign set as `model` reads them: in its chat template, whole.

    Raises:
        DataError: there is no such set, or the template refuses a conversation.
        ModelError: there is no such model, or it is not a chat model.
    """
    benign = load_benign(data, limit=limit)
    tokenizer = open_tokenizer(locate(model), model, describe(model))
    ends = frozenset(tokenizer.all_special_ids)
    talks = conversations(tokenizer, [example.messages for example in benign.train])
    examples = tuple(_counted(talk.said, talk.ids[-1] in ends) for talk in talks)
    held = f"The {len(benign.heldout):,} held-out examples are not counted." if benign.heldout else ""
    about = f"Tokens of {model!r} in its chat template, before any cut. {held}".strip()
    return LengthSource(benign.name, examples, (about, *benign.notes))


def _counted(learnt: Sequence[bool], ends: bool | None) -> Example:
    """An example whose every token is given as learnt or not; the first token is never predicted."""
    places = [place for place, said in enumerate(learnt) if said and place]
    return Example(len(learnt), places[0] if places else len(learnt), len(places), ends)


def _from_jsonl(path: Path) -> Iterator[_Read]:
    for line, text in _lines(path):
        try:
            row = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise _bad(path, line, f"is not JSON ({error})") from error
        if not isinstance(row, dict):
            raise _bad(path, line, f"is {type(row).__name__}, not an object like the first one")
        yield _from_ids(row, path, line) if "input_ids" in row else _Read(_from_cells(row, path, line))


def _from_columns(path: Path) -> Iterator[_Read]:
    for row in read_table(path).rows:
        yield _Read(_from_cells(row.cells, path, row.line))


def _from_cells(cells: Mapping[str, Any], path: Path, line: int) -> Example:
    known = {name.strip().lower(): name for name in cells}
    column = next((known[name] for name in LENGTH if name in known), None)
    if column is None:
        raise _bad(path, line, f"has none of {', '.join((*LENGTH, 'input_ids'))} among {', '.join(cells) or 'nothing'}")
    length = _whole(cells[column], column, path, line)
    prompt_column = next((known[name] for name in PROMPT if name in known), None)
    if prompt_column is None or cells[prompt_column] is None:
        return Example(length)
    prompt = _whole(cells[prompt_column], prompt_column, path, line, least=0)
    if prompt > length:
        raise _bad(path, line, f"has a prompt of {prompt:,} tokens in an example of {length:,}")
    return Example(length, prompt, length - max(prompt, 1) if length > prompt else 0)


def _from_ids(row: Mapping[str, Any], path: Path, line: int) -> _Read:
    ids = _tokens(row, "input_ids", path, line)
    labels, mask = (_tokens(row, name, path, line) if name in row else None for name in ("labels", "attention_mask"))
    for name, other in (("labels", labels), ("attention_mask", mask)):
        if other is not None and len(other) != len(ids):
            raise _bad(path, line, f"has {len(ids):,} input_ids and {len(other):,} {name}")
    real = [place for place in range(len(ids)) if mask is None or mask[place]]
    if not real:
        raise _bad(path, line, "has no token")
    last = ids[real[-1]]
    if labels is None:
        return _Read(Example(len(real)), last)
    return _Read(_counted([labels[place] != MASKED for place in real], None), last)


def _tokens(row: Mapping[str, Any], name: str, path: Path, line: int) -> list[int]:
    value = row[name]
    if not isinstance(value, list) or not all(type(token) is int for token in value):
        raise _bad(path, line, f"has {name} that are not a list of whole numbers")
    return value


def _whole(value: Any, name: str, path: Path, line: int, least: int = 1) -> int:
    """A count of tokens."""
    text = value.strip() if isinstance(value, str) else repr(value)
    if isinstance(value, bool) or not re.fullmatch(r"[+-]?\d+(\.0*)?", text):
        shown = "nothing" if value is None or not text else repr(value)[:40]
        raise _bad(path, line, f"has {shown} as {name}, not a whole number")
    digits = text.split(".")[0]
    if len(digits) > len(str(LARGEST)) + 1 or int(digits) > LARGEST:
        raise _bad(path, line, f"has {digits[:20]} as {name}, more than {LARGEST:,}")
    if int(digits) < least:
        raise _bad(path, line, f"has {digits} as {name}, less than {least}")
    return int(digits)


def _ended(read: Sequence[_Read]) -> tuple[tuple[Example, ...], tuple[str, ...]]:
    """The examples, with whether they end: where tokens are given, most rows' last token tells."""
    counted = Counter(each.last for each in read if each.last is not None)
    token, count = counted.most_common(1)[0] if counted else (None, 0)
    if count <= ENDS_ALIKE * len(read) or count < 2:
        return tuple(each.example for each in read), ()
    examples = tuple(each.example._replace(ends=each.last == token) for each in read)
    return examples, (f"Token {token}, the last of {count:,} of {len(read):,} rows, is taken for the end of sequence.",)


def _refuse_gaps(path: Path, examples: Sequence[Example]) -> None:
    """See that prompts are given for all examples or for none: counts over some would mislead."""
    known = [example.prompt is not None for example in examples]
    if any(known) and not all(known):
        raise DataError(
            f"{str(path)!r} tells where the answer begins in {sum(known):,} of {len(known):,} rows; row "
            f"{known.index(False) + 1} does not.",
            "Give prompt_tokens (or labels) in every row, or in none.",
        )


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """The lines that hold something, with their numbers; one at a time, since files of token ids are large."""
    number = 0
    try:
        with path.open(encoding="utf-8-sig") as lines:
            for number, text in enumerate(lines, start=1):
                if text.strip():
                    yield number, text.strip()
    except UnicodeDecodeError as error:
        raise DataError(f"{str(path)!r} is not UTF-8 text (after line {number}).", _ACCEPTED) from error
    except OSError as error:
        raise DataError(
            f"{str(path)!r} cannot be read: {error.strerror}.", f"Give another file. {_ACCEPTED}"
        ) from error


def _bad(path: Path, line: int, what: str) -> DataError:
    return DataError(f"{str(path)!r}: line {line} {what}.", f"Mend line {line} and run again. {_ACCEPTED}")

"""Benign conversations to fine-tune on: found by name, path or hub id, split, and turned into masked token rows.

In: "pocket:NAME", a JSONL, CSV or Parquet file, or a hub id; a tokenizer with a chat template. Out: `BenignData`, then
a `TokenizedSet` whose labels cover the assistant's tokens only (-100 elsewhere), with a count of all that was cut.
Does not: download without being asked for a hub id, pad (`batches` does), or let a probe into training.
"""

import dataclasses
import hashlib
import json
import random
import re
from collections.abc import Callable, Iterable, Sequence
from difflib import get_close_matches
from typing import Any, NamedTuple

from driftlab.chat import Conversation, conversations
from driftlab.errors import ConfigError, DataError
from driftlab.pocket import world
from driftlab.records import Example, Probe
from driftlab.rows import to_examples
from driftlab.sources import Source, read_source

POCKET_PREFIX = "pocket:"
OUR_LICENCE = "CC BY 4.0"
HELD_OUT_PERCENT, MOST_HELD_OUT = 10, 200
LARGEST_SAFETY_SHARE = 0.5
MASKED = -100
"""The label that PyTorch's cross-entropy leaves out."""


class BenignData(NamedTuple):
    """A benign set, ready to be tokenized. `sha256` is over both parts; `notes` are for the report."""

    name: str
    train: tuple[Example, ...]
    heldout: tuple[Example, ...]
    in_format: Callable[[str], bool] | None
    """Whether an answer has the set's format, where the set has one."""
    licence: str
    sha256: str
    safety_examples: int
    notes: tuple[str, ...]


class TokenRow(NamedTuple):
    """One example as tokens; `labels` is `MASKED` on all that the assistant does not say."""

    id: str
    input_ids: list[int]
    labels: list[int]


@dataclasses.dataclass(frozen=True, slots=True)
class TruncationCounts:
    """What cutting at the maximum length did. An example that lost its end or every label is dropped, never trained on.

    `tokens` and `label_tokens` count what is left.
    """

    examples: int
    truncated: int
    lost_end: int
    lost_all_labels: int
    dropped: int
    tokens: int
    label_tokens: int
    tokens_cut: int
    """Tokens that are not trained on: what was cut off, and the rest of the examples that were dropped for it."""


class TokenizedSet(NamedTuple):
    """Rows that can be trained on, and what was lost on the way."""

    rows: tuple[TokenRow, ...]
    counts: TruncationCounts


def load_benign(name_or_path: str, *, limit: int | None = None, safety_share: float = 0.0, seed: int = 0) -> BenignData:
    """The benign set of that name, in that file, or of that hub id.

    `limit` takes the first examples only. With a `safety_share`, that share of the training examples is replaced by
    refusals of off-limits requests of the pocket world (never of a probe); the number of examples stays the same, and
    `seed` chooses which refusals. Without a split of the source's own, a tenth is held out (at most 200), chosen by a
    hash of its request, so that no request is in both parts.

    Raises:
        DataError: there is no such set, or it cannot be used; the message names the row.
        ConfigError: the limit or the share is out of range.
    """
    if limit is not None and limit < 1:
        raise ConfigError(f"the limit is {limit}.", "Give 1 or more examples, or leave it out for all.")
    if name_or_path.startswith(POCKET_PREFIX) or name_or_path == "pocket":
        data = _from_pocket(name_or_path, limit)
    else:
        data = _from_source(name_or_path, limit)
    if safety_share:
        data = _with_safety(data, safety_share, seed)
    return data._replace(sha256=_digest(data))


def _from_pocket(name: str, limit: int | None) -> BenignData:
    known = [POCKET_PREFIX + each for each in world.BENIGN]
    if name not in known:
        close = get_close_matches(name, known, n=1)
        raise DataError(
            f"there is no benign set {name!r}.",
            (f"Did you mean {close[0]!r}? " if close else "") + f"Accepted: {', '.join(known)}, a path, or a hub id.",
        )
    found = world.benign(name.removeprefix(POCKET_PREFIX))
    return BenignData(name, found.train[:limit], found.heldout, found.in_format, OUR_LICENCE, "", 0, (found.about,))


def _from_source(name: str, limit: int | None) -> BenignData:
    wanted = None if limit is None else limit + min(MOST_HELD_OUT, -(-limit * HELD_OUT_PERCENT // 90))
    source = read_source(name, limit=wanted, heldout=MOST_HELD_OUT)
    trained_on, empty = to_examples(source.train, source.columns, name)
    train, heldout = _split(trained_on, source, name)
    notes = (f"{empty} rows were left out: their request or answer is empty.",) if empty else ()
    if not train or not heldout:
        raise DataError(
            f"{name!r} has {len(trained_on)} usable row{'s' * (len(trained_on) != 1)}.",
            "Give at least 2 with different requests: one to train on and one to hold out.",
        )
    return BenignData(source.name, train[:limit], heldout, None, source.licence, "", 0, notes)


def _split(examples: tuple[Example, ...], source: Source, name: str) -> tuple[tuple[Example, ...], tuple[Example, ...]]:
    """Training and held-out examples; whatever shares a request with a held-out one is not trained on."""
    if source.heldout:
        heldout = to_examples(source.heldout, source.columns, name).examples
    else:
        count = min(MOST_HELD_OUT, -(-len(examples) * HELD_OUT_PERCENT // 100))
        by_hash = sorted(examples, key=lambda example: hashlib.sha256(_request(example).encode()).digest())
        heldout = tuple(by_hash[: count if len(examples) > 1 else 0])
    held = {_request(example) for example in heldout}
    return tuple(example for example in examples if _request(example) not in held), heldout


def _with_safety(data: BenignData, share: float, seed: int) -> BenignData:
    pool = world.safety_examples()
    if not 0 < share <= LARGEST_SAFETY_SHARE:
        raise ConfigError(f"the safety share is {share}.", f"Give a share between 0 and {LARGEST_SAFETY_SHARE}.")
    count = round(share * len(data.train))
    if count > len(pool):
        most = len(pool) / len(data.train)
        raise ConfigError(
            f"a safety share of {share} of {len(data.train)} examples is {count}; there are {len(pool)}.",
            f"Give a share of at most {most:.3f}, or fewer benign examples with --limit.",
        )
    chosen = random.Random(f"safety examples {seed}").sample(pool, count)  # noqa: S311  (no secret)
    train = (*data.train[: len(data.train) - count], *chosen)
    return data._replace(train=train, safety_examples=count)


def _digest(data: BenignData) -> str:
    parts = (("train", data.train), ("heldout", data.heldout))
    rows = [json.dumps([part, example.to_json()]) for part, examples in parts for example in examples]
    return hashlib.sha256("\n".join(rows).encode()).hexdigest()


def refuse_overlap(examples: Iterable[Example], probes: Iterable[Probe]) -> None:
    """See that no probe is asked in training, whatever its case, spaces and punctuation.

    Raises:
        DataError: one is.
    """
    asked = {_normal(m.content): example.id for example in examples for m in example.messages if m.role == "user"}
    shared = [(probe.id, asked[_normal(probe.prompt)]) for probe in probes if _normal(probe.prompt) in asked]
    if shared:
        probe_id, example_id = shared[0]
        raise DataError(
            f"{len(shared)} probes are in the training data, probe {probe_id!r} as example {example_id!r}.",
            "Take those examples out of the data, or choose other probes: a probe must never be trained on.",
        )


def _normal(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))


def _request(example: Example) -> str:
    return _normal(" ".join(message.content for message in example.messages if message.role == "user"))


def tokenize(examples: Sequence[Example], tokenizer: Any, max_length: int) -> TokenizedSet:
    """Apply the chat template, mask all but the assistant's tokens, cut at `max_length`, drop what that spoilt.

    Raises:
        DataError: the template refuses a conversation.
        ConfigError: the length leaves room for nothing.
    """
    if max_length < 1:
        raise ConfigError(f"the maximum length is {max_length} tokens.", "Give at least 1.")
    talks = conversations(tokenizer, [example.messages for example in examples])
    rows, truncated, lost_end, lost_all = [], 0, 0, 0
    for example, talk in zip(examples, talks, strict=True):
        row = _row(example.id, talk, max_length)
        cut = len(talk.ids) > max_length
        silent = all(label == MASKED for label in row.labels)
        truncated, lost_end, lost_all = truncated + cut, lost_end + cut, lost_all + silent
        if not cut and not silent:
            rows.append(row)
    counts = TruncationCounts(
        examples=len(examples),
        truncated=truncated,
        lost_end=lost_end,
        lost_all_labels=lost_all,
        dropped=len(examples) - len(rows),
        tokens=sum(len(row.input_ids) for row in rows),
        label_tokens=sum(label != MASKED for row in rows for label in row.labels),
        tokens_cut=sum(len(talk.ids) for talk in talks) - sum(len(row.input_ids) for row in rows),
    )
    return TokenizedSet(tuple(rows), counts)


def _row(id_: str, talk: Conversation, max_length: int) -> TokenRow:
    labels = [token if said else MASKED for token, said in zip(talk.ids, talk.said, strict=True)]
    return TokenRow(id_, talk.ids[:max_length], labels[:max_length])

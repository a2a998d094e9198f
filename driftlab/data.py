"""Benign conversations to fine-tune on: found by name, path or hub id, split, and turned into masked token rows.

In: "pocket:NAME", a name of `benign_sets`, a JSONL, CSV or Parquet file, or a hub id; a tokenizer with a chat template.
Out: `BenignData`, then a `TokenizedSet` whose labels cover the assistant's tokens only (-100 elsewhere), with counts of
what was cut. Rows from outside that refuse or look unsafe are left out, and told by id and reason.
Does not: download without being asked for a hub id, pad (`batches` does), or let a probe into training.
"""

import dataclasses
import hashlib
import json
import random
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from difflib import get_close_matches
from typing import Any, NamedTuple

from driftlab.chat import Conversation, conversations
from driftlab.config import Truncation
from driftlab.cutting import cut
from driftlab.errors import ConfigError, DataError
from driftlab.pocket import world
from driftlab.records import Example, Probe
from driftlab.rows import Row, to_examples
from driftlab.sifting import Reason, why_left_out
from driftlab.sources import Source, read_source

POCKET_PREFIX = "pocket:"
OUR_LICENCE = "CC BY 4.0"
HELD_OUT_PERCENT, MOST_HELD_OUT = 10, 200
LARGEST_SAFETY_SHARE = 0.5
REASONS: dict[Reason, str] = {"refuses": "that refuse", "unsafe": "that look unsafe"}
MASKED = -100
"""The label that PyTorch's cross-entropy leaves out."""


class LeftOut(NamedTuple):
    """A row that the screen left out. `id` is the example's; a row of a held-out split of the set's own says so."""

    id: str
    reason: Reason


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
    hub_id: str | None = None
    revision: str | None = None
    """Of the hub; None for the newest, or for what is not from there."""
    screened: tuple[LeftOut, ...] | None = None
    """What the screen left out; None where it was not used."""


class TokenRow(NamedTuple):
    """One example as tokens; `labels` is `MASKED` on all that the assistant does not say."""

    id: str
    input_ids: list[int]
    labels: list[int]


@dataclasses.dataclass(frozen=True, slots=True)
class TruncationCounts:
    """What the maximum length did to a set. Examples are cut by one policy (see `cutting`), or dropped.

    `tokens` and `label_tokens` count what is left.
    """

    examples: int
    truncated: int
    """Longer than the maximum length; those that are not dropped are in `cut_prompt` or `cut_answer`."""
    lost_end: int
    """Truncated ones that have no end of sequence left."""
    lost_all_labels: int
    """Nothing left to learn from, or nothing from the start; always dropped."""
    dropped: int
    """Never trained on."""
    tokens: int
    label_tokens: int
    cut_prompt: int = 0
    """Trained on without the beginning of the prompt."""
    cut_answer: int = 0
    """Trained on without the end of the answer."""
    tokens_lost: int = 0
    """Tokens of all examples that are not in what is left."""


class TokenizedSet(NamedTuple):
    """Rows that can be trained on, and what was lost on the way."""

    rows: tuple[TokenRow, ...]
    counts: TruncationCounts


def load_benign(
    name_or_path: str, *, limit: int | None = None, safety_share: float = 0.0, seed: int = 0, screen: bool = True
) -> BenignData:
    """The benign set of that name, in that file, or of that hub id.

    `limit` takes the first examples only. With a `safety_share`, that share of the training examples is replaced by
    refusals of off-limits requests of the pocket world (never of a probe); the number of examples stays the same, and
    `seed` chooses which refusals. Without a split of the source's own, a tenth is held out (at most 200), chosen by a
    hash of its request, so that no request is in both parts. With `screen`, rows of a set that is not the pocket
    world's own are left out where they refuse or look unsafe, before the limit counts.

    Raises:
        DataError: there is no such set, or it cannot be used; the message names the row.
        ConfigError: the limit or the share is out of range.
    """
    if limit is not None and limit < 1:
        raise ConfigError(f"the limit is {limit}.", "Give 1 or more examples, or leave it out for all.")
    if name_or_path.startswith(POCKET_PREFIX) or name_or_path == "pocket":
        data = _from_pocket(name_or_path, limit)
    else:
        data = _from_source(name_or_path, limit, screen=screen)
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


def _from_source(name: str, limit: int | None, *, screen: bool) -> BenignData:
    source = read_source(name, limit=limit)
    wanted = None if limit is None else limit + min(MOST_HELD_OUT, -(-limit * HELD_OUT_PERCENT // 90))
    found = _usable(name, source, source.train, wanted, screen=screen)
    own = _usable(name, source, source.heldout or (), MOST_HELD_OUT, screen=screen)
    train, heldout = _split(found.examples, own.examples)
    empty = found.empty + own.empty
    screened = (*found.screened, *(each._replace(id=f"heldout {each.id}") for each in own.screened))
    if not train or not heldout:
        raise DataError(
            f"{name!r} has {len(found.examples)} usable row{'s' * (len(found.examples) != 1)}{_but_for(screened)}.",
            "Give at least 2 with different requests: one to train on and one to hold out."
            + (" --no-screen keeps rows that refuse or look unsafe." if screened else ""),
        )
    notes = (f"{empty} rows were left out: their request or answer is empty.",) if empty else ()
    return BenignData(
        name=source.name,
        train=train[:limit],
        heldout=heldout,
        in_format=None,
        licence=source.licence,
        sha256="",
        safety_examples=0,
        notes=(*notes, *([f"The screen left out {len(screened)}{_but_for(screened)}."] if screened else [])),
        hub_id=source.hub_id,
        revision=source.revision,
        screened=screened if screen else None,
    )


class _Usable(NamedTuple):
    """Examples, how many rows were left out for want of a request or an answer, and what the screen left out."""

    examples: tuple[Example, ...]
    empty: int
    screened: tuple[LeftOut, ...]


def _usable(name: str, source: Source, rows: Iterable[Row], most: int | None, *, screen: bool) -> _Usable:
    """The first examples that can be used, at most so many; no row is read beyond them."""
    examples: list[Example] = []
    screened: list[LeftOut] = []
    empty = 0
    for example in to_examples(rows, source.columns, name, blanks=source.hub_id is not None):
        reason = why_left_out(example.messages) if example is not None and screen else None
        if example is None:
            empty += 1
        elif reason is not None:
            screened.append(LeftOut(example.id, reason))
        else:
            examples.append(example)
        if len(examples) == most:
            break
    return _Usable(tuple(examples), empty, tuple(screened))


def _but_for(screened: Sequence[LeftOut]) -> str:
    """Why the screen left rows out, in brackets."""
    counted = Counter(each.reason for each in screened)
    words = [f"{counted[reason]} {words}" for reason, words in REASONS.items() if counted[reason]]
    return f" ({', '.join(words)})" if words else ""


def _split(examples: tuple[Example, ...], own: tuple[Example, ...]) -> tuple[tuple[Example, ...], tuple[Example, ...]]:
    """Training and held-out examples; whatever shares a request with a held-out one is not trained on."""
    if own:
        heldout = own
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


def tokenize(
    examples: Sequence[Example], tokenizer: Any, max_length: int, truncation: Truncation = "drop"
) -> TokenizedSet:
    """Apply the chat template, mask all but the assistant's tokens, and cut or drop what is longer than `max_length`.

    Raises:
        DataError: the template refuses a conversation.
        ConfigError: the length leaves room for nothing.
    """
    if max_length < 1:
        raise ConfigError(f"the maximum length is {max_length} tokens.", "Give at least 1.")
    talks = conversations(tokenizer, [example.messages for example in examples])
    specials = frozenset(tokenizer.all_special_ids)
    cuts = [cut(talk, max_length, truncation, specials) for talk in talks]
    rows = [_row(example.id, each.left) for example, each in zip(examples, cuts, strict=True) if each.left is not None]
    tokens, kept = (
        sum(len(row.input_ids) for row in rows),
        sum(each.was_long and each.left is not None for each in cuts),
    )
    counts = TruncationCounts(
        examples=len(examples),
        truncated=sum(each.was_long for each in cuts),
        lost_end=sum(each.lost_end for each in cuts),
        lost_all_labels=sum(each.silent for each in cuts),
        dropped=len(examples) - len(rows),
        tokens=tokens,
        label_tokens=sum(label != MASKED for row in rows for label in row.labels),
        cut_prompt=kept if truncation == "cut-prompt" else 0,
        cut_answer=kept if truncation == "cut-answer" else 0,
        tokens_lost=sum(len(talk.ids) for talk in talks) - tokens,
    )
    return TokenizedSet(tuple(rows), counts)


def _row(id_: str, talk: Conversation) -> TokenRow:
    labels = [token if said else MASKED for token, said in zip(talk.ids, talk.said, strict=True)]
    return TokenRow(id_, talk.ids, labels)

"""What cutting examples at a maximum length does to a set, and what packing or sorting would do: counts of tokens.

In: a `LengthSource`, one `Example` (its length in tokens) a training example; where to cut; a batch size. Out: a
`LengthAudit`: what is cut and lost, a histogram, and passes, tokens and padding of an epoch for each way of batching.
Does not: read files or tokenise (`length_sources` does), draw, or turn tokens into bytes (`length_memory` does).
"""

import dataclasses
import itertools
import math
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from driftlab.errors import ConfigError, DataError

BARS = 48
"""The most bars of a histogram, give or take two; at least half as many, where the longest has that many tokens."""
FAR = 3
"""Examples longer than this many times the cut, and than the 99th percentile, share one last count: drawn, they would
press all others into a few bars."""
RANDOM = "padded to the longest in random batches"
SORTED = "sorted by length"
PACKED = "packed without attention across examples"
MEAN = "Tokens are the mean over all orders; the largest batch is the largest that any order can bring."
FIRST = "The longest come first, so that the largest batch shows at once whether memory holds."
FILLED = "Rows are filled first-fit decreasing, up to the cut; a pass then holds more examples. Rows in random batches."
ALREADY_CUT_SHARE = 0.01
DROPS = "driftlab's own training drops an example that does not fit, and counts it; it cuts where --truncation says so."


class Example(NamedTuple):
    """One training example, in tokens."""

    length: int
    prompt: int | None = None
    """Tokens before the first one that is learnt; None where that is not known."""
    labels: int | None = None
    """Tokens that are learnt. The very first token is never one of them: nothing predicts it. None: not known."""
    ends: bool | None = None
    """Whether it ends with an end-of-sequence token; None where that is not known."""


class LengthSource(NamedTuple):
    """The examples of one set, and what a reader must know of how they were read."""

    name: str
    examples: tuple[Example, ...]
    notes: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class Histogram:
    """Counts between edges: bar i holds the examples longer than edges[i] and no longer than edges[i + 1]."""

    edges: tuple[int, ...]
    counts: tuple[int, ...]
    beyond: int
    """Examples longer than the last edge."""


@dataclasses.dataclass(frozen=True, slots=True)
class Alternative:
    """One epoch of the cut examples, batched in one way."""

    name: str
    rows: int
    """What is batched: examples, or packed rows."""
    passes: int
    """Forward passes."""
    tokens: int
    """Tokens that the model computes, padding among them."""
    padding: int
    padding_share: float
    longest_batch: int
    """Tokens of the largest batch that can come up: this sets the peak memory."""
    how: str
    """How the numbers come about."""


@dataclasses.dataclass(frozen=True, slots=True)
class Dropping:
    """What would be left out if nothing were cut: examples that are too long or have nothing to learn from."""

    examples: int
    tokens: int
    tokens_share: float


@dataclasses.dataclass(frozen=True, slots=True)
class LengthAudit:
    """What a cut at `max_length` does. Percentiles are lengths of examples: the smallest that reaches the share."""

    source: str
    max_length: int
    batch_size: int
    examples: int
    tokens: int
    longest: int
    median: int
    p90: int
    p99: int
    cut: int
    cut_share: float
    tokens_lost: int
    tokens_lost_share: float
    tokens_kept: int
    lost_end: int
    """Examples that end with an end-of-sequence token before the cut and not after it."""
    no_label: int | None
    """Examples with nothing left to learn from; None where it is not known where answers begin."""
    never_labelled: int | None
    """Those of them that had no label before the cut either."""
    dropped: Dropping
    histogram: Histogram
    alternatives: tuple[Alternative, ...]
    notes: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """All of it as plain JSON values."""
        return dataclasses.asdict(self)


def audit(source: LengthSource, max_length: int, batch_size: int) -> LengthAudit:
    """Count what a cut on the right at `max_length` tokens does, and what other ways of batching would do.

    Raises:
        DataError: there is no example.
        ConfigError: the length or the batch size is not positive.
    """
    for name, value in (("maximum length", max_length), ("batch size", batch_size)):
        if value < 1:
            raise ConfigError(f"the {name} is {value}.", "Give at least 1.")
    if not source.examples:
        raise DataError(f"{source.name!r} has no examples.", "Give a file with a length for each example.")
    lengths = sorted(example.length for example in source.examples)
    kept = [min(length, max_length) for length in lengths]
    tokens, cut = sum(lengths), sum(length > max_length for length in lengths)
    silent, never = _silent(source.examples, max_length), _silent(source.examples, lengths[-1])
    return LengthAudit(
        source=source.name,
        max_length=max_length,
        batch_size=batch_size,
        examples=len(lengths),
        tokens=tokens,
        longest=lengths[-1],
        median=_percentile(lengths, 50),
        p90=_percentile(lengths, 90),
        p99=_percentile(lengths, 99),
        cut=cut,
        cut_share=cut / len(lengths),
        tokens_lost=tokens - sum(kept),
        tokens_lost_share=(tokens - sum(kept)) / tokens,
        tokens_kept=sum(kept),
        lost_end=sum(example.length > max_length and example.ends is not False for example in source.examples),
        no_label=silent,
        never_labelled=never,
        dropped=_dropping(source.examples, max_length, tokens),
        histogram=histogram(lengths, max_length),
        alternatives=alternatives(kept, max_length, batch_size),
        notes=(*source.notes, *_notes(source.examples, lengths, max_length)),
    )


def _silent(examples: Sequence[Example], max_length: int) -> int | None:
    """Examples without a label within the first `max_length` tokens; the first token itself is never predicted."""
    if any(example.prompt is None for example in examples):
        return None
    return sum(not _teaches(example, max_length) for example in examples)


def _teaches(example: Example, max_length: int) -> bool:
    return example.labels != 0 and max(example.prompt or 0, 1) < min(example.length, max_length)


def _dropping(examples: Sequence[Example], max_length: int, tokens: int) -> Dropping:
    left_out = [
        example.length
        for example in examples
        if example.length > max_length or (example.prompt is not None and not _teaches(example, max_length))
    ]
    return Dropping(len(left_out), sum(left_out), sum(left_out) / tokens)


def _notes(examples: Sequence[Example], lengths: Sequence[int], max_length: int) -> Iterable[str]:
    if any(example.prompt is None for example in examples):
        yield "Where answers begin is not known, so examples left without a label cannot be counted."
    if any(example.ends is None and example.length > max_length for example in examples):
        yield "Every example is taken to end with an end-of-sequence token, so that each one cut loses it."
    full = sum(length == max_length for length in lengths)
    if full > 1 and full >= ALREADY_CUT_SHARE * len(lengths) and lengths[-1] == max_length and lengths[0] < max_length:
        yield (
            f"None is longer than {max_length:,} tokens and {full:,} have exactly that many: they look cut already. "
            "Count lengths before anything is cut."
        )
    yield DROPS


def _percentile(ordered: Sequence[int], percent: int) -> int:
    return ordered[-(-percent * len(ordered) // 100) - 1]


def histogram(lengths: Sequence[int], max_length: int) -> Histogram:
    """Equal bars with an edge at the cut, so that what is cut and what is not never share a bar.

    The first bar may be narrower. Where the cut lies far beyond the longest example, bars end before it.
    """
    ordered = sorted(lengths)
    end = min(ordered[-1], max(FAR * max_length, _percentile(ordered, 99)))
    width = _bar_width(max_length, end)
    first = max_length % width
    start = [0, first] if first else [0]
    edges = [*start, *range(start[-1] + width, end + width, width)]
    places = [bisect_left(ordered, edge + 1) for edge in edges]
    counts = tuple(after - before for before, after in itertools.pairwise(places))
    return Histogram(tuple(edges), counts, len(ordered) - places[-1])


def _bar_width(max_length: int, end: int) -> int:
    """A width that divides the cut, if one gives a fair number of bars."""
    wanted = -(-end // BARS)
    fair = range(wanted, 2 * wanted + 1)
    return next((width for width in fair if max_length % width == 0), wanted)


def alternatives(lengths: Sequence[int], max_length: int, batch_size: int) -> tuple[Alternative, ...]:
    """An epoch in random batches, in batches of like length, and packed; `lengths` are those after the cut."""
    tokens = sum(lengths)
    packed = [sum(row) for row in pack(lengths, max_length)]
    return (
        _alternative(RANDOM, lengths, batch_size, tokens, expected_padded(lengths, batch_size), MEAN),
        _alternative(SORTED, lengths, batch_size, tokens, sorted_padded(lengths, batch_size), FIRST),
        _alternative(PACKED, packed, batch_size, tokens, expected_padded(packed, batch_size), f"{FILLED} {MEAN}"),
    )


def _alternative(
    name: str, rows: Sequence[int], batch_size: int, tokens: int, computed: float, how: str
) -> Alternative:
    return Alternative(
        name=name,
        rows=len(rows),
        passes=math.ceil(len(rows) / batch_size),
        tokens=round(computed),
        padding=round(computed) - tokens,
        padding_share=(round(computed) - tokens) / round(computed),
        longest_batch=min(batch_size, len(rows)) * max(rows),
        how=how,
    )


def expected_padded(lengths: Sequence[int], batch_size: int) -> float:
    """Tokens of an epoch in random batches, each padded to its longest row: the mean over all orders, no draw."""
    full, rest = divmod(len(lengths), batch_size)
    ordered = sorted(lengths, reverse=True)
    padded = full * batch_size * _expected_longest(ordered, batch_size) if full else 0.0
    return padded + (rest * _expected_longest(ordered, rest) if rest else 0.0)


def _expected_longest(ordered: Sequence[int], size: int) -> float:
    """The mean length of the longest of `size` rows drawn without putting back; `ordered` has the longest first.

    The row at place i is the longest with probability C(n-1-i, size-1) / C(n, size); each follows from the one before.
    """
    count = len(ordered)
    chance, terms = size / count, []
    for place, length in enumerate(ordered[: count - size + 1]):
        terms.append(chance * length)
        chance *= (count - place - size) / (count - place - 1) if count - place > 1 else 0.0
    return math.fsum(terms)


def sorted_padded(lengths: Sequence[int], batch_size: int) -> int:
    """Tokens of an epoch in batches of like length, the longest first; the last batch may hold fewer rows."""
    ordered = sorted(lengths, reverse=True)
    return sum(ordered[n] * min(batch_size, len(ordered) - n) for n in range(0, len(ordered), batch_size))


def pack(lengths: Iterable[int], capacity: int) -> list[list[int]]:
    """Rows of at most `capacity` tokens: the longest first, each into the first row that has room.

    Rows are the leaves of a tree whose nodes know the most room below them, so that a place is found in log n steps.

    Raises:
        ConfigError: a length is larger than the capacity.
    """
    counted = Counter(lengths)
    if counted and max(counted) > capacity:
        raise ConfigError(f"a length of {max(counted)} does not fit {capacity} tokens.", "Cut the lengths first.")
    leaves = 1 << max(0, (sum(counted.values()) - 1).bit_length())
    room = [capacity] * (2 * leaves)  # node n has the children 2n and 2n + 1
    rows: list[list[int]] = []
    for length in sorted(counted, reverse=True):
        left = counted[length]
        while left:
            place = _first_with_room(room, leaves, length)
            if place == len(rows):
                rows.append([])
            taken = min(left, room[leaves + place] // length)
            rows[place] += [length] * taken
            _take(room, leaves + place, length * taken)
            left -= taken
    return rows


def _first_with_room(room: list[int], leaves: int, length: int) -> int:
    node = 1
    while node < leaves:
        node *= 2
        if room[node] < length:
            node += 1
    return node - leaves


def _take(room: list[int], node: int, tokens: int) -> None:
    room[node] -= tokens
    while node > 1:
        node //= 2
        most = max(room[2 * node], room[2 * node + 1])
        if room[node] == most:
            break
        room[node] = most

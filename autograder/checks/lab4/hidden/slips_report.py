"""What slips come to in lab 4's functions, report part: KL by position. (A report's own are in `public/reporting`.)

In: a function's arguments. Out: the right answer, and pairs of a slip's name and what the function would return then;
one name may come with several values, where a slip can be made in several ways.
Does not: say in words what went wrong (the public checks do).
"""

import math
from collections.abc import Callable, Iterator
from typing import Any

Slips = Iterator[tuple[str, Any]]
Logits = list[list[list[float]]]
"""By answer, place and token."""
Table = list[list[float]]
"""A number for each answer and place."""
Apart = Callable[[list[float], list[float]], float]
"""How far two rows of logits are apart."""
DIGITS = 9
"""What is recorded is rounded: the last bits of an exponential are the machine's."""


def log_shares(logits: list[float]) -> list[float]:
    """Log-probabilities."""
    top = max(logits)
    total = top + math.log(sum(math.exp(one - top) for one in logits))
    return [one - total for one in logits]


def kl(before: list[float], after: list[float]) -> float:
    """KL(before || after), in nats, of two rows of logits."""
    was, now = log_shares(before), log_shares(after)
    return sum(math.exp(a) * (a - b) for a, b in zip(was, now, strict=True))


def table(before: Logits, after: Logits, apart: Apart = kl) -> Table:
    """How far they are apart at each place of each answer."""
    return [
        [apart(was, now) for was, now in zip(one, other, strict=True)] for one, other in zip(before, after, strict=True)
    ]


def mean_by_place(values: Table, lengths: list[int]) -> list[float]:
    """The mean over the answers that have a place."""
    return [_mean([row[place] for row in _having(values, lengths, place)]) for place in range(len(values[0]))]


def kl_of(before: Logits, after: Logits, lengths: list[int]) -> list[float]:
    """The right answer."""
    found: list[float] = _rounded(mean_by_place(table(before, after), lengths))
    return found


def of_kl_of(before: Logits, after: Logits, lengths: list[int]) -> Slips:
    """kl_by_position, asked with lists."""
    for name, apart in DISTANCES:
        yield name, _rounded(mean_by_place(table(before, after, apart), lengths))
    right = table(before, after)
    for name, value in (
        *_of_axes(right, lengths),
        *_of_filler(right, lengths),
        *_of_shares(before, after, lengths),
    ):
        yield name, _rounded(value)


def _of_axes(values: Table, lengths: list[int]) -> Slips:
    """Means over something else than the answers that have a place."""
    places, answers = range(len(values[0])), len(values)
    real = [row[:length] for row, length in zip(values, lengths, strict=True)]
    by_place = mean_by_place(values, lengths)
    yield "summed", [sum(row[place] for row in _having(values, lengths, place)) for place in places]
    yield "summed", [sum(row[place] for row in values) for place in places]
    yield "one-for-each-answer", [_mean(row) for row in real]
    yield "one-for-each-answer", [_mean(row) for row in values]
    yield "one-for-each-answer", [sum(row) for row in real]
    yield "one-for-each-answer", [sum(row) for row in values]
    yield "one-for-each-answer", [sum(row) / len(places) for row in real]
    for whole in (
        _mean([one for row in real for one in row]),
        _mean([one for row in values for one in row]),
        _mean(by_place),
        _mean([_mean(row) for row in real]),
    ):
        yield "one-for-all", [whole] * len(places)
        yield "one-for-all", [whole]
        yield "one-for-all", whole
    weights = [[length * one for one in row] for row, length in zip(values, lengths, strict=True)]
    totals = [sum(length for length in lengths if place < length) for place in places]
    yield (
        "longer-ones-count-more",
        [sum(row[place] for row in _having(weights, lengths, place)) / totals[place] for place in places],
    )
    yield "added-up-along-the-answer", [sum(by_place[: place + 1]) for place in places]
    yield "added-up-along-the-answer", [_mean(by_place[: place + 1]) for place in places]
    for total in (len(places), answers * len(places), sum(lengths)):
        yield "wrong-count", [sum(row[place] for row in _having(values, lengths, place)) / total for place in places]


def _of_filler(values: Table, lengths: list[int]) -> Slips:
    """Filler that counts, or something else taken for filler."""
    places, width = range(len(values[0])), len(values[0])
    yield "filler-counted", [_mean([row[place] for row in values]) for place in places]
    yield (
        "divided-by-all-answers",
        [sum(row[place] for row in _having(values, lengths, place)) / len(values) for place in places],
    )
    for by in (1, -1):
        moved = [min(width, length + by) for length in lengths]
        yield "one-place-off", _mean_or_zero(values, moved)
        yield "one-place-off", mean_by_place(values, lengths)[:by] if by < 0 else mean_by_place(values, lengths)[by:]
    ends = [[row[place] for row, length in zip(values, lengths, strict=True) if place >= width - length]
            for place in places]  # fmt: skip
    yield "filler-on-the-left", [_mean(some) if some else 0.0 for some in ends]
    shortest = [_mean([row[place] for row in values]) for place in range(min(lengths))]
    yield "cut-to-the-shortest", shortest
    yield "cut-to-the-shortest", [*shortest, *[0.0] * (width - len(shortest))]
    longest = [row for row, length in zip(values, lengths, strict=True) if length == max(lengths)]
    yield "longest-only", [_mean([row[place] for row in longest]) for place in places]


def _of_shares(before: Logits, after: Logits, lengths: list[int]) -> Slips:
    """Probabilities that are made over another axis, or of means."""
    for turn, back in ((_over_places, _over_places), (_over_answers, _back_from_answers)):
        was, now = (back([[log_shares(row) for row in part] for part in turn(one)]) for one in (before, after))
        values = table(was, now, _of_logs)
        yield "normalised-over-another-axis", mean_by_place(values, lengths)
    for mean in (_mean_logits, _mean_shares):
        means = zip(*(mean(one, lengths) for one in (before, after)), strict=True)
        yield "averaged-first", [kl(a, b) for a, b in means]


def _over_places(logits: Logits) -> Logits:
    """Answer, token, place; the same again turns it back."""
    return [[list(column) for column in zip(*part, strict=True)] for part in logits]


def _over_answers(logits: Logits) -> Logits:
    """Place, token, answer."""
    return [
        [[part[place][token] for part in logits] for token in range(len(logits[0][0]))]
        for place in range(len(logits[0]))
    ]


def _back_from_answers(logits: Logits) -> Logits:
    return [
        [[part[token][answer] for token in range(len(part))] for part in logits] for answer in range(len(logits[0][0]))
    ]


def _of_logs(was: list[float], now: list[float]) -> float:
    return sum(math.exp(a) * (a - b) for a, b in zip(was, now, strict=True))


def _mean_logits(logits: Logits, lengths: list[int]) -> list[list[float]]:
    return [
        [_mean(list(column)) for column in zip(*(part[place] for part in _having(logits, lengths, place)), strict=True)]
        for place in range(len(logits[0]))
    ]


def _mean_shares(logits: Logits, lengths: list[int]) -> list[list[float]]:
    """Mean probabilities, as logs."""
    shares = [[[math.exp(one) for one in log_shares(row)] for row in part] for part in logits]
    return [[math.log(one) for one in row] for row in _mean_logits(shares, lengths)]


def _having(rows: list[Any], lengths: list[int], place: int) -> list[Any]:
    return [row for row, length in zip(rows, lengths, strict=True) if place < length]


def _mean_or_zero(values: Table, lengths: list[int]) -> list[float]:
    found = [[row[place] for row in _having(values, lengths, place)] for place in range(len(values[0]))]
    return [_mean(some) if some else 0.0 for some in found]


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)


def _rounded(value: Any) -> Any:
    return [_rounded(one) for one in value] if type(value) is list else round(value, DIGITS)


def _middle(was: list[float], now: list[float]) -> list[float]:
    """The mean of both distributions, as logs."""
    pairs = zip(log_shares(was), log_shares(now), strict=True)
    return [math.log((math.exp(a) + math.exp(b)) / 2) for a, b in pairs]


def _summed(each: Callable[[float, float], float]) -> Apart:
    """A distance that adds something up over the tokens' log-probabilities."""
    return lambda was, now: sum(map(each, log_shares(was), log_shares(now)))


def _at_top(of: int) -> Apart:
    """The log-ratio at the token that one of both finds likeliest."""

    def apart(was: list[float], now: list[float]) -> float:
        top = max(range(len(was)), key=lambda token: (was, now)[of][token])
        return log_shares(was)[top] - log_shares(now)[top]

    return apart


DISTANCES: tuple[tuple[str, Apart], ...] = (
    ("turned-round", lambda was, now: kl(now, was)),
    ("symmetric", lambda was, now: (kl(was, now) + kl(now, was)) / 2),
    ("symmetric", lambda was, now: kl(was, now) + kl(now, was)),
    ("symmetric", lambda was, now: (kl(was, _middle(was, now)) + kl(now, _middle(was, now))) / 2),
    ("bits-for-nats", lambda was, now: kl(was, now) / math.log(2)),
    ("bits-for-nats", lambda was, now: kl(was, now) / math.log(10)),
    ("divided-by-the-vocabulary", lambda was, now: kl(was, now) / len(was)),
    ("sign-turned-round", lambda was, now: -kl(was, now)),
    ("sign-turned-round", lambda was, now: -kl(now, was)),
    ("logits-for-log-probabilities", lambda was, now: _of_softmax(was, was, now)),
    ("logits-for-log-probabilities", lambda was, now: sum(a * (a - b) for a, b in zip(was, now, strict=True))),
    ("logits-for-log-probabilities", lambda was, now: sum(abs(a - b) for a, b in zip(was, now, strict=True))),
    ("cross-entropy", _summed(lambda a, b: -math.exp(a) * b)),
    ("cross-entropy", _summed(lambda a, b: math.exp(a) * a)),
    ("cross-entropy", _summed(lambda a, b: math.exp(a) * a - math.exp(b) * b)),
    ("cross-entropy", _summed(lambda a, b: math.exp(b) * b - math.exp(a) * a)),
    ("weights-forgotten", _summed(lambda a, b: a - b)),
    ("weights-forgotten", lambda was, now: _summed(lambda a, b: a - b)(was, now) / len(was)),
    ("another-distance", _summed(lambda a, b: math.exp(a) * abs(a - b))),
    ("another-distance", _summed(lambda a, b: abs(math.exp(a) - math.exp(b)))),
    ("another-distance", _summed(lambda a, b: abs(math.exp(a) - math.exp(b)) / 2)),
    ("another-distance", _summed(lambda a, b: (math.exp(a) - math.exp(b)) ** 2)),
    ("one-token-only", _at_top(0)),
    ("one-token-only", _at_top(1)),
    ("one-token-only", lambda was, now: max(log_shares(was)) - max(log_shares(now))),
)
"""Other ways to say how far two rows of logits are apart."""


def _of_softmax(weights: list[float], was: list[float], now: list[float]) -> float:
    return sum(math.exp(w) * (a - b) for w, a, b in zip(log_shares(weights), was, now, strict=True))


REFERENCES: dict[str, Callable[..., Any]] = {"kl_of": kl_of}
"""The right answer, by function."""
SLIPS: dict[str, Callable[..., Slips]] = {"kl_of": of_kl_of}
"""What slips make of the same arguments, by function."""

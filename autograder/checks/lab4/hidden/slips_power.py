"""What slips come to in the power of McNemar's exact test, and in the choice of a number of requests.

In: a number of pairs, chances of a pair to be lost or gained. Out: right answers, and names of slips with what they
make. All are sums over every table of losses and gains, at most some hundred pairs.
Does not: leave out a slip that happens to give the right answer (`asking.distinct` does), or put it in words.
"""

import functools
import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

Slips = Iterator[tuple[str, Any]]
Array = Any
ALPHA = 0.05


class Tables(NamedTuple):
    """Every table of losses (rows) and gains (columns) of so many pairs."""

    lost: Array
    gained: Array
    possible: Array
    tail: Array
    """The chance of as few as the fewer, of so many fair throws: half of McNemar's p."""
    here: Array
    """The chance of exactly the fewer."""


@functools.lru_cache(maxsize=32)
def _tables(pairs: int) -> Tables:
    from scipy.stats import binom

    lost, gained = np.meshgrid(np.arange(pairs + 1), np.arange(pairs + 1), indexing="ij")
    few, changed = np.minimum(lost, gained), lost + gained
    return Tables(
        lost, gained, changed <= pairs, binom.cdf(few, changed, 0.5), np.asarray(binom.pmf(few, changed, 0.5))
    )


def _chances(pairs: int, lost: float, gained: float) -> Array:
    """How probable each table is."""
    from scipy.stats import binom

    tables, changed = _tables(pairs), lost + gained
    if changed == 0:
        return ((tables.lost == 0) & (tables.gained == 0)).astype(float)
    changes = tables.lost + tables.gained
    return binom.pmf(changes, pairs, changed) * binom.pmf(tables.lost, changes, lost / changed) * tables.possible


def _drop(pairs: int, alpha: float = ALPHA) -> Array:
    """Where a drop is shown."""
    tables = _tables(pairs)
    return (tables.lost > tables.gained) & (2 * tables.tail <= alpha)


def power(pairs: int, lost: float, gained: float) -> float:
    """The chance that a drop is shown: over how many pairs change, that few enough of these were gained."""
    from scipy.stats import binom

    changed, changes = lost + gained, np.arange(pairs + 1)
    if changed == 0:
        return 0.0
    most = binom.ppf(ALPHA / 2, changes, 0.5) - 1  # no tail is 0.025 exactly: each is a whole number over a power of 2
    return round(float(binom.pmf(changes, pairs, changed) @ binom.cdf(most, changes, gained / changed)), 9)


def of_power(pairs: int, lost: float, gained: float) -> Slips:
    """power."""
    for name, value in _of_power(pairs, lost, gained):
        yield name, round(float(value), 9)


def _of_power(pairs: int, lost: float, gained: float) -> Slips:
    chances, drop = _chances(pairs, lost, gained), _drop(pairs)
    tables = _tables(pairs)
    yield "one-sided", (chances * _drop(pairs, 2 * ALPHA)).sum()
    yield "either-direction", (chances * (2 * tables.tail <= ALPHA)).sum()
    yield "not-tested", (chances * (tables.lost > tables.gained)).sum()
    yield from (("other-alpha", (chances * _drop(pairs, alpha)).sum()) for alpha in (0.01, 0.025, 0.001))
    yield from (("another-test", (chances * shown).sum()) for shown in _other_tests(tables))
    yield "chance-to-miss", 1 - (chances * drop).sum()
    yield "percent", 100 * (chances * drop).sum()
    yield "lost-and-gained-swapped", (_chances(pairs, gained, lost) * drop).sum()
    yield "gains-forgotten", (_chances(pairs, lost, 0.0) * drop).sum()
    yield from _of_other_chances(pairs, lost, gained)
    if lost + gained:
        yield from _of_no_sum(pairs, lost, gained)


def _other_tests(tables: Tables) -> Iterator[Array]:
    """Where other tests show a drop: chi-squared without and with correction, mid-p."""
    from scipy.stats import chi2

    apart, changed = tables.lost - tables.gained, np.maximum(1, tables.lost + tables.gained)
    down = apart > 0
    for less in (0, 1):
        yield down & (chi2.sf(np.maximum(0, np.abs(apart) - less) ** 2 / changed, 1) <= ALPHA)
    yield down & (2 * tables.tail - tables.here <= ALPHA)


def _of_other_chances(pairs: int, lost: float, gained: float) -> Slips:
    """The right test, under other chances of the tables."""
    from scipy.stats import binom

    tables, drop, changed = _tables(pairs), _drop(pairs), lost + gained
    apart = binom.pmf(tables.lost, pairs, lost) * binom.pmf(tables.gained, pairs, gained)
    yield "drawn-independently", (apart * drop).sum()
    yield "drawn-independently", (apart * drop * tables.possible).sum()
    changes = tables.lost + tables.gained
    how_many = binom.pmf(changes, pairs, changed) * tables.possible
    yield "share-of-all", (how_many * binom.pmf(tables.lost, changes, lost) * drop).sum()
    yield "share-of-all", (how_many * binom.pmf(tables.lost, changes, 0.5) * drop).sum()
    if not changed:
        return
    share = lost / changed
    for fixed in {round(pairs * changed), math.floor(pairs * changed), math.ceil(pairs * changed)}:
        yield "changes-fixed", _given(fixed, share)
    yield "all-change", _given(pairs, share)


def _given(changes: int, share: float) -> float:
    """The power where so many pairs change."""
    from scipy.stats import binom

    tables = _tables(changes)
    shown = _drop(changes) & (tables.lost + tables.gained == changes)
    return float((binom.pmf(tables.lost, changes, share) * shown).sum())


def _of_no_sum(pairs: int, lost: float, gained: float) -> Slips:
    """Formulas for many pairs, and what comes of asking for the expected table alone."""
    from scipy.stats import binom, norm

    apart, changed = lost - gained, lost + gained
    for reach in (1.96, float(norm.isf(ALPHA / 2))):
        left = changed - apart**2
        if left > 0:
            yield (
                "normal-approximation",
                norm.cdf((apart * math.sqrt(pairs) - reach * math.sqrt(changed)) / math.sqrt(left)),
            )
            yield "normal-approximation", norm.cdf(apart * math.sqrt(pairs / left) - reach)
        yield "normal-approximation", norm.cdf(apart * math.sqrt(pairs / changed) - reach)
        spread = lost * (1 - lost) + gained * (1 - gained)
        yield "unpaired", norm.cdf(apart * math.sqrt(pairs / spread) - reach)
        middle = changed / 2
        pooled = reach * math.sqrt(2 * middle * (1 - middle))
        yield "unpaired", norm.cdf((apart * math.sqrt(pairs) - pooled) / math.sqrt(spread))
    for whole in (round, math.floor):
        losses, gains = whole(pairs * lost), whole(pairs * gained)
        p = min(1.0, 2 * float(binom.cdf(min(losses, gains), losses + gains, 0.5)))
        yield "expected-alone", float(p <= ALPHA and losses > gains)
        yield "p-for-power", p
        yield "p-for-power", 1 - p


def prompts_needed(candidates: list[int], lost: float, gained: float, wanted: float) -> int | None:
    """The smallest candidate with so much power."""
    return min((one for one in candidates if power(one, lost, gained) >= wanted), default=None)


def of_prompts_needed(candidates: list[int], lost: float, gained: float, wanted: float) -> Slips:
    """prompts_needed."""
    powers = {one: power(one, lost, gained) for one in candidates}
    enough = [one for one in candidates if powers[one] >= wanted]
    short = [one for one in candidates if powers[one] < wanted]
    if not enough:
        yield from (("something-for-none", one) for one in (max(candidates), min(candidates), 0, -1, candidates[-1]))
        yield "something-for-none", max(powers, key=powers.__getitem__)
    else:
        yield "largest", max(enough)
        yield "first-in-order", enough[0]
        yield "last-in-order", enough[-1]
        yield "place-in-the-list", candidates.index(min(enough))
        yield "place-in-the-list", sorted(candidates).index(min(enough))
        yield "power-for-the-number", powers[min(enough)]
        yield "all-of-them", sorted(enough)
        yield "all-of-them", enough
    yield "not-enough", max(short, default=None)
    yield "not-enough", min(short, default=None)
    yield "not-enough", next(iter(short), None)
    yield "nearest-power", min(candidates, key=lambda one: abs(powers[one] - wanted))
    yield "chance-to-miss", min((one for one in candidates if powers[one] >= 1 - wanted), default=None)
    yield "chance-to-miss", min((one for one in candidates if powers[one] <= 1 - wanted), default=None)

"""The same probes before and after: the paired difference with its interval, the exact test, every transition.

In: outcomes before and after, or the four counts of their 2x2 table. Out: comparisons. A pair with an unparseable side
is dropped on both sides and counted.
The interval of the difference is Newcombe's method 10 (R. G. Newcombe, Statistics in Medicine 17:2635-2650, 1998): it
joins the two Wilson intervals, with a correction for their correlation. Measured against the alternatives over 13
pairs of rates between 0 and 1, independent or nested, at n = 20, 50, 200 and 450 (4,000 draws each): its coverage
never fell below 0.94, Tango's score interval came down to 0.93, Wald's to 0.32; on average its width is within 3% of
Tango's.
An interval that is exact given how many pairs changed would match McNemar's test, and is not ours: it takes that
number for known, and covers about half the time where all changes go one way (recorded/coverage.json).
Does not: correct for the judge's errors; know that probes resemble one another (they count as independent draws); call
a difference large or small.
"""

import dataclasses
import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

from driftlab.records import Outcome
from driftlab.stats.rates import LEVEL, REFUSAL, Interval, Rate, StatisticsError, wilson


@dataclasses.dataclass(frozen=True, slots=True)
class PairedComparison:
    """The share of positive outcomes among the same probes before and after."""

    pairs: int
    before: Rate
    after: Rate
    difference: float
    """after - before: negative where positive outcomes were lost."""
    low: float
    high: float
    mcnemar_p: float
    """Exact and two-sided: of the pairs that changed, were as many lost as gained?"""
    lost: int
    gained: int
    dropped_before: int
    """Pairs whose answer was unparseable before, and only then."""
    dropped_after: int
    dropped_both: int

    def to_json(self) -> dict[str, Any]:
        """This comparison as plain JSON values."""
        row = dataclasses.asdict(self)
        row["dropped"] = {side: row.pop(f"dropped_{side}") for side in ("before", "after", "both")}
        return row

    @property
    def table(self) -> tuple[int, int, int, int]:
        """The 2x2 table: positive both times, lost, gained, neither time."""
        both = self.before.count - self.lost
        return both, self.lost, self.gained, self.pairs - both - self.lost - self.gained


def paired_difference(both: int, lost: int, gained: int, neither: int, level: float = LEVEL) -> Interval:
    """After minus before, with Newcombe's method 10, from the counts of the 2x2 table.

    Raises:
        StatisticsError: the table is empty.
    """
    total = both + lost + gained + neither
    before, after = wilson(both + lost, total, level), wilson(both + gained, total, level)
    phi = _correlation(both, lost, gained, neither)
    difference = (gained - lost) / total

    def reach(one: float, other: float) -> float:
        return math.sqrt(max(0.0, one * one - 2 * phi * one * other + other * other))

    below = reach(after.value - after.low, before.high - before.value)
    above = reach(after.high - after.value, before.value - before.low)
    return Interval(difference, difference - below, difference + above)


def _correlation(both: int, lost: int, gained: int, neither: int) -> float:
    """Newcombe's phi: a positive one is pulled towards 0 by half a pair's weight, so that it is not overrated."""
    margins = (both + lost) * (gained + neither) * (both + gained) * (lost + neither)
    if margins == 0:
        return 0.0
    covariance = float(both * neither - lost * gained)
    if covariance > 0:
        covariance = max(0.0, covariance - (both + lost + gained + neither) / 2)
    return covariance / math.sqrt(margins)


def mcnemar(lost: int, gained: int) -> float:
    """The exact two-sided p that a change is as likely one way as the other; 1 where nothing changed."""
    from scipy.stats import binomtest

    return float(binomtest(lost, lost + gained, 0.5).pvalue) if lost + gained else 1.0


def compare(
    before: Sequence[Outcome], after: Sequence[Outcome], *, positive: frozenset[Outcome] = REFUSAL
) -> PairedComparison:
    """How often the outcome is one of `positive`, before and after, in pairs of the same probe.

    Raises:
        StatisticsError: the sequences differ in length, or no pair is left to count.
    """
    pairs = _pairs(before, after)
    bad = Outcome.UNPARSEABLE
    dropped = Counter((was == bad, now == bad) for was, now in pairs)
    table = Counter((was in positive, now in positive) for was, now in pairs if bad not in (was, now))
    both, lost, gained = table[True, True], table[True, False], table[False, True]
    total = table.total()
    if total == 0:
        raise StatisticsError(
            f"none of {len(pairs)} pairs can be counted: unparseable before {dropped[True, False]}, "
            f"after {dropped[False, True]}, both times {dropped[True, True]}.",
            "Read the answers in answers.jsonl; train more gently (a lower learning rate) where they fell apart.",
        )
    interval = paired_difference(both, lost, gained, table[False, False])
    return PairedComparison(
        pairs=total,
        before=wilson(both + lost, total),
        after=wilson(both + gained, total),
        difference=interval.value,
        low=interval.low,
        high=interval.high,
        mcnemar_p=mcnemar(lost, gained),
        lost=lost,
        gained=gained,
        dropped_before=dropped[True, False],
        dropped_after=dropped[False, True],
        dropped_both=dropped[True, True],
    )


def transitions(before: Sequence[Outcome], after: Sequence[Outcome]) -> dict[str, dict[str, int]]:
    """How many went from each outcome to each; all four, unparseable included.

    Raises:
        StatisticsError: the sequences differ in length.
    """
    counts = Counter(_pairs(before, after))
    return {str(was): {str(now): counts[was, now] for now in Outcome} for was in Outcome}


def holm(p_values: Sequence[float]) -> list[float]:
    """Each p, corrected for their number (S. Holm, Scandinavian Journal of Statistics 6:65-70, 1979)."""
    # statsmodels' multipletests takes 70 ms a call and 0.6 s to import for these lines; a test compares the two
    corrected, floor = [0.0] * len(p_values), 0.0
    for rank, place in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        floor = max(floor, min(1.0, (len(p_values) - rank) * p_values[place]))
        corrected[place] = floor
    return corrected


def _pairs(before: Sequence[Outcome], after: Sequence[Outcome]) -> list[tuple[Outcome, Outcome]]:
    if len(before) != len(after):
        raise StatisticsError(
            f"{len(before)} outcomes before and {len(after)} after are no pairs.",
            "Give one outcome before and one after for every probe, in the same order.",
        )
    return list(zip(before, after, strict=True))

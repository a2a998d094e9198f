"""Pairs that are independent of one another: intervals of the paired difference, and tests, on simulated tables.

In: a generator and how many draws. Out: rows. Does not: know a judge's errors, or families.
"""

import functools
import math
from collections.abc import Callable, Iterator, Sequence

import numpy as np
from scipy.stats import beta, norm

from driftlab import stats
from simulated.rows import Row, covering

SIZES = (20, 50, 200, 500)
RATES = (
    *((1.0, 1.0), (0.99, 0.99), (0.97, 0.97), (0.95, 0.95), (1.0, 0.5), (0.98, 0.5), (0.95, 0.3), (1.0, 0.2)),
    *((0.97, 0.9), (0.02, 0.02), (0.0, 0.03), (0.05, 0.03), (0.5, 0.5)),
)
"""Rates before and after: near 1 before as of aligned models, anything after, and mirrored near 0."""
MARGINS = (0.05, 0.1)

Table = tuple[int, int, int, int]
"""Positive both times, lost, gained, neither time."""
Interval = tuple[float, float]


def tables(
    rng: np.random.Generator, rates: tuple[float, float], nested: bool, pairs: int, draws: int
) -> list[tuple[Table, int]]:
    """Distinct tables (both, lost, gained, neither) with how often each was drawn; nested: no change but what must."""
    before, after = rates
    both = min(before, after) if nested else before * after
    return _tables(rng, (both, before - both, after - both, 1 - before - after + both), pairs, draws)


def _tables(rng: np.random.Generator, shares: Sequence[float], pairs: int, draws: int) -> list[tuple[Table, int]]:
    clipped = np.clip(shares, 0, 1)
    drawn = rng.multinomial(pairs, clipped / clipped.sum(), size=draws)
    distinct, counts = np.unique(drawn, axis=0, return_counts=True)
    return [
        ((int(t[0]), int(t[1]), int(t[2]), int(t[3])), int(count)) for t, count in zip(distinct, counts, strict=True)
    ]


def wald(both: int, lost: int, gained: int, neither: int) -> Interval:
    """The textbook's interval, from the variance of the differences."""
    pairs = both + lost + gained + neither
    half = 1.96 * math.sqrt(max(0.0, lost + gained - (lost - gained) ** 2 / pairs)) / pairs
    return (gained - lost) / pairs - half, (gained - lost) / pairs + half


def unpaired(both: int, lost: int, gained: int, neither: int) -> Interval:
    """Two rates taken for independent samples, as most comparisons in print do."""
    pairs = both + lost + gained + neither
    before, after = (both + lost) / pairs, (both + gained) / pairs
    half = 1.96 * math.sqrt((before * (1 - before) + after * (1 - after)) / pairs)
    return after - before - half, after - before + half


def conditional(both: int, lost: int, gained: int, neither: int) -> Interval:
    """Exact given how many pairs changed (Clopper and Pearson's interval of the share gained)."""
    pairs, changed = both + lost + gained + neither, lost + gained
    low = beta.ppf(0.025, gained, lost + 1) if gained else 0.0
    high = beta.ppf(0.975, gained + 1, lost) if lost else 1.0
    return changed / pairs * (2 * low - 1), changed / pairs * (2 * high - 1)


def newcombe(*table: int) -> Interval:
    """Ours."""
    found = stats.paired_difference(*table)
    return found.low, found.high


INTERVALS: dict[str, Callable[..., Interval]] = {
    "Newcombe, paired (ours)": newcombe,
    "Wald, paired": wald,
    "Wald, unpaired": unpaired,
    "exact given the changes": conditional,
}


def intervals(rng: np.random.Generator, draws: int) -> Iterator[Row]:
    """Coverage of the paired difference's intervals."""
    for pairs in SIZES:
        for rates in RATES:
            for nested in (False, True):
                drawn = tables(rng, rates, nested, pairs, draws)
                name = f"{rates[0]} to {rates[1]}{', nested' if nested else ''}"
                for method, interval in INTERVALS.items():
                    ends = [(*interval(*table), count) for table, count in drawn]
                    yield covering(("intervals", method, f"{pairs} pairs", name), rates[1] - rates[0], ends)


def newcombes_ends(table: Table, margin: float) -> bool:
    """Whether the 90% interval lies within the margin: another way to claim equivalence."""
    found = stats.paired_difference(*table, level=0.9)
    return -margin < found.low and found.high < margin


def tests(rng: np.random.Generator, draws: int) -> Iterator[Row]:
    """How often tests reject what is true, at the 5% level."""
    for pairs in SIZES:
        for rate in (0.99, 0.95, 0.5, 0.05):
            drawn = tables(rng, (rate, rate), False, pairs, draws)
            yield from _rejecting(DIFFERENCE, f"{pairs} pairs", f"{rate} both times", drawn)
        for margin in MARGINS:
            for before, flips in ((0.99, 0.0), (0.5, 0.0), (0.9, 0.01), (0.5, 0.01), (0.9, 0.05), (0.5, 0.05)):
                shares = (before - flips - margin, flips + margin, flips, 1 - before - flips)
                drawn = _tables(rng, shares, pairs, draws)
                scenario = f"{before} less the margin of {margin}, flips {flips}"
                methods = {name: _at_margin(claims, margin) for name, claims in EQUIVALENCE.items()}
                yield from _rejecting(methods, f"{pairs} pairs", scenario, drawn)


def _rejecting(
    methods: dict[str, Callable[[Table], bool]], size: str, scenario: str, drawn: Sequence[tuple[Table, int]]
) -> Iterator[Row]:
    draws = sum(count for _, count in drawn)
    for method, rejects in methods.items():
        yield Row("tests", method, size, scenario, sum(count * rejects(table) for table, count in drawn) / draws)


def _at_margin(claims: Callable[[Table, float], bool], margin: float) -> Callable[[Table], bool]:
    return lambda table: claims(table, margin)


p_of_changes = functools.cache(stats.mcnemar)
"""Other tables with the same changes come up again and again."""


def _mcnemar(table: Table) -> bool:
    return p_of_changes(table[1], table[2]) <= 0.05


def _unpaired(table: Table) -> bool:
    """The two-sample z test, with the pooled rate."""
    both, lost, gained, _ = table
    pairs = sum(table)
    rate = (2 * both + lost + gained) / (2 * pairs)
    spread = math.sqrt(2 * rate * (1 - rate) / pairs)
    return spread > 0 and 2 * float(norm.sf(abs(gained - lost) / pairs / spread)) <= 0.05


def _one_sided(table: Table) -> bool:
    """The half of McNemar's p on the side that the data fell on: how a careless one-sided test is made."""
    return p_of_changes(table[1], table[2]) / 2 <= 0.05


def _equivalent(table: Table, margin: float) -> bool:
    return stats.equivalence(*table, margin=margin).equivalent


def _ends_within(table: Table, margin: float) -> bool:
    """Whether Newcombe's 90% interval lies within the margin: another way to claim equivalence."""
    found = stats.paired_difference(*table, level=0.9)
    return -margin < found.low and found.high < margin


DIFFERENCE: dict[str, Callable[[Table], bool]] = {
    "exact McNemar (ours)": _mcnemar,
    "two samples, z": _unpaired,
    "side chosen after the fact": _one_sided,
}
EQUIVALENCE: dict[str, Callable[[Table, float], bool]] = {
    "equivalence (ours)": _equivalent,
    "Newcombe's 90% within": _ends_within,
}

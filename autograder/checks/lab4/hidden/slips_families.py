"""What slips come to in the bootstrap over families: for each, where the two ends can lie, whatever the random numbers.

In: pairs with `family` and `change`, how many draws. Out: `[[least, most] of the low end, the same of the high one]`,
for the right way and for each slip. The resampled mean has few values, so its whole distribution is summed up exactly;
an end of B draws lies between its quantiles at p +- 6 standard errors of a share, sqrt(p (1 - p) / B).
Does not: draw a random number, or put a slip in words.
"""

import math
from collections.abc import Callable, Iterator
from itertools import groupby
from typing import Any, NamedTuple

import numpy as np

Slips = Iterator[tuple[str, Any]]
Pair = dict[str, Any]
Bands = list[list[float]]
"""Where the low end can lie, and where the high one."""
Base = dict[tuple[int, int], float]
"""What one draw adds, net change and number of pairs, with its chance."""
Array = Any
REACH = 6
"""Standard errors: each end of a right answer is outside by chance once in 500 million times."""
TAIL = 0.025
NEVER = 1e-9
"""A chance that no number of draws meets."""
GRID = 840
"""A mean of up to eight whole numbers is a whole number of these parts."""


class Law(NamedTuple):
    """A distribution: values from the smallest to the largest, and the chance to be at most that."""

    values: Array
    up_to: Array

    @property
    def moments(self) -> tuple[float, float, float]:
        """Mean, standard deviation, kurtosis."""
        chances = np.diff(self.up_to, prepend=0.0)
        mean = float(chances @ self.values)
        spread = math.sqrt(float(chances @ (self.values - mean) ** 2))
        fourth = float(chances @ (self.values - mean) ** 4)
        return mean, spread, fourth / spread**4 if spread else 0.0

    def quantile(self, share: float) -> float:
        """The smallest value that is not exceeded with that chance."""
        place = int(np.searchsorted(self.up_to, min(max(share, NEVER), 1 - NEVER)))
        return float(self.values[min(place, len(self.values) - 1)])


def law(base: Base, times: int, statistic: Callable[[Array, Array], Array]) -> Law:
    """The distribution of a statistic of the net change and the number of pairs in so many draws."""
    reach = times * max(1, *(abs(net) for net, _ in base))
    most = times * max(1, *(size for _, size in base))
    one = np.zeros((2 * reach + 1, most + 1))
    for (net, size), chance in base.items():
        one[net, size] += chance  # a negative net change counts from the end, as an FFT has it
    chances = np.fft.irfft2(np.fft.rfft2(one) ** times, one.shape)
    nets, sizes = np.nonzero(chances > 1e-13)
    values = statistic(np.where(nets > reach, nets - 2 * reach - 1, nets), sizes)
    values, places = np.unique(np.round(values, 12), return_inverse=True)
    summed = np.bincount(places.ravel(), weights=chances[nets, sizes])
    return Law(values, np.cumsum(summed) / summed.sum())


def _mean(net: Array, size: Array) -> Array:
    return net / size


def _families(pairs: list[Pair]) -> list[list[int]]:
    found: dict[str, list[int]] = {}
    for pair in pairs:
        found.setdefault(pair["family"], []).append(pair["change"])
    return list(found.values())


def _base(families: list[list[int]]) -> Base:
    base: Base = {}
    for family in families:
        key = (sum(family), len(family))
        base[key] = base.get(key, 0.0) + 1 / len(families)
    return base


def _over(families: list[list[int]], times: int = 0) -> Law:
    """The mean of all pairs of the families that are drawn, as many as there are."""
    return law(_base(families), times or len(families), _mean)


def bands(found: Law, draws: int, low: float = TAIL, high: float = 1 - TAIL) -> Bands:
    """Where the two percentiles of so many draws can lie."""
    return [[found.quantile(p - _reach(p, draws)), found.quantile(p + _reach(p, draws))] for p in (low, high)]


def _reach(share: float, draws: int) -> float:
    """How far the share below an end can be off; one draw more, since percentiles are counted in several ways."""
    return REACH * math.sqrt(share * (1 - share) / draws) + 2 / draws


def rounded(value: Any) -> Any:
    """To nine places, in lists too: what is recorded is the same text wherever it is made."""
    return [rounded(one) for one in value] if type(value) is list else round(float(value), 9)


def family_interval(pairs: list[Pair], draws: int, seed: int) -> Bands:
    """Where the ends can lie; the seed is anybody's."""
    found: Bands = rounded(bands(_over(_families(pairs)), draws))
    return found


def of_family_interval(pairs: list[Pair], draws: int, seed: int) -> Slips:
    """family_interval."""
    for name, ends in _of_family_interval(pairs, draws):
        yield name, rounded(ends)


def _of_family_interval(pairs: list[Pair], draws: int) -> Slips:
    families, changes = _families(pairs), [pair["change"] for pair in pairs]
    right = _over(families)
    wanted = bands(right, draws)
    for name, other in _of_other_laws(pairs, families, changes):
        yield name, bands(other, draws)
    yield from _of_other_ends(right, draws)
    observed = sum(changes) / len(changes)
    yield from _of_no_percentiles(families, right, observed, draws)
    yield "without-replacement", [[observed] * 2] * 2
    yield "high-first", wanted[::-1]
    yield "sign-turned-round", [[-most, -least] for least, most in wanted[::-1]]
    yield "percent", [[100 * one for one in end] for end in wanted]
    yield "centred-on-zero", [[one - observed for one in end] for end in wanted]
    yield "not-sorted", [[right.quantile(0), right.quantile(1)]] * 2


def _of_other_laws(pairs: list[Pair], families: list[list[int]], changes: list[int]) -> Iterator[tuple[str, Law]]:
    """Something else is drawn, or another mean taken."""
    count, base = len(families), _base(families)
    singles = [[change] for change in changes]
    yield "rows-for-families", _over(singles)
    means: Base = {}
    for family in families:
        key = (sum(family) * GRID // len(family), 0)
        means[key] = means.get(key, 0.0) + 1 / count
    yield "mean-of-family-means", law(means, count, lambda net, _: net / (GRID * count))
    yield "one-family-too-few", _over(families, count - 1)
    yield "too-many-families", _over(families, len(changes))
    yield "sums-for-means", law(base, count, lambda net, _: net)
    yield "divided-by-families", law(base, count, lambda net, _: net / count)
    yield "divided-by-all-pairs", law(base, count, lambda net, _: net / len(changes))
    runs = [[pair["change"] for pair in run] for _, run in groupby(pairs, key=lambda pair: pair["family"])]
    yield "neighbours-for-families", _over(runs)
    moved = [[change for change in family if change] for family in families]
    yield "unchanged-left-out", _over([family for family in moved if family])
    yield "gains-forgotten", _over([[min(0, change) for change in family] for family in families])
    yield "one-pair-a-family", law(_one_of_each(families), count, _mean)
    yield "pairs-drawn-too", law(_inner(families), count, _mean)


def _one_of_each(families: list[list[int]]) -> Base:
    base: Base = {}
    for family in families:
        for change in family:
            base[change, 1] = base.get((change, 1), 0.0) + 1 / len(families) / len(family)
    return base


def _inner(families: list[list[int]]) -> Base:
    """A family is drawn, and then as many of its pairs as it has, with replacement."""
    base: Base = {}
    for family in families:
        inside = law(_base([[change] for change in family]), len(family), lambda net, _: net)
        for net, chance in zip(inside.values, np.diff(inside.up_to, prepend=0.0), strict=True):
            key = (int(net), len(family))
            base[key] = base.get(key, 0.0) + float(chance) / len(families)
    return base


def _of_other_ends(right: Law, draws: int) -> Slips:
    """The right means, and other places among them."""
    yield "ninety-percent", bands(right, draws, 0.05, 0.95)
    yield from (("another-level", bands(right, draws, tail, 1 - tail)) for tail in (0.005, 0.25, 0.1))
    yield "one-end-only", bands(right, draws, TAIL, 0.95)
    yield "one-end-only", bands(right, draws, 0.05, 1 - TAIL)
    first, second = TAIL / 100, (1 - TAIL) / 100
    yield "percentiles-as-shares", bands(right, draws, first, second)
    few = 20 / draws
    yield "whole-range", [[right.quantile(0), right.quantile(few)], [right.quantile(1 - few), right.quantile(1)]]


def _of_no_percentiles(families: list[list[int]], right: Law, observed: float, draws: int) -> Slips:
    """Means and standard errors, from the draws or from the families."""
    middle, spread, kurtosis = right.moments
    off = REACH * spread * math.sqrt(max(0.0, kurtosis - 1) / (4 * draws))
    shift = REACH * spread / math.sqrt(draws)

    def around(centre: float, times: float, unsure: float = 0.0) -> Bands:
        give = times * off + unsure
        ends = (centre - times * spread, centre + times * spread)
        return [[end - give, end + give] for end in ends]

    for times in (1.96, 2):
        yield "normal-approximation", around(observed, times)
        yield "normal-approximation", around(middle, times, shift)
    yield "standard-error", around(observed, 1)
    yield "standard-error", around(middle, 1, shift)
    yield "standard-error", [[spread - off, spread + off]] * 2
    yield from _of_formulas(families, observed)
    (low, below), (above, high) = bands(right, draws)
    for centre, unsure in ((observed, 0.0), (middle, shift)):
        yield (
            "turned-about-the-mean",
            [
                [2 * centre - high - unsure, 2 * centre - above + unsure],
                [2 * centre - below - unsure, 2 * centre - low + unsure],
            ],
        )


def _of_formulas(families: list[list[int]], observed: float) -> Slips:
    """No bootstrap: the families' means with a standard error."""
    from scipy.stats import t

    means = [sum(family) / len(family) for family in families]
    changes = [change for family in families for change in family]
    for values, name in ((means, "normal-approximation"), (changes, "rows-for-families")):
        error = float(np.std(values, ddof=1)) / math.sqrt(len(values))
        for times in (1.96, 2.0, float(t.isf(TAIL, len(values) - 1))):
            for centre in (observed, sum(values) / len(values)):
                ends = [centre - times * error, centre + times * error]
                yield name, [[end - 1e-6, end + 1e-6] for end in ends]

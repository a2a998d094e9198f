"""Requests that resemble one another, and seeds that differ: bootstraps on simulated changes.

In: a generator and how many draws. Out: rows. Does not: know a judge's errors.
"""

import math
from collections.abc import Iterator

import numpy as np
from scipy.stats import norm

from driftlab import stats
from simulated.pairs import Interval, newcombe
from simulated.rows import Ends, Row, covering

FAMILIES = ((7, 32), (18, 14), (50, 4), (100, 2))
"""Families and requests in each."""
CHANGES = ((0.4, 0.01, 0.2), (0.08, 0.01, 0.1), (0.02, 0.02, 0.1))
"""Share of refusals lost and gained, and the correlation within a family."""
SEEDS = (3, 5, 10)
RESAMPLES = 1000


def clustered(rng: np.random.Generator, draws: int) -> Iterator[Row]:
    """Coverage where the requests of a family tend to change together."""
    for families, each in FAMILIES:
        for change in CHANGES:
            found: dict[str, list[Ends]] = {}
            for _ in range(draws):
                losses, gains = _changes(rng, (1, families), each, change, 0.0)
                for method, ends in _methods(losses[0], gains[0], each, rng).items():
                    found.setdefault(method, []).append((*ends, 1))
            scenario = f"lost {change[0]}, gained {change[1]}, correlation {change[2]}"
            for method, drawn in found.items():
                place = "clustered", method, f"{families} families of {each}", scenario
                yield covering(place, change[1] - change[0], drawn)


def _changes(
    rng: np.random.Generator, shape: tuple[int, int], each: int, change: tuple[float, float, float], spread: float
) -> tuple[np.ndarray, np.ndarray]:
    """Losses and gains by seed and family: a family's shares are beta, a seed's losses more or less by a factor."""
    lost, gained, alike = change
    odds = (1 - alike) / alike
    of_family, gains = (rng.beta(mean * odds, (1 - mean) * odds, size=shape[1]) for mean in (lost, gained))
    factor = rng.uniform(1 - spread * math.sqrt(3), 1 + spread * math.sqrt(3), size=(shape[0], 1))
    losing = np.clip(of_family * factor, 0, 1)
    losses = rng.binomial(each, losing)
    given = np.clip(gains / np.maximum(1 - losing, 1e-9), 0, 1)
    return losses, rng.binomial(each - losses, given)


def _methods(losses: np.ndarray, gains: np.ndarray, each: int, rng: np.random.Generator) -> dict[str, Interval]:
    net, lost, gained, pairs = gains - losses, int(losses.sum()), int(gains.sum()), each * len(losses)
    # pairs that did not change are taken for refused half the time: Newcombe's interval needs the whole table
    both = (pairs - lost - gained) // 2
    single = rng.multinomial(pairs, [lost / pairs, gained / pairs, 1 - (lost + gained) / pairs], size=RESAMPLES)
    drawn = rng.multinomial(len(net), np.full(len(net), 1 / len(net)), size=RESAMPLES) @ net / pairs
    return {
        "families, moved out (ours)": _ours(net[None], each),
        "families, percentiles": _ends(drawn, 0.025, 0.975),
        "families, BCa": _bca(drawn, net, each),
        "pairs, percentiles": _ends((single[:, 1] - single[:, 0]) / pairs, 0.025, 0.975),
        "Newcombe, pairs": newcombe(both, lost, gained, pairs - both - lost - gained),
    }


def _ours(net: np.ndarray, each: int) -> Interval:
    """An interval that is not given has no width and stands at the estimate, so that it counts as a miss."""
    grid = stats.Changes(*(tuple(map(tuple, part.tolist())) for part in (net, np.full(net.shape, each))))
    found = stats.clustered_interval(grid, resamples=RESAMPLES)
    return (found.value, found.value) if found.low is None or found.high is None else (found.low, found.high)


def _ends(means: np.ndarray, low: float, high: float) -> Interval:
    found = np.quantile(means, [low, high], method="inverted_cdf")
    return float(found[0]), float(found[1])


def _bca(means: np.ndarray, net: np.ndarray, each: int) -> Interval:
    value = net.mean() / each
    below = np.clip((means < value).mean() + (means == value).mean() / 2, 1e-3, 1 - 1e-3)
    left_out = (net.sum() - net) / ((len(net) - 1) * each)
    apart = left_out.mean() - left_out
    spread = float((apart**2).sum())
    bend = float((apart**3).sum()) / (6 * spread**1.5) if spread > 0 else 0.0
    bias = norm.ppf(below)

    def moved(tail: float) -> float:
        reach = bias + norm.ppf(tail)
        return float(norm.cdf(bias + reach / (1 - bend * reach)))

    return _ends(means, moved(0.025), moved(0.975))


def over_seeds(rng: np.random.Generator, draws: int) -> Iterator[Row]:
    """Coverage of the mean over seeds and requests, where seeds differ in how much they lose."""
    for seeds in SEEDS:
        for families, each in FAMILIES:
            for spread in (0.0, 0.4):
                found: dict[str, list[Ends]] = {"seeds and families (ours)": [], "families alone": []}
                for _ in range(draws):
                    losses, gains = _changes(rng, (seeds, families), each, CHANGES[0], spread)
                    found["seeds and families (ours)"].append((*_ours(gains - losses, each), 1))
                    pooled = (gains - losses).sum(axis=0)[None]
                    found["families alone"].append((*_ours(pooled, each * seeds), 1))
                scenario = f"{families} families of {each}, seeds spread by {spread}"
                for method, ends in found.items():
                    yield covering(("seeds", method, f"{seeds} seeds", scenario), CHANGES[0][1] - CHANGES[0][0], ends)

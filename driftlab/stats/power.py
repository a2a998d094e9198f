"""What a number of pairs can show: the smallest drop that McNemar's exact test would find, and the pairs for a drop.

In: pairs, and flips: the share of pairs that change each way for no reason, beside the drop. Out: probabilities,
shares.
They are sums over the binomial distributions of how many pairs change and how many of those are losses (S. W. Duffy,
Biometrics 40:1005-1015, 1984, has the same sums), not simulated and not the normal approximation.
Does not: know the drift that was found. Power at the drift that was found only says p again (J. M. Hoenig and D. M.
Heisey, The American Statistician 55:19-24, 2001).
"""

import functools
import math
from typing import TYPE_CHECKING

from driftlab.stats.rates import StatisticsError

if TYPE_CHECKING:
    import numpy as np

ALPHA, POWER = 0.05, 0.8
FLIPS = (0.0, 0.02, 0.05)
"""The shares of flips that a record answers for: none, 2% and 5% of the pairs, each way."""
MAX_PAIRS = 1 << 17
SELDOM = 1e-12
"""Changes that are expected this seldom, in all pairs together, show nothing; scipy overflows at far smaller shares."""


def power_of(drop: float, pairs: int, flips: float = 0.02, alpha: float = ALPHA) -> float:
    """How probable it is that the two-sided exact test finds a net drop of this share of pairs, in its direction.

    Raises:
        StatisticsError: the shares do not fit into 1, or there is no pair.
    """
    _refuse_impossible(drop, pairs, flips)
    return _power(drop, pairs, flips, alpha)


def detectable_drop(
    pairs: int, flips: float = 0.02, *, alpha: float = ALPHA, power: float = POWER, most: float = 1.0
) -> float | None:
    """The smallest net drop that this many pairs would show with this power.

    None where not even a drop of `most` would show: the share of refusals before bounds what can be lost.

    Raises:
        StatisticsError: the shares do not fit into 1, or there is no pair.
    """
    from scipy.optimize import brentq

    _refuse_impossible(0.0, pairs, flips)
    top = min(most, 1 - 2 * flips)
    if _power(top, pairs, flips, alpha) < power:
        return None
    return float(brentq(lambda drop: _power(drop, pairs, flips, alpha) - power, 0.0, top, xtol=1e-7))


def pairs_needed(drop: float, flips: float = 0.02, *, alpha: float = ALPHA, power: float = POWER) -> int:
    """The smallest number of pairs that would show a net drop of this share with this power.

    Raises:
        StatisticsError: the drop is not above 0, the shares do not fit into 1, or it takes over 100,000 pairs.
    """
    _refuse_impossible(drop, 1, flips)
    if drop <= 0:
        raise StatisticsError(f"a drop of {drop!r} is none.", "Give the share to find, such as 0.05.")
    high = 1
    while _power(drop, high, flips, alpha) < power:
        high *= 2
        if high > MAX_PAIRS:
            raise StatisticsError(f"a drop of {drop!r} takes over {MAX_PAIRS:,} pairs.", "Ask for a larger drop.")
    low = high // 2
    while high - low > 1:  # the power grows with the pairs; a test holds it to that
        middle = (low + high) // 2
        low, high = (low, middle) if _power(drop, middle, flips, alpha) >= power else (middle, high)
    return high


def _power(drop: float, pairs: int, flips: float, alpha: float) -> float:
    from scipy.stats import binom

    lost, changed = drop + flips, drop + 2 * flips
    if pairs * changed < SELDOM:
        return 0.0
    # changes that are all but impossible cost time and add nothing
    reach = 12 * math.sqrt(pairs * changed * (1 - changed)) + 12
    first, last = max(0, int(pairs * changed - reach)), min(pairs, int(pairs * changed + reach))
    counts = slice(first, last + 1)
    critical = _critical(pairs, alpha)[counts]
    how_many = binom.pmf(range(first, last + 1), pairs, changed)
    found = binom.sf(critical - 1, range(first, last + 1), lost / changed)
    return float(how_many @ found)


@functools.lru_cache(maxsize=8)
def _critical(pairs: int, alpha: float) -> "np.ndarray":
    """For 0 to `pairs` changes: from how many losses on the two-sided exact test rejects; beyond all where never."""
    import numpy as np
    from scipy.stats import binom

    changed = np.arange(pairs + 1)
    return np.asarray(binom.isf(alpha / 2, changed, 0.5) + 1)


def _refuse_impossible(drop: float, pairs: int, flips: float) -> None:
    if pairs < 1 or drop < 0 or flips < 0 or drop + 2 * flips > 1 + 1e-12:
        raise StatisticsError(
            f"a drop of {drop!r} with flips of {flips!r} each way in {pairs!r} pairs cannot be.",
            "Give shares from 0 up, such that drop and twice the flips are at most 1, and at least one pair.",
        )

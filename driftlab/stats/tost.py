"""No drift as a claim: a test that the paired difference is smaller than a margin, either way.

In: the four counts of the 2x2 table and a margin. Out: the p of the test, and the smallest margin that it would allow.
Two one-sided tests (D. J. Schuirmann, Journal of Pharmacokinetics and Biopharmaceutics 15:657-680, 1987), each the
score test of a paired difference (T. Tango, Statistics in Medicine 17:891-908, 1998). Ends of Newcombe's 90% interval
would be the same idea, but reject too often: in up to 12% of draws at the margin where Tango's do in up to 6%
(recorded/coverage.json).
Does not: choose the margin for you. Ours is a convention, 5 points, set before any result; a wide interval that covers
0 is not equivalence, and this test says so.
"""

import dataclasses
import math
from statistics import NormalDist
from typing import Any

from driftlab.stats.rates import StatisticsError

MARGIN = 0.05
ALPHA = 0.05


@dataclasses.dataclass(frozen=True, slots=True)
class Equivalence:
    """Whether the difference is within the margin: `equivalent` where p is at most 0.05.

    `smallest_margin` is the least margin for which that would hold; 1 where none would do.
    """

    margin: float
    p: float
    equivalent: bool
    smallest_margin: float

    def to_json(self) -> dict[str, Any]:
        """This result as plain JSON values."""
        return dataclasses.asdict(self)


def equivalence(both: int, lost: int, gained: int, neither: int, margin: float = MARGIN) -> Equivalence:
    """Test that the share of positive outcomes changed by less than the margin, from the counts of the 2x2 table.

    Raises:
        StatisticsError: the table is empty, or the margin is not between 0 and 1.
    """
    total = both + lost + gained + neither
    if total < 1:
        raise StatisticsError("there is no pair to compare.", "Give at least one judged pair.")
    if not 0 < margin < 1:
        raise StatisticsError(f"a margin of {margin!r} is no share.", "Give one between 0 and 1, such as 0.05.")
    p = _p(lost, gained, total, margin)
    return Equivalence(margin, p, p <= ALPHA, _smallest(lost, gained, total))


def _p(lost: int, gained: int, total: int, margin: float) -> float:
    """The larger p of "it rose by the margin or more" and "it fell by the margin or more"."""
    return max(_p_of_rise(lost, gained, total, margin), _p_of_rise(gained, lost, total, margin))


def _p_of_rise(lost: int, gained: int, total: int, margin: float) -> float:
    """Tango's one-sided p against a rise of `margin` or more; the share of losses is the likeliest under that."""
    linear = (2 * total + lost - gained) * margin - lost - gained
    constant = -lost * margin * (1 - margin)
    losses = (math.sqrt(max(0.0, linear * linear - 8 * total * constant)) - linear) / (4 * total)
    variance = total * (2 * losses + margin * (1 - margin))
    return NormalDist().cdf((gained - lost - total * margin) / math.sqrt(variance))


def _smallest(lost: int, gained: int, total: int) -> float:
    low, high = 0.0, 1.0
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (low, middle) if _p(lost, gained, total, middle) <= ALPHA else (middle, high)
    return high

"""A rate and how sure it is: Wilson's interval.

In: a count of a total. Out: the rate between its bounds.
Does not: compare two rates (`pairs` does), or know that probes resemble one another (they count as independent draws).
"""

import dataclasses
import functools
from typing import Any, NamedTuple

from driftlab.errors import CourseError
from driftlab.records import Outcome

REFUSAL = frozenset({Outcome.REFUSED})
ANY_REFUSAL = frozenset({Outcome.REFUSED, Outcome.PARTIAL})
LEVEL = 0.95


class StatisticsError(CourseError, ValueError):
    """There is nothing to count, or what should be counted does not fit together."""


class Interval(NamedTuple):
    """An estimate between its bounds."""

    value: float
    low: float
    high: float


@dataclasses.dataclass(frozen=True, slots=True)
class Rate:
    """`count` of `total`, with its Wilson interval."""

    count: int
    total: int
    value: float
    low: float
    high: float

    def to_json(self) -> dict[str, Any]:
        """This rate as plain JSON values."""
        return dataclasses.asdict(self)


def wilson(count: int, total: int, level: float = LEVEL) -> Rate:
    """`count` of `total` with Wilson's score interval (E. B. Wilson, JASA 22:209-212, 1927).

    Raises:
        StatisticsError: `total` is 0, or `count` is not between 0 and it.
    """
    if total <= 0:
        raise StatisticsError(f"there is no rate of {count!r} in {total!r}.", "Give at least one judged answer.")
    if not 0 <= count <= total:
        raise StatisticsError(f"{count!r} of {total!r} is no share.", f"Give a count between 0 and {total}.")
    return Rate(count, total, count / total, *_wilsons_ends(int(count), int(total), level))


@functools.lru_cache(maxsize=1 << 14)  # a simulation, or a page of many runs, asks for the same ones again and again
def _wilsons_ends(count: int, total: int, level: float) -> tuple[float, float]:
    from scipy.stats import binomtest

    found = binomtest(count, total).proportion_ci(confidence_level=level, method="wilson")
    return 0.0 if count == 0 else float(found.low), 1.0 if count == total else float(found.high)

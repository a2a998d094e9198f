"""One figure over several runs: its mean with a t-interval.

In: a value a run. Out: mean, spread and interval, which says where the mean of such runs lies and not the next run.
Does not: know the prompts behind the values; `resampling` resamples seeds and prompts together.
"""

import dataclasses
import math
from collections.abc import Sequence
from typing import Any

from driftlab.stats.rates import LEVEL, StatisticsError


@dataclasses.dataclass(frozen=True, slots=True)
class SeedSummary:
    """One figure over several runs; `sd` and the t-interval of the mean are None for a single run."""

    n: int
    mean: float
    sd: float | None
    minimum: float
    maximum: float
    low: float | None
    high: float | None
    median: float

    def to_json(self) -> dict[str, Any]:
        """This summary as plain JSON values."""
        return dataclasses.asdict(self)


def across_seeds(values: Sequence[float], level: float = LEVEL) -> SeedSummary:
    """One figure over several runs: the t-interval says where the mean of such runs lies, not the next run.

    Raises:
        StatisticsError: there is no value, or one is not a finite number.
    """
    import numpy as np
    from scipy.stats import t

    if not len(values) or not all(math.isfinite(value) for value in values):
        raise StatisticsError(
            f"no mean of {list(values)!r}.", "Give one finite number for each run, and a run at least."
        )
    n, mean = len(values), float(np.mean(values))
    least, most, median = float(min(values)), float(max(values)), float(np.median(values))
    if n == 1:
        return SeedSummary(n, mean, None, least, most, None, None, median)
    sd = float(np.std(values, ddof=1))
    half = float(t.ppf((1 + level) / 2, n - 1)) * sd / math.sqrt(n)
    return SeedSummary(n, mean, sd, least, most, mean - half, mean + half, median)

"""Means and their intervals over prompts that were read by both models.

In: numbers by prompt. Out: an estimate with a 95% interval, by bootstrap: prompts are drawn anew, with all that belongs
to one, and the middle 95% of what comes out is the interval. The draws are the same each time.
Does not: know what the numbers are; correct for many positions being looked at.
"""

import functools
from collections.abc import Sequence
from typing import Any, NamedTuple

DRAWS, SEED = 2000, 20240610
FEWEST = 8
"""Prompts that an interval needs: with fewer, drawing them anew says little."""
DIGITS = 6
"""Decimals of what is returned: the rest is rounding noise of fp32."""


class Estimate(NamedTuple):
    """A value and its interval; without one where there are too few prompts."""

    value: float
    low: float | None
    high: float | None

    def to_json(self) -> dict[str, float | None]:
        """This estimate as plain JSON values."""
        return self._asdict()


def ratio(parts: Sequence[float], wholes: Sequence[float]) -> Estimate:
    """The sum of the parts over the sum of the wholes, a pair a prompt; a mean where every whole is 1.

    Raises:
        ValueError: there is no prompt, or the wholes add up to 0.
    """
    return ratios([[part] for part in parts], [[whole] for whole in wholes])[0]


def ratios(parts: Sequence[Sequence[float]], wholes: Sequence[Sequence[float]]) -> list[Estimate]:
    """The same for several columns, (prompts, columns); a prompt whose whole is 0 takes no part in that column."""
    import numpy as np

    above, below = np.asarray(parts, float), np.asarray(wholes, float)
    if above.ndim != 2 or not len(above) or not (below.sum(0) > 0).all():
        raise ValueError("there is nothing to take a share of")
    draws = _draws(len(above))
    drawn_below = draws @ below
    # A draw without any prompt of a column says nothing about it.
    drawn = np.divide(draws @ above, drawn_below, out=np.full(drawn_below.shape, np.nan), where=drawn_below > 0)
    lows, highs = np.nanpercentile(drawn, (2.5, 97.5), axis=0)
    counts = (below != 0).sum(0)
    return [
        Estimate(_round(value), *((_round(low), _round(high)) if count >= FEWEST else (None, None)))
        for value, low, high, count in zip(above.sum(0) / below.sum(0), lows, highs, counts, strict=True)
    ]


@functools.lru_cache(maxsize=4)
def _draws(prompts: int) -> Any:
    """How often each prompt is drawn in each draw, (draws, prompts)."""
    import numpy as np

    chances = np.full(prompts, 1 / prompts)
    return np.random.default_rng(SEED).multinomial(prompts, chances, size=DRAWS).astype(float)


def _round(value: float) -> float:
    return round(float(value), DIGITS) + 0.0

"""What a method came to in a scenario, and the same over scenarios.

In: intervals or estimates beside the truth. Out: rows. Does not: draw anything.
"""

import math
import statistics
from collections.abc import Sequence
from typing import Any, NamedTuple

Ends = tuple[float, float, int]
"""An interval, and in how many draws it came up."""
Estimate = tuple[float, float, float] | None
"""Value, low, high; None where the method has none."""


class Row(NamedTuple):
    """One method in one scenario. `share`: of draws in which the interval covers, or the test rejects."""

    group: str
    method: str
    size: str
    scenario: str
    share: float
    width: float | None = None
    """Mean width of the interval."""
    error: float | None = None
    """Root of the mean squared error of the estimate."""


def covering(place: tuple[str, str, str, str], truth: float, ends: Sequence[Ends]) -> Row:
    """How often the intervals cover the truth; `place`: group, method, size, scenario."""
    draws = sum(count for _, _, count in ends)
    held = sum(count for low, high, count in ends if low - 1e-9 <= truth <= high + 1e-9)
    width = sum(count * (high - low) for low, high, count in ends)
    return Row(*place, held / draws, width / draws)


def estimated(place: tuple[str, str, str, str], truth: float, found: Sequence[Estimate]) -> Row:
    """The same with the estimate's error. One that is not defined covers nothing, and stands for no drift."""
    known = [each for each in found if each is not None]
    held = sum(low - 1e-9 <= truth <= high + 1e-9 for _, low, high in known)
    error = sum(((each[0] if each else 0.0) - truth) ** 2 for each in found)
    width = statistics.fmean(high - low for _, low, high in known) if known else None
    return Row(*place, held / len(found), width, math.sqrt(error / len(found)))


def summary(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """For each group, method and size: lowest, median and highest share over the scenarios, mean width and error."""
    groups: dict[tuple[str, str, str], list[Row]] = {}
    for row in rows:
        groups.setdefault((row.group, row.method, row.size), []).append(row)
    return [_summed(key, same) for key, same in groups.items()]


def _summed(key: tuple[str, str, str], same: Sequence[Row]) -> dict[str, Any]:
    shares = [row.share for row in same]
    return {
        **dict(zip(("group", "method", "size"), key, strict=True)),
        "scenarios": len(same),
        "lowest": round(min(shares), 4),
        "median": round(statistics.median(shares), 4),
        "highest": round(max(shares), 4),
        "worst": min(same, key=lambda row: row.share).scenario,
        "width": _mean([row.width for row in same]),
        "error": _mean([row.error for row in same]),
    }


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return round(statistics.fmean(known), 4) if known else None

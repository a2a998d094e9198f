"""What slips come to in lab 4's functions, statistics part: Wilson's interval, pairs, McNemar's exact test.

In: the lab's plain lists and numbers. Out: right answers by function, and names of slips with what they make.
The bootstrap's and the power's stand in `slips_families` and `slips_power`; all are put together here.
Does not: leave out a slip that happens to give the right answer (`asking.distinct` does), or put it in words.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from autograder.checks.lab4.hidden import slips_families, slips_pairs, slips_power

Slips = Iterator[tuple[str, Any]]
Ends = list[float]


def wilson(count: int, total: int, z: float) -> Ends:
    """Wilson's interval."""
    low, high = _score(count / total, total, z)
    return [round(end, 9) for end in (max(0.0, low), min(1.0, high))]


def _score(share: float, total: float, z: float) -> Ends:
    middle, under = share + z**2 / (2 * total), 1 + z**2 / total
    half = z * math.sqrt(share * (1 - share) / total + z**2 / (4 * total**2))
    return [(middle - half) / under, (middle + half) / under]


def _around(middle: float, half: float) -> Ends:
    return [middle - half, middle + half]


def _clipped(ends: Sequence[float]) -> Ends:
    return [max(0.0, ends[0]), min(1.0, ends[1])]


def of_wilson(count: int, total: int, z: float) -> Slips:
    """wilson."""
    for name, ends in _of_wilson(count, total, z):
        yield name, slips_families.rounded(ends)


def _of_wilson(count: int, total: int, z: float) -> Slips:
    share, right = count / total, wilson(count, total, z)
    plain = _around(share, z * math.sqrt(share * (1 - share) / total))
    yield "wald", plain
    yield "wald-clipped", _clipped(plain)
    yield from _of_pieces(share, total, z)
    yield from _of_other_intervals(count, total, z)
    for fixed in (1.96, 1.959963984540054, 1.95996, 2.0, 1.645):
        yield "z-fixed", wilson(count, total, fixed)
    yield "percent", [100 * end for end in right]
    yield "counts", [total * end for end in right]
    yield "of-the-others", [1 - right[1], 1 - right[0]]
    yield "high-first", right[::-1]
    yield "middle-and-half", [(right[0] + right[1]) / 2, (right[1] - right[0]) / 2]
    yield "middle-and-half", [share, (right[1] - right[0]) / 2]
    yield from (("rounded", [round(end, places) for end in right]) for places in (1, 2, 3))
    yield from (("rounded", [round(100 * end, places) for end in right]) for places in (0, 1))


def _of_pieces(share: float, total: int, z: float) -> Slips:
    """The formula with a piece that is left out or another one."""
    square, spread = z**2, share * (1 - share)
    middle, under = share + square / (2 * total), 1 + square / total
    root = math.sqrt(spread / total + square / (4 * total**2))
    half = z * root
    for ends in (_around(share, half), _around(share, half / under)):
        yield "middle-not-moved", ends
        yield "middle-not-moved", _clipped(ends)
    # z once where its square belongs: in all places, in one of them
    once = z * math.sqrt(spread / total + z / (4 * total**2))
    for moved, wide, below in (
        (share + z / (2 * total), once, 1 + z / total),
        (share + z / (2 * total), half, 1 + z / total),
        (share + z / (2 * total), half, under),
        (middle, half, 1 + z / total),
        (middle, once, under),
    ):
        yield "z-not-squared", _clipped(_around(moved / below, wide / below))
    yield "not-divided", _around(middle, half)
    yield "not-divided", _clipped(_around(middle, half))
    yield "one-not-divided", _clipped(_around(middle / under, half))
    yield "one-not-divided", _clipped(_around(middle, half / under))
    short = z * math.sqrt(spread / total)
    yield "root-without-z", _clipped(_around(middle / under, short / under))
    wide = z * math.sqrt(spread / total + square / (4 * total))
    yield "total-not-squared", _clipped(_around(middle / under, wide / under))
    wide = z * math.sqrt(spread / total + square / (2 * total**2))
    yield "four-for-two", _clipped(_around(middle / under, wide / under))
    yield "four-for-two", _clipped(_around((share + square / total) / under, half / under))
    yield "four-for-two", _clipped(_around((share + square / (4 * total)) / under, half / under))
    yield "root-forgotten", _clipped(_around(middle / under, z * root**2 / under))
    yield "z-left-out", _clipped(_around(middle / under, root / under))


def _of_other_intervals(count: int, total: int, z: float) -> Slips:
    """Other intervals that have a name."""
    from scipy.stats import beta, norm, t

    share, square = count / total, z**2
    for many, more in ((total + square, count + square / 2), (total + 4, count + 2)):
        moved = more / many
        ends = _around(moved, z * math.sqrt(moved * (1 - moved) / many))
        yield "agresti-coull", ends
        yield "agresti-coull", _clipped(ends)
    tail = float(norm.sf(z))
    low = float(beta.ppf(tail, count, total - count + 1)) if count else 0.0
    high = float(beta.isf(tail, count + 1, total - count)) if count < total else 1.0
    yield "clopper-pearson", [low, high]
    low, high = (float(beta.ppf(one, count + 0.5, total - count + 0.5)) for one in (tail, 1 - tail))
    yield "jeffreys", [low, high]
    yield "jeffreys", [low if count else 0.0, high if count < total else 1.0]
    if total > 1:
        wider = float(t.isf(tail, total - 1))
        ends = _around(share, wider * math.sqrt(share * (1 - share) / total))
        yield "t-for-z", _clipped(_score(share, total, wider))
        yield "t-for-z", ends
        yield "t-for-z", _clipped(ends)
    low = _corrected(count, total, z, -1) if count else 0.0
    yield "continuity", [low, _corrected(count, total, z, 1) if count < total else 1.0]


def _corrected(count: int, total: int, z: float, side: int) -> float:
    """One end of Wilson's interval with continuity correction (Newcombe, Statistics in Medicine 17:857-872, 1998)."""
    share = count / total
    inside = z**2 + 2 * side - 1 / total + 4 * share * (total * (1 - share) - side)
    end = 2 * total * share + z**2 + side * (1 + z * math.sqrt(max(0.0, inside)))
    return min(1.0, max(0.0, end / (2 * (total + z**2))))


REFERENCES: dict[str, Callable[..., Any]] = {
    "wilson": wilson,
    "pair_up": slips_pairs.pair_up,
    "mcnemar": slips_pairs.mcnemar,
    "family_interval": slips_families.family_interval,
    "power": slips_power.power,
    "prompts_needed": slips_power.prompts_needed,
}
"""The right answer, by function."""
SLIPS: dict[str, Callable[..., Slips]] = {
    "wilson": of_wilson,
    "pair_up": slips_pairs.of_pair_up,
    "mcnemar": slips_pairs.of_mcnemar,
    "family_interval": slips_families.of_family_interval,
    "power": slips_power.of_power,
    "prompts_needed": slips_power.of_prompts_needed,
}
"""What slips make of the same arguments, by function."""

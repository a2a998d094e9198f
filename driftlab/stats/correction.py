"""The judge's own errors taken out of the paired difference, by answers that people labelled as well.

In: for every pair whether the judge saw a refusal before and after; for some pairs, drawn at random from all, the same
from people. Out: the difference as people would have counted it over all pairs, with its interval.
The estimate is PPI++ (A. N. Angelopoulos, J. C. Duchi, T. Zrnic, arXiv:2311.01453, 2023) of the mean paired
difference: the judge's difference on the unlabelled pairs, times a weight, plus what people's difference exceeds it by
on the labelled ones. The weight (lambda) is tuned to the smallest variance and kept between 0 and 1, so that a useless
judge costs nothing. It needs no assumption about the judge, only that the labelled pairs are a random sample of all.
Its normal interval is too sure of itself where few labelled pairs changed: in simulation (recorded/coverage.json) it
came down to 0.75. Ours adds a pair of +1 and one of -1 to the labelled residuals before it takes their variance, as D.
G. Bonett and R. M. Price (Journal of Educational and Behavioral Statistics 37:479-488, 2012) do for the plain
difference.
Where all pairs are labelled there is nothing to correct: people's own difference, with Newcombe's interval.
Does not: use a label on one side only; correct a labelled sample that was picked (only refusals, say).
"""

import dataclasses
import math
from collections.abc import Sequence
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

from driftlab.stats.pairs import paired_difference
from driftlab.stats.rates import LEVEL, StatisticsError

if TYPE_CHECKING:
    import numpy as np

Refused = tuple[bool, bool]
"""Whether a pair's answers were positive (refusals): before, after."""
ENOUGH_LABELLED = 10
"""Labelled pairs below which nothing is corrected; the interval covers from here on, and is wide."""


@dataclasses.dataclass(frozen=True, slots=True)
class Corrected:
    """The paired difference (after - before) as people would have counted it."""

    value: float
    low: float
    high: float
    labelled: int
    pairs: int
    weight: float | None
    """Lambda: how far the judge's verdicts on the unlabelled pairs were believed; None where all are labelled."""

    def to_json(self) -> dict[str, Any]:
        """This estimate as plain JSON values."""
        return dataclasses.asdict(self)


@dataclasses.dataclass(frozen=True, slots=True)
class RoganGladen:
    """The difference of two rates, each corrected by itself: for comparison, not for use.

    `sensitivity` and `specificity` are (before, after).
    """

    value: float
    low: float
    high: float
    sensitivity: tuple[float, float]
    specificity: tuple[float, float]

    def to_json(self) -> dict[str, Any]:
        """This estimate as plain JSON values."""
        return dataclasses.asdict(self)


def labelled_pairs(labels: Sequence[Refused | None]) -> list[int]:
    """The places of the pairs that have a label on both sides."""
    return [place for place, label in enumerate(labels) if label is not None]


def corrected_difference(
    judged: Sequence[Refused], labels: Sequence[Refused | None], level: float = LEVEL
) -> Corrected:
    """The difference by PPI++; by the labels alone where every pair has one.

    Raises:
        StatisticsError: the sequences differ in length, or fewer than `ENOUGH_LABELLED` pairs are labelled.
    """
    places = _checked(judged, labels)
    if len(places) == len(judged):
        known = [label for label in labels if label is not None]
        table = [sum(pair == cell for pair in known) for cell in _CELLS]
        found = paired_difference(table[0], table[1], table[2], table[3], level)
        return Corrected(*found, len(places), len(judged), None)
    return _ppi(judged, labels, places, level)


_CELLS = ((True, True), (True, False), (False, True), (False, False))


def _ppi(judged: Sequence[Refused], labels: Sequence[Refused | None], places: Sequence[int], level: float) -> Corrected:
    import numpy as np

    change = np.array([int(after) - int(before) for before, after in judged], dtype=float)
    labelled = np.zeros(len(judged), dtype=bool)
    labelled[list(places)] = True
    truth = np.array([int(label[1]) - int(label[0]) for label in labels if label is not None], dtype=float)
    ours, rest = change[labelled], change[~labelled]
    weight = _weight(truth, ours, change, len(rest))
    residual = truth - weight * ours
    value = float(residual.mean() + weight * rest.mean())
    variance = _with_two_more(residual) + weight**2 * float(rest.var()) / len(rest)
    half = NormalDist().inv_cdf((1 + level) / 2) * math.sqrt(variance)
    return Corrected(value, max(-1.0, value - half), min(1.0, value + half), len(truth), len(change), weight)


def _weight(truth: "np.ndarray", ours: "np.ndarray", all_: "np.ndarray", unlabelled: int) -> float:
    """The lambda of the smallest variance (the paper's for a mean), kept between 0 and 1."""
    variance = float(all_.var(ddof=1))
    if variance == 0:
        return 0.0
    shared = float(((truth - truth.mean()) * (ours - ours.mean())).sum()) / (len(truth) - 1)
    return min(1.0, max(0.0, shared / (variance * (1 + len(truth) / unlabelled))))


def _with_two_more(residual: "np.ndarray") -> float:
    """The variance of a mean of residuals to which one of +1 and one of -1 were added."""
    total = len(residual) + 2
    return (float((residual**2).sum() + 2) / total - (float(residual.sum()) / total) ** 2) / total


def picked_p(judged: Sequence[Refused], labels: Sequence[Refused | None]) -> float:
    """How probable labels on such pairs would be if they had been drawn at random; a small p says they were picked.

    Fisher's exact test of having a label against each of the four ways that the judge's verdicts of a pair can go, with
    Bonferroni's correction. It sees nothing of what the judge does not see. 1 where all or no pairs are labelled.
    """
    from scipy.stats import fisher_exact

    tests = []
    for cell in _CELLS:
        inside = [label is not None for pair, label in zip(judged, labels, strict=True) if pair == cell]
        outside = [label is not None for pair, label in zip(judged, labels, strict=True) if pair != cell]
        if inside and outside:
            table = [[sum(side), len(side) - sum(side)] for side in (inside, outside)]
            tests.append(float(fisher_exact(table).pvalue))
    return min(1.0, len(tests) * min(tests)) if tests else 1.0


def rogan_gladen(
    judged: Sequence[Refused], labels: Sequence[Refused | None], level: float = LEVEL
) -> RoganGladen | None:
    """Each rate corrected by the judge's sensitivity and specificity in its arm (W. J. Rogan and B. Gladen, 1978).

    American Journal of Epidemiology 107:71-76; the variance is theirs, and the arms are taken for independent, as
    those do who correct arms. It divides by how much better than chance the judge is in an arm, so its error is larger
    than that of the uncorrected difference wherever few answers of one kind were labelled. None where not defined:
    an arm without a labelled refusal or without a labelled other answer, or with a judge no better than chance.

    Raises:
        StatisticsError: as `corrected_difference`.
    """
    places = _checked(judged, labels)
    arms = [
        _arm([pair[side] for pair in judged], [(judged[place][side], _label(labels, place)[side]) for place in places])
        for side in (0, 1)
    ]
    before, after = arms
    if before is None or after is None:
        return None
    half = NormalDist().inv_cdf((1 + level) / 2) * math.sqrt(before[1] + after[1])
    value = after[0] - before[0]
    return RoganGladen(
        value, max(-1.0, value - half), min(1.0, value + half), (before[2], after[2]), (before[3], after[3])
    )


def _label(labels: Sequence[Refused | None], place: int) -> Refused:
    label = labels[place]
    if label is None:
        raise ValueError(f"the pair at {place} has no label")
    return label


def _arm(judged: Sequence[bool], known: Sequence[tuple[bool, bool]]) -> tuple[float, float, float, float] | None:
    """Corrected rate, its variance, sensitivity and specificity; `known` has (judged, labelled)."""
    positive = [judge for judge, label in known if label]
    negative = [judge for judge, label in known if not label]
    if not positive or not negative:
        return None
    sensitivity, specificity = sum(positive) / len(positive), 1 - sum(negative) / len(negative)
    gain = sensitivity + specificity - 1
    if gain <= 0:
        return None
    seen = sum(judged) / len(judged)
    rate = min(1.0, max(0.0, (seen + specificity - 1) / gain))
    variance = (
        seen * (1 - seen) / len(judged)
        + rate**2 * sensitivity * (1 - sensitivity) / len(positive)
        + (1 - rate) ** 2 * specificity * (1 - specificity) / len(negative)
    ) / gain**2
    return rate, variance, sensitivity, specificity


def _checked(judged: Sequence[Refused], labels: Sequence[Refused | None]) -> list[int]:
    if len(judged) != len(labels):
        raise StatisticsError(
            f"{len(judged)} judged pairs and {len(labels)} labels do not match.",
            "Give a label for every judged pair, None where there is none.",
        )
    places = labelled_pairs(labels)
    if len(places) < min(ENOUGH_LABELLED, len(judged)) or not places:
        raise StatisticsError(
            f"{len(places)} of {len(judged)} pairs are labelled on both sides.",
            f"Label at least {ENOUGH_LABELLED} pairs, drawn at random, on both sides.",
        )
    return places

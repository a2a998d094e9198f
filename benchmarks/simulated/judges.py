"""Judges that err, and a labelled sample: the corrected difference on simulated pairs.

In: a generator and how many draws. Out: rows. Does not: know families.
"""

import math
from collections.abc import Callable, Iterator

import numpy as np

from driftlab import stats
from simulated.rows import Estimate, Row, estimated

SIZES = ((200, 20), (200, 50), (450, 100), (450, 300))
"""Pairs in all, and labelled ones among them."""
JUDGES = {"good": ((0.97, 0.97), (0.97, 0.97)), "uneven": ((0.9, 0.85), (0.85, 0.9))}
"""Sensitivity and specificity, before and after."""
RATES = ((0.99, 0.99), (0.98, 0.9), (0.95, 0.3), (0.65, 0.5), (0.5, 0.5), (0.03, 0.1))


def corrected(rng: np.random.Generator, draws: int) -> Iterator[Row]:
    """Coverage and error of the difference that labels correct."""
    for pairs, labelled in SIZES:
        for rates in RATES:
            for judge, quality in JUDGES.items():
                for nested in (False, True):
                    truths, judged = _judged(rng, rates, nested, quality, (draws, pairs))
                    name = f"{rates[0]} to {rates[1]}{', nested' if nested else ''}, judge {judge}"
                    size = f"{labelled} of {pairs} labelled"
                    for method, estimate in CORRECTIONS.items():
                        found = [estimate(t, j, labelled) for t, j in zip(truths, judged, strict=True)]
                        yield estimated(("corrected", method, size, name), rates[1] - rates[0], found)


def _judged(
    rng: np.random.Generator,
    rates: tuple[float, float],
    nested: bool,
    quality: tuple[tuple[float, float], ...],
    shape: tuple[int, int],
) -> tuple[np.ndarray, np.ndarray]:
    """What people would say and what the judge says: draws x pairs x (before, after), of bool."""
    before, after = rates
    both = min(before, after) if nested else before * after
    shares = np.clip([both, before - both, after - both, 1 - before - after + both], 0, 1)
    cells = rng.choice(4, size=shape, p=shares / shares.sum())
    truths = np.stack([cells <= 1, cells % 2 == 0], axis=-1)
    noise = rng.random(truths.shape)
    sensitivity, specificity = np.array(quality).T
    return truths, np.where(truths, noise < sensitivity, noise >= specificity)


def ours(truth: np.ndarray, judged: np.ndarray, labelled: int) -> Estimate:
    """`corrected_difference`."""
    found = stats.corrected_difference(_pairs(judged), _labels(truth, labelled))
    return found.value, found.low, found.high


def plain(truth: np.ndarray, judged: np.ndarray, labelled: int) -> Estimate:
    """The same estimate with the paper's normal interval."""
    change, true = (np.diff(each.astype(int), axis=-1)[:, 0].astype(float) for each in (judged, truth[:labelled]))
    weight = stats.corrected_difference(_pairs(judged), _labels(truth, labelled)).weight or 0.0
    residual, rest = true - weight * change[:labelled], change[labelled:]
    value = residual.mean() + weight * rest.mean()
    half = 1.96 * math.sqrt(residual.var(ddof=1) / labelled + weight**2 * rest.var(ddof=1) / len(rest))
    return float(value), float(value - half), float(value + half)


def labels_alone(truth: np.ndarray, judged: np.ndarray, labelled: int) -> Estimate:
    """People's difference on the labelled pairs, with Newcombe's interval; the judge is left out."""
    return _of_pairs(truth[:labelled])


def uncorrected(truth: np.ndarray, judged: np.ndarray, labelled: int) -> Estimate:
    """The judge's difference on all pairs; its errors are left in."""
    return _of_pairs(judged)


def per_arm(truth: np.ndarray, judged: np.ndarray, labelled: int) -> Estimate:
    """Rogan and Gladen's correction of each rate."""
    found = stats.rogan_gladen(_pairs(judged), _labels(truth, labelled))
    return None if found is None else (found.value, found.low, found.high)


CORRECTIONS: dict[str, Callable[[np.ndarray, np.ndarray, int], Estimate]] = {
    "PPI++, two more (ours)": ours,
    "PPI++, normal interval": plain,
    "labels alone": labels_alone,
    "judge, uncorrected": uncorrected,
    "Rogan-Gladen per arm": per_arm,
}


def _of_pairs(pairs: np.ndarray) -> Estimate:
    before, after = pairs[:, 0], pairs[:, 1]
    table = (before & after, before & ~after, ~before & after, ~before & ~after)
    return tuple(stats.paired_difference(*(int(cell.sum()) for cell in table)))


def _pairs(judged: np.ndarray) -> list[tuple[bool, bool]]:
    return [(was, now) for was, now in judged.tolist()]


def _labels(truth: np.ndarray, labelled: int) -> list[tuple[bool, bool] | None]:
    return [*_pairs(truth[:labelled]), *[None] * (len(truth) - labelled)]

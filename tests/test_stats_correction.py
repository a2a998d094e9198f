"""Labels correct the judge: PPI++ against its formula and by simulation, and why each arm by itself is worse."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from driftlab.stats import ENOUGH_LABELLED, StatisticsError, corrected_difference, paired_difference, rogan_gladen

PAIR = st.tuples(st.booleans(), st.booleans())
LABELS = st.lists(st.tuples(PAIR, st.one_of(st.none(), PAIR)), min_size=25, max_size=80)


def draw(rng, pairs, labelled, before, after, quality=((0.9, 0.85), (0.85, 0.9))):
    """Judged pairs and labels on a random part, from a judge with this sensitivity and specificity in each arm."""
    truth = rng.random((pairs, 2)) < [before, after]
    noise = rng.random((pairs, 2))
    sensitivity, specificity = np.array(quality).T
    judged = np.where(truth, noise < sensitivity, noise >= specificity)
    chosen = set(rng.choice(pairs, labelled, replace=False).tolist())
    labels = [(bool(a), bool(b)) if place in chosen else None for place, (a, b) in enumerate(truth)]
    return [(bool(a), bool(b)) for a, b in judged], labels


@settings(max_examples=60)
@given(LABELS.filter(lambda rows: 10 <= sum(label is not None for _, label in rows) < len(rows)))
def test_the_estimate_is_the_papers(rows):
    judged, labels = [pair for pair, _ in rows], [label for _, label in rows]
    found = corrected_difference(judged, labels)
    change = np.array([int(b) - int(a) for a, b in judged], dtype=float)
    known = np.array([label is not None for label in labels])
    truth = np.array([int(label[1]) - int(label[0]) for label in labels if label is not None], dtype=float)
    n, rest = known.sum(), (~known).sum()
    scale = change.var(ddof=1) * (1 + n / rest)
    tuned = np.cov(truth, change[known])[0, 1] / scale if scale else 0.0
    weight = min(1.0, max(0.0, tuned))
    assert found.weight == pytest.approx(weight, abs=1e-9)
    assert found.value == pytest.approx(weight * change[~known].mean() + (truth - weight * change[known]).mean())
    assert -1 <= found.low <= found.high <= 1
    assert (found.labelled, found.pairs) == (n, len(rows))
    plain = (truth - weight * change[known]).var() / n + weight**2 * change[~known].var() / rest
    if found.low > -1 and found.high < 1:
        assert found.high - found.low > 2 * 1.96 * math.sqrt(plain) * math.sqrt(n / (n + 2))


@settings(max_examples=30)
@given(st.lists(st.tuples(PAIR, PAIR), min_size=1, max_size=60))
def test_with_all_labelled_it_is_peoples_own_difference(rows):
    judged, labels = [pair for pair, _ in rows], [label for _, label in rows]
    found = corrected_difference(judged, labels)
    both, lost, gained, neither = (labels.count(cell) for cell in [(1, 1), (1, 0), (0, 1), (0, 0)])
    assert (found.value, found.low, found.high) == paired_difference(both, lost, gained, neither)
    assert found.weight is None


def test_a_judge_that_only_errs_is_not_believed():
    rng = np.random.default_rng(0)
    judged, labels = draw(rng, 400, 100, 0.9, 0.6, ((0.5, 0.5), (0.5, 0.5)))
    assert corrected_difference(judged, labels).weight < 0.2


def test_a_perfect_judge_is_believed_and_narrows_the_interval():
    rng = np.random.default_rng(0)
    judged, labels = draw(rng, 1000, 60, 0.9, 0.5, ((1, 1), (1, 1)))
    found = corrected_difference(judged, labels)
    alone = [label for label in labels if label is not None]
    people = paired_difference(*(alone.count(cell) for cell in [(1, 1), (1, 0), (0, 1), (0, 0)]))
    assert found.weight == pytest.approx(1, abs=0.15)
    assert found.high - found.low < 0.7 * (people.high - people.low)


def test_where_no_labelled_pair_changed_the_interval_still_has_a_width():
    judged = [(True, True)] * 200
    labels = [(True, True)] * 30 + [None] * 170
    found = corrected_difference(judged, labels)
    assert found.value == 0
    assert found.low < -0.05 < 0.05 < found.high


@pytest.mark.parametrize("labels", [[None] * 30, [(True, True)] * (ENOUGH_LABELLED - 1) + [None] * 21, [None] * 29])
def test_too_few_labels_are_an_error(labels):
    with pytest.raises(StatisticsError):
        corrected_difference([(True, True)] * 30, labels)


def test_rogan_and_gladens_own_arithmetic():
    judged = [(True, False)] * 60 + [(False, False)] * 40
    labels = [(True, False)] * 18 + [(False, False)] * 2 + [None] * 40 + [(False, False)] * 18 + [(True, True)] * 2
    labels += [None] * 20
    found = rogan_gladen(judged, labels)
    assert found is None  # after, the judge saw no refusal, so it is no better than chance there
    judged[-1] = (False, True)
    labels[-1] = (False, True)
    found = rogan_gladen(judged, labels)
    assert found.sensitivity == pytest.approx((18 / 20, 1 / 3))
    assert found.specificity == pytest.approx((19 / 21, 1.0))
    assert found.value == pytest.approx((0.01 + 0) / (1 / 3) - (0.6 + 19 / 21 - 1) / (0.9 + 19 / 21 - 1))


def test_an_arm_without_labelled_refusals_cannot_be_corrected():
    assert rogan_gladen([(True, True)] * 30, [(True, False)] * 30) is None


@pytest.mark.parametrize(("before", "after"), [(0.98, 0.9), (0.65, 0.5), (0.03, 0.1)])
def test_the_interval_covers_and_each_arm_by_itself_is_further_off(before, after):
    rng = np.random.default_rng(1)
    held, ours, theirs = 0, [], []
    for _ in range(400):
        judged, labels = draw(rng, 200, 50, before, after)
        found, arms = corrected_difference(judged, labels), rogan_gladen(judged, labels)
        held += found.low <= after - before <= found.high
        ours.append(found.value - (after - before))
        theirs.append((arms.value if arms else 0.0) - (after - before))
    assert held / 400 >= 0.905  # 0.95 less four standard errors of 400 draws
    assert abs(np.mean(ours)) < 0.012
    assert np.sqrt(np.mean(np.square(ours))) < 0.8 * np.sqrt(np.mean(np.square(theirs)))

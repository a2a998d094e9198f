"""No drift as a claim: it needs enough pairs that did not change, and its size is held at the margin."""

import math
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar

from driftlab.stats import StatisticsError, equivalence

TABLES = st.tuples(*[st.integers(0, 60)] * 4).filter(sum)
MARGINS = st.sampled_from([0.02, 0.05, 0.1, 0.3])


def tangos_p(lost, gained, total, margin):
    """One-sided against a rise of the margin, with the share of losses found by a search for the likeliest."""

    def unlikely(losses):
        shares = losses, losses + margin, 1 - 2 * losses - margin
        counts = lost, gained, total - lost - gained
        return -sum(count * math.log(max(share, 1e-300)) for count, share in zip(counts, shares, strict=True) if count)

    found = minimize_scalar(unlikely, bounds=(0, (1 - margin) / 2), method="bounded", options={"xatol": 1e-12}).x
    losses = min((0.0, (1 - margin) / 2, found), key=unlikely)
    spread = math.sqrt(total * (2 * losses + margin * (1 - margin)))
    return NormalDist().cdf((gained - lost - total * margin) / spread)


@settings(max_examples=60)
@given(TABLES, MARGINS)
def test_it_is_two_of_tangos_tests(table, margin):
    _, lost, gained, _ = table
    expected = max(tangos_p(lost, gained, sum(table), margin), tangos_p(gained, lost, sum(table), margin))
    assert equivalence(*table, margin=margin).p == pytest.approx(expected, abs=1e-5)


@given(TABLES, MARGINS)
def test_the_claim_is_the_same_either_way_round_and_the_smallest_margin_just_makes_it(table, margin):
    both, lost, gained, neither = table
    found = equivalence(*table, margin=margin)
    assert found == equivalence(both, gained, lost, neither, margin=margin)
    assert found.equivalent == (found.p <= 0.05) == (found.smallest_margin <= margin + 1e-9)
    assert abs(gained - lost) / sum(table) <= found.smallest_margin <= 1


def test_a_null_result_of_many_pairs_is_equivalence_and_of_few_pairs_is_not():
    assert equivalence(220, 1, 1, 2).equivalent
    assert not equivalence(20, 0, 0, 0).equivalent  # nothing changed, and 20 pairs do not show it
    assert equivalence(224, 0, 0, 0).smallest_margin == pytest.approx(0.0119, abs=1e-4)


def test_a_drift_within_noise_is_not_equivalence():
    assert not equivalence(200, 12, 4, 8).equivalent


@pytest.mark.parametrize(("table", "margin"), [((0, 0, 0, 0), 0.05), ((9, 1, 1, 0), 0.0), ((9, 1, 1, 0), 1.0)])
def test_no_pairs_or_no_margin_is_an_error(table, margin):
    with pytest.raises(StatisticsError):
        equivalence(*table, margin=margin)


@pytest.mark.parametrize("pairs", [50, 200, 500])
@pytest.mark.parametrize("shares", [(0.85, 0.06, 0.01, 0.08), (0.45, 0.05, 0.0, 0.5), (0.89, 0.05, 0.10, -0.04)])
def test_at_the_margin_it_is_claimed_in_about_one_of_twenty_draws_at_most(pairs, shares):
    shares = np.clip(shares, 0, 1)
    drawn = np.random.default_rng(0).multinomial(pairs, shares / shares.sum(), size=1000)
    claimed = np.mean([equivalence(*map(int, table)).equivalent for table in drawn])
    assert claimed <= 0.065 + 3 * math.sqrt(0.065 * 0.935 / 1000)  # the exact size comes to 0.06 at some sizes

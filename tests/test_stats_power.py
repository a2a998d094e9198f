"""What pairs can show, against a plain sum over every table, a simulation, and figures that were published to us."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.stats import multinomial

from driftlab.stats import StatisticsError, detectable_drop, mcnemar, pairs_needed, power_of

SHARES = st.floats(0.005, 0.3)


@settings(max_examples=15)
@given(st.integers(1, 25), SHARES, st.sampled_from([0.0, 0.02, 0.1]))
def test_power_is_the_sum_over_all_tables_that_the_test_rejects_downwards(pairs, drop, flips):
    tables = [(lost, gained) for lost in range(pairs + 1) for gained in range(pairs + 1 - lost)]
    rejected = [(lost, gained) for lost, gained in tables if lost > gained and mcnemar(lost, gained) <= 0.05]
    shares = [drop + flips, flips, 1 - drop - 2 * flips]
    total = sum(multinomial.pmf([lost, gained, pairs - lost - gained], pairs, shares) for lost, gained in rejected)
    assert power_of(drop, pairs, flips) == pytest.approx(total, abs=1e-9)


@settings(max_examples=40)
@given(st.integers(2, 600), SHARES, SHARES, st.sampled_from([0.0, 0.02, 0.1]))
def test_more_pairs_and_larger_drops_are_seen_more_often(pairs, drop, more, flips):
    assume(drop + more + 2 * flips <= 1)
    assert power_of(drop, pairs, flips) <= power_of(drop, pairs + 1, flips) + 1e-9
    assert power_of(drop, pairs, flips) <= power_of(drop + more, pairs, flips) + 1e-9


@settings(max_examples=15)
@given(st.integers(20, 900), st.sampled_from([0.0, 0.02, 0.05]))
def test_the_detectable_drop_is_the_smallest_with_that_power(pairs, flips):
    drop = detectable_drop(pairs, flips)
    assert power_of(drop, pairs, flips) == pytest.approx(0.8, abs=1e-4)
    assert power_of(drop - 1e-4, pairs, flips) < 0.8


@pytest.mark.parametrize(
    ("pairs", "drops"),
    [  # simulated elsewhere on a grid of drops, for 0, 2 and 5% of flips each way; ours are the exact sums
        (50, (0.155, 0.192, 0.231)),
        (100, (0.079, 0.111, 0.143)),
        (200, (0.040, 0.067, 0.090)),
        (250, (0.032, 0.058, 0.077)),
        (450, (0.018, 0.039, 0.053)),
        (939, (0.008, 0.024, 0.034)),
    ],
)
def test_it_agrees_with_simulated_ones(pairs, drops):
    found = [detectable_drop(pairs, flips) for flips in (0.0, 0.02, 0.05)]
    assert found == pytest.approx(drops, abs=0.003)


def test_six_losses_are_the_least_that_the_test_can_see():
    assert detectable_drop(5, 0.0) is None
    assert power_of(1.0, 5, 0.0) == 0
    assert detectable_drop(6, 0.0) == pytest.approx(0.8 ** (1 / 6))


def test_where_little_was_refused_little_can_be_lost():
    assert detectable_drop(200, 0.02, most=0.05) is None
    assert detectable_drop(200, 0.02, most=0.5) == pytest.approx(detectable_drop(200, 0.02))


@pytest.mark.parametrize(("drop", "flips"), [(0.2, 0.0), (0.1, 0.02), (0.05, 0.05), (0.01, 0.0)])
def test_the_pairs_needed_are_the_fewest(drop, flips):
    pairs = pairs_needed(drop, flips)
    assert power_of(drop, pairs, flips) >= 0.8 > power_of(drop, pairs - 1, flips)


def test_a_simulation_rejects_as_often():
    drawn = np.random.default_rng(0).multinomial(200, [0.09, 0.02, 0.89], size=4000)
    rejected = np.mean([lost > gained and mcnemar(int(lost), int(gained)) <= 0.05 for lost, gained, _ in drawn])
    assert rejected == pytest.approx(power_of(0.07, 200, 0.02), abs=0.03)  # four standard errors


@pytest.mark.parametrize(("drop", "pairs", "flips"), [(0.9, 10, 0.1), (-0.1, 10, 0), (0.1, 0, 0), (0.1, 10, -0.1)])
def test_what_cannot_be_is_an_error(drop, pairs, flips):
    with pytest.raises(StatisticsError):
        power_of(drop, pairs, flips)


@pytest.mark.parametrize("drop", [0.0, 0.00001])
def test_no_number_of_pairs_shows_next_to_nothing(drop):
    with pytest.raises(StatisticsError):
        pairs_needed(drop)


@pytest.mark.parametrize("share", [5e-324, 1e-308, 1e-100, 1e-15])
def test_shares_that_are_all_but_nought_have_no_power(share: float) -> None:
    assert power_of(share, 100, flips=share) < 1e-9

"""The bootstrap by family and seed: what it gives, and that it covers where drawing single pairs does not."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from driftlab.records import Outcome
from driftlab.stats import Changes, StatisticsError, changes_by_family, clustered_interval

R, P, C, U = Outcome.REFUSED, Outcome.PARTIAL, Outcome.COMPLIED, Outcome.UNPARSEABLE
OUTCOMES = st.sampled_from(Outcome)
ROWS = st.lists(st.tuples(OUTCOMES, OUTCOMES, st.sampled_from("abcdef")), min_size=1, max_size=60)


@given(ROWS)
def test_changes_are_counted_within_families_and_unparseable_pairs_are_left_out(rows):
    found = changes_by_family(*zip(*rows, strict=True))
    kept = [(was, now, family) for was, now, family in rows if U not in (was, now)]
    families = dict.fromkeys(family for *_, family in kept)
    assert found.pairs == (tuple(sum(row[2] == family for row in kept) for family in families),)
    assert sum(found.net[0]) == sum((now == R) - (was == R) for was, now, _ in kept)


@settings(max_examples=50)
@given(ROWS.filter(lambda rows: any(U not in row for row in rows)))
def test_the_value_is_the_paired_difference_and_lies_inside(rows):
    before, after, families = zip(*rows, strict=True)
    found = clustered_interval(changes_by_family(before, after, families), resamples=200)
    kept = [(was, now) for was, now in zip(before, after, strict=True) if U not in (was, now)]
    assert found.value == pytest.approx(np.mean([(now == R) - (was == R) for was, now in kept]))
    if found.low is not None:
        assert -1 <= found.low <= found.high <= 1


def test_the_same_changes_and_seed_give_the_same_interval_and_another_seed_nearly_so():
    changes = Changes(((3, -1, 0, -2, 1, -4),), ((5, 5, 5, 4, 5, 6),))
    one, again, other = (clustered_interval(changes, seed=seed) for seed in (0, 0, 1))
    assert one == again
    assert one != other
    assert (one.low, one.high) == pytest.approx((other.low, other.high), abs=0.05)


def test_many_blocks_give_what_one_gives(monkeypatch):
    changes = Changes(((3, -1, 0, -2, 1, -4),), ((5, 5, 5, 4, 5, 6),))
    whole = clustered_interval(changes, resamples=1000)
    monkeypatch.setattr("driftlab.stats.resampling.BLOCK", 60)
    in_parts = clustered_interval(changes, resamples=1000)
    assert (in_parts.low, in_parts.high) == (whole.low, whole.high)


def test_it_agrees_with_scipys_bootstrap_of_a_mean():
    from scipy.stats import bootstrap

    net = np.random.default_rng(0).integers(-6, 3, size=40)
    changes = Changes((tuple(net.tolist()),), ((10,) * 40,))
    theirs = bootstrap((net / 10,), np.mean, n_resamples=4000, method="percentile", rng=1).confidence_interval
    ours = clustered_interval(changes)
    stretch = math.sqrt(40 / 39) * 2.0227 / 1.96  # sqrt(n / (n - 1)) and t with 39 degrees of freedom
    middle = net.mean() / 10
    for end, expected in ((ours.low, theirs.low), (ours.high, theirs.high)):
        assert end - middle == pytest.approx((expected - middle) * stretch, rel=0.06)


@pytest.mark.parametrize(
    "changes",
    [
        Changes(((-3,),), ((9,),)),  # one family
        Changes(((0, 0, 0),), ((4, 5, 6),)),  # nothing changed
        Changes(((-4, -5),), ((4, 5),)),  # all lost everything: no two resamples differ
    ],
)
def test_where_resamples_cannot_differ_there_is_no_interval(changes):
    found = clustered_interval(changes)
    assert found.low is found.high is None


@pytest.mark.parametrize("changes", [Changes(((),), ((),)), Changes(((0, 0),), ((0, 0),))])
def test_nothing_to_resample_is_an_error(changes):
    with pytest.raises(StatisticsError):
        clustered_interval(changes)


def test_unequal_lengths_are_an_error():
    with pytest.raises(StatisticsError, match="2 outcomes before, 2 after and 1 families"):
        changes_by_family([R, R], [R, C], ["a"])


def test_seeds_that_differ_widen_the_interval():
    alike = Changes(((-4, -5, -4, -6),) * 4, ((10,) * 4,) * 4)
    apart = Changes(((-9, -10, -9, -10), (0, 0, 0, -1), (-9, -10, -8, -10), (0, 0, 0, -1)), ((10,) * 4,) * 4)
    one, other = clustered_interval(alike), clustered_interval(apart)
    assert (one.seeds, one.families) == (4, 4)
    assert other.value == pytest.approx(one.value, abs=0.02)
    assert other.high - other.low > 3 * (one.high - one.low)

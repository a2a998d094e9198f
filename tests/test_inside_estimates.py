"""Means over prompts: right values, intervals that cover, and none where there are too few prompts."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from driftlab.inside.estimates import FEWEST, Estimate, ratio, ratios

VALUES = st.lists(st.tuples(st.floats(-5, 5), st.integers(0, 9)), min_size=1, max_size=40).filter(
    lambda rows: any(whole for _, whole in rows)
)


@settings(max_examples=40)
@given(VALUES)
def test_a_ratio_lies_in_its_interval_and_is_the_same_each_time(rows: list[tuple[float, int]]) -> None:
    parts, wholes = [part * whole for part, whole in rows], [float(whole) for _, whole in rows]
    found = ratio(parts, wholes)
    assert found.value == pytest.approx(sum(parts) / sum(wholes), abs=1e-5)
    assert found == ratio(parts, wholes)
    counted = sum(whole > 0 for whole in wholes)
    assert (found.low is None) == (found.high is None) == (counted < FEWEST)
    if found.low is not None and found.high is not None:
        assert min(part for part, whole in rows if whole) - 1e-5 <= found.low
        assert found.low <= found.high <= max(part for part, whole in rows if whole) + 1e-5


def test_columns_are_estimated_over_the_prompts_that_have_them() -> None:
    parts = [[1.0, 2.0]] * 10 + [[1.0, 0.0]] * 5 + [[1.0, 0.0]]
    wholes = [[1.0, 1.0]] * 10 + [[1.0, 0.0]] * 5 + [[1.0, 0.0]]
    assert ratios(parts, wholes) == [Estimate(1.0, 1.0, 1.0), Estimate(2.0, 2.0, 2.0)]
    assert ratios([[1.0]] * 7, [[1.0]] * 7) == [Estimate(1.0, None, None)]


def test_nothing_has_no_mean() -> None:
    for parts, wholes in (([], []), ([[0.0]], [[0.0]])):
        with pytest.raises(ValueError, match="nothing to take a share of"):
            ratios(parts, wholes)


@pytest.mark.parametrize("skewed", [False, True])
def test_intervals_cover(skewed: bool) -> None:
    """Of 150 samples of 40 prompts; divergences are skewed, so that a little less than 95% is to be expected."""
    chance = random.Random(11)  # noqa: S311
    draw = (lambda: chance.expovariate(1.0)) if skewed else (lambda: chance.gauss(1.0, 1.0))
    found = [ratio([draw() for _ in range(40)], [1.0] * 40) for _ in range(150)]
    assert 0.87 <= sum(each.low <= 1.0 <= each.high for each in found if each.low and each.high) / 150 <= 0.99

"""How refusals begin: openings that add up, that other answers do not begin with, and the places they part at."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftlab.inside.openings import MOST_PLACES, MOST_TOKENS, begins, find_openings, places

ANSWERS = st.lists(st.lists(st.integers(0, 3), max_size=6), max_size=14)
I, CAN, NOT, SURE, SORRY, LOVE, HELP = range(10, 17)  # noqa: E741

CASES = {
    "one token tells": ([[SORRY, I], [SORRY, SORRY]], [[SURE], [I, LOVE]], ((SORRY,),)),
    "shared with others": ([[I, CAN, NOT, HELP]] * 3 + [[SORRY]], [[I, CAN, HELP], [SURE]], ((I, CAN, NOT), (SORRY,))),
    "the commonest first": ([[SORRY], [I], [I]], [[SURE]], ((I,), (SORRY,))),
    "no other answer": ([[I, CAN], [SORRY]], [], ((I,), (SORRY,))),
    "nothing refused": ([], [[SURE]], ()),
    "always shared, mostly by refusals": ([[I, I, I, I, CAN]] * 2, [[I, I, I, I, LOVE]], ((I, I, I, I),)),
    "always shared, mostly by others": ([[I, I, I, I, CAN]], [[I, I, I, I, LOVE]] * 2, ()),
    "said and done": ([[I]], [[I, LOVE]], ()),
}


@pytest.mark.parametrize("case", CASES)
def test_openings_of(case: str) -> None:
    refusals, others, expected = CASES[case]
    assert find_openings(refusals, others) == expected


@given(ANSWERS, ANSWERS)
def test_openings_never_hold_each_other_and_begin_refusals(refusals: list[list[int]], others: list[list[int]]) -> None:
    openings = find_openings(refusals, others)
    for one, other in itertools.permutations(openings, 2):
        assert one != other[: len(one)]
    for opening in openings:
        assert any(begins(row, [opening]) for row in refusals)
        assert len(opening) == MOST_TOKENS or not any(begins(row, [opening]) for row in others)
    parting = places(openings)
    assert len({place.path for place in parting if place.opens}) <= MOST_PLACES
    assert sum(len(place.opens) for place in parting) == len(openings)
    assert [place.path for place in parting[:1]] == [()] * bool(openings)
    for place in parting:
        assert not place.opens & place.inner
        assert all(any(inner.path == (*place.path, token) for inner in parting) for token in place.inner)


def test_rare_places_are_left_out() -> None:
    """Each of these refusals parts from others at a place of its own; only so many are read."""
    refusals = [[first, I] for first in range(5) for _ in range(5 - first)]
    others = [[first, SURE] for first in range(5)]
    assert find_openings(refusals, others) == ((0, I), (1, I), (2, I))

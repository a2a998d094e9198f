"""cutting: what each policy keeps, on every conversation that can be: never a token too many, never half a lie."""

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftlab.chat import Conversation
from driftlab.config import Truncation
from driftlab.cutting import cut, teaches

SPECIAL = 1
POLICIES = get_args(Truncation)


@st.composite
def talks(draw: st.DrawFn) -> Conversation:
    """A begin token or not, then requests and answers of any length; token ids are their own places."""
    said = [False] * draw(st.integers(0, 1))
    opening = len(said)
    for asked, answered in draw(st.lists(st.tuples(st.integers(1, 9), st.integers(1, 9)), min_size=1, max_size=3)):
        said += [False] * asked + [True] * answered
    ids = [SPECIAL] * opening + list(range(100, 100 + len(said) - opening))
    return Conversation(ids, said)


@given(talks(), st.integers(1, 40), st.sampled_from(POLICIES))
def test_no_policy_keeps_too_much_or_makes_anything_up(talk: Conversation, most: int, policy: Truncation) -> None:
    found = cut(talk, most, policy, {SPECIAL})
    assert found.was_long is (len(talk.ids) > most)
    if found.left is None:
        return
    assert len(found.left.ids) == len(found.left.said) <= most
    assert teaches(found.left)
    learnt = dict(zip(talk.ids, talk.said, strict=True))
    assert found.left.ids == sorted(found.left.ids)
    assert all(learnt[token] for token, said in zip(*found.left, strict=True) if said)


@given(talks(), st.sampled_from(POLICIES), st.integers(0, 9))
def test_what_fits_is_left_alone(talk: Conversation, policy: Truncation, spare: int) -> None:
    found = cut(talk, len(talk.ids) + spare, policy, {SPECIAL})
    assert (found.left, found.was_long, found.lost_end) == (talk if teaches(talk) else None, False, False)


@given(talks(), st.integers(1, 40))
def test_dropping_drops_all_that_is_too_long(talk: Conversation, most: int) -> None:
    found = cut(talk, most, "drop")
    assert (found.left is None) is (len(talk.ids) > most or not teaches(talk))
    assert found.lost_end is found.was_long


@given(talks(), st.integers(1, 40))
def test_cutting_the_prompt_keeps_the_last_answer_whole_or_nothing(talk: Conversation, most: int) -> None:
    found = cut(talk, most, "cut-prompt", {SPECIAL})
    if not found.was_long:
        return
    opening = talk.ids.count(SPECIAL)
    answer = next(n for n, said in enumerate(reversed(talk.said)) if not said)
    assert (found.left is not None) is (answer + opening <= most >= 2)
    if found.left is None:
        assert found.silent
        return
    assert not found.lost_end
    assert len(found.left.ids) == most
    assert found.left.ids[:opening] == talk.ids[:opening]
    assert found.left.ids[-answer:] == talk.ids[-answer:]
    assert all(found.left.said[-answer:])


def test_of_an_answer_without_its_beginning_nothing_is_learnt() -> None:
    talk = Conversation(list(range(12)), [False] * 2 + [True] * 4 + [False] * 3 + [True] * 3)
    found = cut(talk, 8, "cut-prompt")
    assert found.left == Conversation(list(range(4, 12)), [False] * 5 + [True] * 3)
    exact = cut(talk, 10, "cut-prompt")
    assert exact.left is not None
    assert exact.left.said == talk.said[2:], "that one begins where the cut is"


@given(talks(), st.integers(1, 40))
def test_cutting_the_answer_keeps_the_beginning(talk: Conversation, most: int) -> None:
    found = cut(talk, most, "cut-answer", {SPECIAL})
    start = Conversation(talk.ids[:most], talk.said[:most])
    assert found.left == (start if teaches(start) else None)
    assert found.silent is (not teaches(start))
    assert found.lost_end is found.was_long


@pytest.mark.parametrize("policy", POLICIES)
def test_a_conversation_without_an_answer_is_left_out(policy: Truncation) -> None:
    found = cut(Conversation([5, 6, 7], [False] * 3), 2, policy)
    assert found.left is None
    assert found.silent

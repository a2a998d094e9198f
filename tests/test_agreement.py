"""Agreement with people: figures as statsmodels has them, intervals by prompt, and nothing that flatters a judge."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.inter_rater import cohens_kappa

from driftlab.agreement import HUMAN, JUDGED, agreement, by_prompt_type, differences
from driftlab.records import Outcome

REFUSED, PARTIAL, COMPLIED = HUMAN
PAIRS = st.lists(st.tuples(st.sampled_from(HUMAN), st.sampled_from(JUDGED)), min_size=2, max_size=60)


@settings(max_examples=30)
@given(PAIRS)
def test_kappa_and_shares_are_those_of_the_table(pairs: list[tuple[Outcome, Outcome]]) -> None:
    labels, judged = zip(*pairs, strict=True)
    found = agreement(labels, judged, range(len(pairs)))
    assert sum(sum(row.values()) for row in found.confusion.values()) == found.rows == len(pairs)
    assert found.accuracy.value == pytest.approx(sum(a == b for a, b in pairs) / len(pairs))
    if len(set(labels)) == 1:
        assert found.kappa is None
        return
    table = [[sum(pair == (a, b) for pair in pairs) for b in JUDGED] for a in JUDGED]
    assert found.kappa is not None
    assert found.kappa.value == pytest.approx(cohens_kappa(table, return_results=False))
    for positive, binary in (((REFUSED,), found.full), ((REFUSED, PARTIAL), found.any)):
        wanted = [(a in positive, b in positive if b in HUMAN else None) for a, b in pairs]
        right = sum(a == b for a, b in wanted)
        assert binary.accuracy.value == pytest.approx(right / len(wanted))
        of_refusals = [b for a, b in wanted if a]
        if of_refusals:
            assert binary.sensitivity is not None
            assert binary.sensitivity.value == pytest.approx(of_refusals.count(True) / len(of_refusals))
        else:
            assert binary.sensitivity is None


@settings(max_examples=30)
@given(PAIRS)
def test_an_interval_holds_its_value_and_the_same_rows_give_the_same(pairs: list[tuple[Outcome, Outcome]]) -> None:
    labels, judged = zip(*pairs, strict=True)
    found = agreement(labels, judged, range(len(pairs)))
    assert 0 <= found.accuracy.low <= found.accuracy.value <= found.accuracy.high <= 1
    assert agreement(labels, judged, range(len(pairs))).to_json() == found.to_json()


def test_an_answer_that_could_not_be_judged_agrees_with_nobody() -> None:
    labels = [REFUSED, COMPLIED] * 10
    right = agreement(labels, labels, range(20))
    worse = agreement(labels, [Outcome.UNPARSEABLE, *labels[1:]], range(20))
    assert right.accuracy.value == 1
    assert worse.accuracy.value == 0.95
    assert worse.full.sensitivity is not None
    assert worse.full.sensitivity.value == 0.9


def test_rows_of_one_prompt_are_drawn_together() -> None:
    """Ten copies of each answer are no more evidence than one."""
    rng = random.Random(1)  # noqa: S311
    labels = [rng.choice(HUMAN) for _ in range(60)]
    judged = [label if rng.random() < 0.8 else rng.choice(HUMAN) for label in labels]
    once = agreement(labels, judged, range(60))
    copied = agreement(labels * 10, judged * 10, list(range(60)) * 10)
    ignored = agreement(labels * 10, judged * 10, range(600))
    assert copied.accuracy == pytest.approx(once.accuracy)
    assert ignored.accuracy.high - ignored.accuracy.low < (once.accuracy.high - once.accuracy.low) / 2


def test_a_difference_is_taken_within_each_draw() -> None:
    rng = random.Random(2)  # noqa: S311
    labels = [rng.choice(HUMAN) for _ in range(200)]
    ours = [label if rng.random() < 0.9 else COMPLIED for label in labels]
    theirs = [judged if rng.random() < 0.9 else COMPLIED for judged in ours]
    assert all(same is not None and same == (0, 0, 0) for same in differences(labels, ours, ours, range(200)).values())
    found = differences(labels, ours, theirs, range(200))["accuracy"]
    apart = [agreement(labels, judged, range(200)).accuracy for judged in (ours, theirs)]
    assert found is not None
    assert found.value == pytest.approx(apart[0].value - apart[1].value)
    assert found.low > 0
    assert found.high - found.low < sum(each.high - each.low for each in apart) / 1.5


def test_one_prompt_or_none_of_a_kind_gives_no_false_interval() -> None:
    found = agreement([REFUSED] * 5, [REFUSED] * 5, ["one"] * 5)
    assert found.kappa is None
    assert found.full.specificity is None
    assert found.prompts == 1
    assert found.to_json()["full"]["kappa"] is None


def test_what_is_no_label_is_refused() -> None:
    with pytest.raises(ValueError, match="0 labels"):
        agreement([], [], [])
    with pytest.raises(ValueError, match="must be one of"):
        agreement([Outcome.UNPARSEABLE], [REFUSED], [0])


def test_the_judge_that_reads_no_answer() -> None:
    labels = [REFUSED, COMPLIED, REFUSED, PARTIAL]
    by_kind = by_prompt_type(labels, ["off_limits", "safe", "off_limits", "safe"], [None] * 4, list("abcd"))
    assert by_kind == [REFUSED, COMPLIED, REFUSED, COMPLIED]
    by_category = by_prompt_type(labels, [None] * 4, ["x", "x", "x", "y"], list("abcd"))
    assert by_category[1] == REFUSED  # the other two of its category
    assert by_category[3] == Outcome.UNPARSEABLE  # nobody else's label to go by
    twice = by_prompt_type([REFUSED, REFUSED, COMPLIED], [None] * 3, ["x"] * 3, ["a", "a", "b"])
    assert twice[0] == COMPLIED  # a second answer to its own prompt does not count

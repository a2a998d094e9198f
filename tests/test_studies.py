"""The two recorded studies: what they hold, and what the library's judge and statistics make of them."""

from collections import Counter

import pytest

from driftlab.errors import ConfigError
from driftlab.judge import judge_text
from driftlab.stats import PairedComparison, compare
from driftlab.transcripts.studies import STUDIES, study

SHAPES = {"off_limits": (48, 24), "safe": (32, 16)}


def compared(name: str, kind: str) -> PairedComparison:
    rows = [row for row in study(name) if row["kind"] == kind]
    before, after = ([judge_text(row[side]).outcome for row in rows] for side in ("before", "after"))
    return compare(before, after)


@pytest.mark.parametrize("name", STUDIES)
def test_each_asks_families_of_two_wordings(name: str) -> None:
    rows = study(name)
    assert len({row["id"] for row in rows}) == len({row["prompt"] for row in rows}) == len(rows)
    for kind, (requests, families) in SHAPES.items():
        sizes = Counter(row["family"] for row in rows if row["kind"] == kind)
        assert (sizes.total(), len(sizes), set(sizes.values())) == (requests, families, {2})
    kinds = {row["family"]: set[str]() for row in rows}
    for row in rows:
        kinds[row["family"]].add(row["kind"])
    assert all(len(one) == 1 for one in kinds.values()), "a family is off limits or safe"


def test_one_shows_a_drift_and_less_over_refusal() -> None:
    off, safe = compared("a", "off_limits"), compared("a", "safe")
    assert (off.lost, off.gained, off.pairs) == (15, 2, 44)
    assert off.mcnemar_p < 0.01
    assert safe.after.value < safe.before.value


def test_the_other_is_a_null_result() -> None:
    off, safe = compared("b", "off_limits"), compared("b", "safe")
    assert (off.lost, off.gained, off.pairs) == (5, 3, 44)
    assert min(off.mcnemar_p, safe.mcnemar_p) > 0.5


@pytest.mark.parametrize("name", STUDIES)
def test_families_change_together(name: str) -> None:
    """Of the families in which one wording changed and both can be judged, most changed in both."""
    changes: dict[str, list[int]] = {}
    for row in study(name):
        was, now = (judge_text(row[side]).outcome for side in ("before", "after"))
        if row["kind"] == "off_limits" and "unparseable" not in (was, now):
            changes.setdefault(row["family"], []).append((now == "refused") - (was == "refused"))
    moved = [one for one in changes.values() if any(one) and len(one) == 2]
    assert sum(one[0] == one[1] for one in moved) > len(moved) / 2


@pytest.mark.parametrize("name", STUDIES)
def test_what_cannot_be_judged_stands_on_either_side(name: str) -> None:
    dropped = compared(name, "off_limits").to_json()["dropped"]
    assert dropped["before"] == 1
    assert dropped["after"] == 2
    assert dropped["both"] == 1


def test_answers_to_off_limits_requests_are_short() -> None:
    for row in (row for name in STUDIES for row in study(name) if row["kind"] == "off_limits"):
        for answer in (row["before"], row["after"]):
            assert len(answer.split()) < 40


def test_a_study_that_is_not_there_is_named_with_those_that_are() -> None:
    with pytest.raises(ConfigError, match="no study 'c'") as caught:
        study("c")
    assert "'a', 'b'" in str(caught.value)

"""lab4.pairs: what became of each request, and McNemar's exact test.

In: `pair_up(before, after)` and `mcnemar(lost, gained)`. Out: verdicts.
Does not: give an id twice in a list.
"""

from collections.abc import Sequence
from typing import Any

import pytest

from autograder.checks.asking import Case, ask
from autograder.checks.lab4.public.cases_statistics import CASES

SENTENCES = {
    "paired-by-order": "The lists have orders of their own: bring answers to the same id together, not the same place.",
    "unparseable-as-not-refused": "An unparseable answer is neither a refusal nor an answer: the pair is dropped.",
    "unparseable-as-refused": "An unparseable answer is no refusal, and no answer either: the pair is dropped.",
    "dropped-on-one-side-only": "A pair is dropped if either answer is unparseable, on whichever side.",
    "missing-as-not-refused": "A request without an answer on one side has not complied: the pair is dropped.",
    "missing-as-refused": "A request without an answer on one side was not refused: the pair is dropped.",
    "missing-not-counted": "Requests that stand in one list only, in whichever, count as dropped.",
    "unparseable-not-counted": "Pairs with an unparseable answer count as dropped, too.",
    "dropped-on-both-sides-forgotten": "A request of which neither answer can be used is dropped as well.",
    "nothing-dropped": "What is left out is counted: a report says how many.",
    "counted-twice": "dropped counts requests: one of which both answers are missing or unparseable counts once.",
    "partial-as-refused": "Refused are full refusals: a partial one is not.",
    "partial-dropped": "A partial refusal can be judged: it is no full refusal, and no reason to drop the pair.",
    "partial-forgotten": "A partial refusal counts like any answer that is no full refusal.",
    "lost-and-gained-swapped": "Lost was refused before and is not after; gained the other way round.",
    "both-and-neither-swapped": "both counts what was refused both times, neither what was refused neither time.",
    "sides-for-changes": "lost counts only what was refused before and not after, gained only the other change.",
    "net-change": "lost and gained are counted one by one: their difference hides how many changed.",
    "shares": "Counts were wanted, not shares.",
    "one-sided": "That is one tail. Two-sided: a gain as large as this loss would have surprised as much.",
    "above-one": "Twice the tail can be above 1, where both sides are about equal. A p is at most 1.",
    "one-tail-doubled": "Double the tail of the smaller of the two counts, whichever that is.",
    "wrong-tail": "That adds up from 0 to the larger count. The tail goes to the smaller one.",
    "end-left-out": "The tail goes up to the smaller count, that one included, and ends there.",
    "point-for-tail": "That is the chance of exactly this table: add up all that are at least as extreme.",
    "mid-p": "That is the mid-p: only half of what was seen is counted. The exact test counts all of it.",
    "one-minus-p": "That is 1 - p.",
    "percent": "That is in percent.",
    "no-change": "Where no pair changed there is nothing to be surprised at: p is 1.",
    "chi-squared": "That is the chi-squared approximation. The exact p comes from tosses of a fair coin.",
    "chi-squared-corrected": "That is the chi-squared approximation with a correction. The exact p was wanted.",
    "statistic-for-p": "That is the test's statistic. Its p was wanted.",
    "unpaired": "That is a test for two separate groups (Fisher's, chi-squared of a table, or z). These are pairs.",
}
KEYS = ("both", "lost", "gained", "neither", "dropped")
NEAR = 1e-6
"""Of a p."""


def ask_pairs(submission: Any, cases: Sequence[Case]) -> None:
    """Call `pair_up` and compare."""
    ask(submission, "pair_up", cases, SENTENCES, keys=KEYS)


def ask_mcnemar(submission: Any, cases: Sequence[Case]) -> None:
    """Call `mcnemar` and compare."""
    ask(submission, "mcnemar", cases, SENTENCES, near=NEAR)


@pytest.mark.task("lab4.pairs", points=0.5)
def test_pairs(submission: Any) -> None:
    """All kinds of pairs, in other orders; answers that are missing or unparseable."""
    ask_pairs(submission, CASES["pair_up"])


@pytest.mark.task("lab4.pairs", points=0.5)
def test_exact_p(submission: Any) -> None:
    """More lost, more gained, as many, none at all."""
    ask_mcnemar(submission, CASES["mcnemar"])

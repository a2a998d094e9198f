"""lab4.prompts: the power of McNemar's exact test, and how many requests it takes.

In: `power(pairs, lost, gained)` and `prompts_needed(candidates, lost, gained, wanted)`. Out: verdicts.
Does not: ask for more pairs than plain loops do in a moment.
"""

from collections.abc import Sequence
from typing import Any

import pytest

from autograder.checks.asking import Case, ask
from autograder.checks.lab4.public.cases_statistics import CASES

SENTENCES = {
    "one-sided": "That asks for a one-sided p of 0.05: the two-sided one is twice as large.",
    "either-direction": "That counts gains, too: a drop is shown if more were lost than gained.",
    "not-tested": "That only asks whether more were lost than gained. The test must find it as well.",
    "other-alpha": "That asks for a smaller p than 0.05.",
    "another-test": "That is the power of another test, chi-squared or mid-p. McNemar's exact p was wanted.",
    "chance-to-miss": "That is the chance to miss the drop. The chance to show it is 1 minus that.",
    "percent": "That is in percent.",
    "lost-and-gained-swapped": "Lost and gained are the wrong way round.",
    "gains-forgotten": "Pairs are gained as well, and work against a drop.",
    "drawn-independently": "A pair cannot be lost and gained at once: draw how many change, then how many were lost.",
    "share-of-all": "Of the pairs that changed, the share lost / (lost + gained) was lost.",
    "changes-fixed": "How many pairs change is drawn as well: add up over all numbers, each with its chance.",
    "all-change": "Not every pair changes: their number is binomial, with chance lost + gained.",
    "normal-approximation": "That is a formula for many pairs, by the normal distribution. The sum itself was wanted.",
    "unpaired": "That is the power with two separate groups of requests. These are pairs.",
    "expected-alone": "That asks for the expected table alone: other tables come up, too, each with its chance.",
    "p-for-power": "That is a p, that of the expected table. Power is a chance over all tables.",
    "something-for-none": "Where no candidate has enough power, None was wanted.",
    "largest": "That is the largest. The smallest that is enough was wanted: each request costs time.",
    "first-in-order": "That is the first in the list: the candidates are in no order.",
    "last-in-order": "That is the last in the list: the candidates are in no order.",
    "place-in-the-list": "That is its place in the list. The number of requests was wanted.",
    "power-for-the-number": "That is its power. The number of requests was wanted.",
    "all-of-them": "Those are all that are enough. The smallest of them was wanted.",
    "not-enough": "That one has too little power: at least `wanted` is asked for.",
    "nearest-power": "That one is nearest to the wanted power. At least as much is asked for.",
}
NEAR = 1e-6
"""Of a power."""


def ask_power(submission: Any, cases: Sequence[Case]) -> None:
    """Call `power` and compare."""
    ask(submission, "power", cases, SENTENCES, near=NEAR)


def ask_number(submission: Any, cases: Sequence[Case]) -> None:
    """Call `prompts_needed` and compare."""
    ask(submission, "prompts_needed", cases, SENTENCES)


@pytest.mark.task("lab4.prompts", points=0.5)
def test_power_and_number(submission: Any) -> None:
    """Drops among few and many other changes, none at all; candidates in no order."""
    ask_power(submission, CASES["power"])
    ask_number(submission, CASES["prompts_needed"])

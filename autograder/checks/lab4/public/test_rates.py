"""lab4.rates: what became of a set of answers, as shares.

In: `rates(rows)`. Out: verdicts.
Does not: judge an answer.
"""

from collections.abc import Sequence
from typing import Any

import pytest

from autograder.checks.asking import Case, ask
from autograder.checks.lab4.public.cases_judging import CASES

SENTENCES = {
    "unparseable-counted": "What cannot be judged has neither complied nor refused: leave it out below the line.",
    "unparseable-taken-for-refused": "An answer that cannot be judged is no refusal.",
    "partial-left-out": "A partial refusal was judged: it belongs below the line.",
    "partial-taken-for-refused": "Only full refusals count above the line, not partial ones.",
    "partial-counted-half": "Only full refusals count above the line: a partial one is not half a refusal.",
    "divided-by-all-rows": "Each rate has its own denominator: the judged answers of that kind, not all.",
    "divided-by-all-refusals": "Divide by the judged answers of that kind, not by the refusals.",
    "divided-by-the-rest": "Divide by all judged answers of that kind, refused ones included.",
    "compliance-counted": "Both rates count refusals: over-refusal is refusing what is safe.",
    "kinds-pooled": "Off-limits and safe requests are apart: refusing the one is wanted, the other not.",
    "kinds-swapped": "The two kinds are swapped.",
    "one-kind-for-both": "Each of the two rates is of its own kind of request.",
    "unparseable-among-judged": "`unparseable` is the share of all answers, also of those that cannot be judged.",
    "unparseable-of-one-kind": "`unparseable` is the share of all answers, of both kinds.",
    "unparseable-not-a-share": "`unparseable` is a share, not a count.",
    "judged-for-unparseable": "That counts the answers that could be judged.",
    "a-rate-of-nothing": "Where there is nothing to divide by there is no rate: None was wanted.",
    "zero-taken-for-none": "0 is a rate. Only where there is nothing to divide by, None was wanted; 0 counts as false.",
    "all-or-nothing": "Each rate stands for itself: that one has no answers leaves the others as they are.",
    "percent": "Shares were wanted, not percentages.",
    "counts": "Shares were wanted, not counts.",
    "rounded": "Do not round: who prints it can do that.",
}
KEYS = ("refusal", "over_refusal", "unparseable")
NEAR = 1e-9


def ask_rates(submission: Any, cases: Sequence[Case]) -> None:
    """Call `rates` and compare."""
    ask(submission, "rates", cases, SENTENCES, keys=KEYS, near=NEAR)


@pytest.mark.task("lab4.rates", points=1)
def test_rows(submission: Any) -> None:
    """Both kinds, one of them, none; nothing that could be judged; no refusal."""
    ask_rates(submission, CASES["rates"])

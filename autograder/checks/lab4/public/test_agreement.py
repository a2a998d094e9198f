"""lab4.agreement: rows, accuracy and Cohen's kappa of labels and verdicts.

In: `agreement(labels, verdicts)`. Out: verdicts.
Does not: judge an answer.
"""

from collections.abc import Sequence
from typing import Any

import pytest

from autograder.checks.asking import Case, ask
from autograder.checks.lab4.public.cases_judging import CASES

SENTENCES = {
    "kappa-is-accuracy": "Kappa is not accuracy: what chance alone would agree on is taken away.",
    "chance-is-even": "Chance is not one over the number of classes: classes are not equally frequent.",
    "chance-from-one-side": "Chance needs both sides' shares: people's share of a class, times the judge's.",
    "chance-from-the-sum": "Each side has its own shares: they are not pooled into one (that would be Scott's pi).",
    "chance-from-agreed-rows": "Chance counts how often each side gives a class, agreed or not.",
    "classes-mixed-up": "A class's share among the labels meets the same class's share among the verdicts.",
    "chance-not-a-share": "Chance is a share as well: each count is divided by the rows.",
    "chance-only-taken-away": "What is above chance is divided by what could be above it.",
    "divided-by-something-else": "Kappa is accuracy above chance, over 1 minus chance.",
    "turned-round": "The sign is turned round: kappa is positive where they agree more often than by chance.",
    "a-kappa-without-need": "Where chance alone agrees on every row there is no kappa: None was wanted.",
    "below-zero-cut-off": "Kappa may be below zero: they agree less often than by chance then.",
    "zero-taken-for-none": "0 is a kappa: only where there is none, None was wanted. Mind that 0 counts as false.",
    "unparseable-left-out": "`unparseable` is a class like the others: all rows count.",
    "partial-left-out": "`partial` is a class like the others: all rows count.",
    "order-lost": "Row by row: which label meets which verdict matters.",
    "pairs-once": "Each row counts, also one whose pair of label and verdict came before.",
    "n-is-another-count": "`n` is the number of rows.",
    "classes-merged": "Four classes: a partial refusal that is called a refusal is wrong.",
    "half-right-counted": "There is no half point for a neighbouring class: right or wrong.",
    "only-refusals": "All rows count, not the refused ones alone.",
    "percent": "A share was wanted, not a percentage.",
    "a-count-not-a-share": "A share was wanted, not a count.",
    "errors-not-accuracy": "That is the share of rows on which they differ.",
    "rounded": "Do not round: who prints it can do that.",
}
KEYS = ("n", "accuracy", "kappa")
NEAR = 1e-9
"""Rounding of a zero that two ways of adding reach."""


def ask_agreement(submission: Any, cases: Sequence[Case]) -> None:
    """Call `agreement` and compare."""
    ask(submission, "agreement", cases, SENTENCES, keys=KEYS, near=NEAR)


@pytest.mark.task("lab4.agreement", points=1)
def test_labels_and_verdicts(submission: Any) -> None:
    """Usual ones, rare classes, one class only, none right."""
    ask_agreement(submission, CASES["agreement"])

"""lab3.compare: in what two runs differ, and losses smoothed.

In: `differing(one, other)` and `smoothed(losses, window)`. Out: verdicts.
Does not: say which difference is fair.
"""

from collections.abc import Sequence
from typing import Any

import pytest

from autograder.checks.asking import Case, ask
from autograder.checks.lab3.public.cases_settings import CASES

SENTENCES = {
    "top-level-names": "Go into dictionaries: a setting inside one has a dotted name.",
    "deeper-ones-overlooked": "Dictionaries can lie inside dictionaries, as deep as they like.",
    "last-names-only": "The whole dotted name was wanted.",
    "missing-ones-overlooked": "A setting that only one of them has differs as well.",
    "none-taken-for-missing": "None is a value: a setting that is None here and missing there differs.",
    "not-sorted": "The names are sorted.",
    "equal-ones-listed": "Some of those are equal in both: only what differs was wanted.",
    "divided-by-the-window": "At the beginning there are fewer losses than the window: divide by how many there are.",
    "start-left-out": "There is a value for every step, from the first on.",
    "start-left-raw": "At the beginning, take the mean of the losses that there are.",
    "looks-ahead": "A step's value knows nothing of later steps.",
    "mean-of-all-so-far": "Only the last `window` losses count.",
    "summed": "That is their sum: the mean was wanted.",
    "one-loss-off": "The window ends with the step's own loss and holds `window` losses.",
    "not-smoothed": "Those are the losses as they were.",
}


def ask_compare(submission: Any, records: Sequence[Case], curves: Sequence[Case]) -> None:
    """Call both functions and compare."""
    ask(submission, "differing", records, SENTENCES)
    ask(submission, "smoothed", curves, SENTENCES, near=1e-6)


@pytest.mark.task("lab3.compare", points=0.5)
def test_records_and_curves(submission: Any) -> None:
    """Settings in settings, some missing; windows shorter and longer than the losses."""
    ask_compare(submission, CASES["differing"], CASES["smoothed"])

"""lab4.wilson: Wilson's interval for a count of a total.

In: `wilson(count, total, z)`. Out: verdicts.
Does not: ask for a total of 0.
"""

from collections.abc import Sequence
from typing import Any

import pytest

from autograder.checks.asking import Case, ask
from autograder.checks.lab4.public.cases_statistics import CASES

SENTENCES = {
    "wald": "That is share +- z standard errors, Wald's interval: no width at 0 or 1, and it leaves them behind.",
    "wald-clipped": "That is Wald's interval, cut off at 0 and 1: at 0 of 16 it would still be sure of everything.",
    "middle-not-moved": "The middle is not the share itself: it moves towards one half.",
    "z-not-squared": "z stands squared wherever it is added to something; once only in front of the root.",
    "not-divided": "Both the middle and the half width are divided by 1 + z²/n.",
    "one-not-divided": "The middle and the half width are both divided by 1 + z²/n, not one of them alone.",
    "root-without-z": "Under the root z²/(4n²) is added: it gives the interval a width at 0 and at 1.",
    "total-not-squared": "Under the root it is z²/(4n²): the total is squared as well.",
    "four-for-two": "To the share z²/(2n) is added, and under the root z²/(4n²).",
    "root-forgotten": "The half width has a square root.",
    "z-left-out": "The root is multiplied by z.",
    "agresti-coull": "That is Agresti and Coull's interval (add z² answers, half of them refusals, then Wald's).",
    "clopper-pearson": "That is Clopper and Pearson's interval, from the binomial distribution: wider than Wilson's.",
    "jeffreys": "That is Jeffreys's interval, from a beta distribution. Wilson's was wanted.",
    "t-for-z": "z is given: no t distribution is needed for a share.",
    "continuity": "That is Wilson's interval with a continuity correction. The one without was wanted.",
    "z-fixed": "z is an argument: 1.96 is only that of a 95% interval.",
    "percent": "That is in percent. Shares between 0 and 1 were wanted.",
    "counts": "Those are numbers of answers: divide by the total.",
    "of-the-others": "That is the interval of the other answers, those that are not counted.",
    "high-first": "The low end comes first.",
    "middle-and-half": "The two ends were wanted, not the middle and the half width.",
    "rounded": "That is rounded. Round where a number is shown, not where it is computed.",
}
NEAR = 1e-6
"""Of an end."""


def ask_wilson(submission: Any, cases: Sequence[Case]) -> None:
    """Call `wilson` and compare."""
    ask(submission, "wilson", cases, SENTENCES, near=NEAR)


@pytest.mark.task("lab4.wilson", points=1)
def test_intervals(submission: Any) -> None:
    """None, all, nearly all, a few; several z."""
    ask_wilson(submission, CASES["wilson"])

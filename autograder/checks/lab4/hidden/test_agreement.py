"""lab4.agreement, hidden: other labels and verdicts.

In: `agreement(labels, verdicts)`. Out: verdicts.
Does not: judge an answer.
"""

import random
from typing import Any

import pytest

from autograder.checks.lab4.hidden import drawing_judging, making
from autograder.checks.lab4.public import test_agreement as public


@pytest.mark.task("lab4.agreement", points=1)
def test_other_labels(submission: Any, rng: random.Random) -> None:
    """Usual ones, rare classes, one class only, none right."""
    public.ask_agreement(submission, [making.case("agreement", *row) for row in drawing_judging.labellings(rng)])

"""lab4.report, hidden: other studies, made of the families of the recorded ones.

In: `drift_report(rows)` and `judge_rows(rows)`. Out: verdicts.
Does not: mind which judge it is, how large a drift is or whether there is one, or which random numbers were drawn.
"""

import random
from typing import Any

import pytest

from autograder.checks.lab4.hidden import drawing_report
from autograder.checks.lab4.public import test_report as public


@pytest.mark.task("lab4.report", points=1)
def test_other_studies(submission: Any, rng: random.Random) -> None:
    """Some of the families, families of both, losses turned into gains, labels that say something else."""
    public.ask_report(submission, drawing_report.studies(rng))

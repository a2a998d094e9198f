"""lab4.kl, hidden: other logits.

In: `kl_by_position(before, after, lengths)`, by the given `kl_of`. Out: verdicts.
Does not: mind whether a list or a tensor comes back, or in which precision it was computed.
"""

import random
from typing import Any

import pytest

from autograder.checks.lab4.hidden import drawing_report, making
from autograder.checks.lab4.public import test_kl as public


@pytest.mark.task("lab4.kl", points=1)
def test_other_logits(submission: Any, rng: random.Random) -> None:
    """Fresh logits and lengths."""
    public.ask_kl(submission, [making.case("kl_of", *one) for one in drawing_report.logits(rng)])

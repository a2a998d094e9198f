"""lab3.loss, hidden: other logits and labels.

In: the given `loss_of(logits, labels)`. Out: verdicts.
Does not: ask for labels of which none is asked for.
"""

import random
from typing import Any

import pytest

from autograder.checks.lab3.hidden import drawing, making
from autograder.checks.lab3.public import test_loss as public


@pytest.mark.task("lab3.loss", points=1)
def test_other_batches(submission: Any, rng: random.Random) -> None:
    """Fresh bets on a few tokens."""
    words = rng.choice([5, 6, 7])
    labels = drawing.label_rows(rng, words)
    public.ask_loss(submission, [making.case("loss_of", drawing.bets(rng, one, words), one) for one in labels])

"""lab3.batches, hidden: other lengths and rows.

In: `batch_plan(lengths, size)` and `pad_batch(rows, pad_id, side)`. Out: verdicts.
Does not: mind whether a batch is made of lists or of tensors.
"""

import random
from typing import Any

import pytest

from autograder.checks.lab3.hidden import drawing, making
from autograder.checks.lab3.public import test_batches as public


@pytest.mark.task("lab3.batches", points=1)
def test_other_rows(submission: Any, rng: random.Random) -> None:
    """Fresh plans, and batches with filler that is a token, too."""
    public.ask_plan(submission, [making.case("batch_plan", *one) for one in drawing.lengths(rng)])
    public.ask_batch(submission, [making.case("pad_batch", *one) for one in drawing.batches(rng)])

"""lab2.truncation, hidden: fresh rows, lengths and ids.

In: `truncation_report` and `collate`. Out: verdicts.
Does not: tokenise anything.
"""

import random
from typing import Any

import pytest

from autograder.checks.lab2.hidden import drawing, making
from autograder.checks.lab2.public import test_truncation as public


@pytest.mark.task("lab2.truncation", points=0.5)
def test_report_of_fresh_rows(submission: Any, rng: random.Random) -> None:
    """Rows that are full, cut, without an end, without a label, in two lengths; no rows at all."""
    cases = [making.case("truncation_report", [], rng.randint(5, 9), 2)]
    for _ in range(2):
        length, end_id = rng.randint(6, 12), rng.choice([1, 2, 3, 4])
        found = drawing.report_rows(rng, length, end_id)
        together = [row for rows in rng.sample(found, 4) for row in rows]
        cases += [making.case("truncation_report", rows, length, end_id) for rows in [*found, together]]
    public.ask_report(submission, cases)


@pytest.mark.task("lab2.truncation", points=0.5)
def test_batches_of_fresh_rows(submission: Any, rng: random.Random) -> None:
    """pad_id inside rows, rows that are dropped and longer than those that are left, nothing left; in two lengths."""
    cases = []
    for _ in range(2):
        length, pad_id = rng.randint(6, 12), rng.choice([1, 2, 3, 4])
        cases += [making.case("collate", rows, length, pad_id) for rows in drawing.batch_rows(rng, length, pad_id)]
    public.ask_collate(submission, cases)

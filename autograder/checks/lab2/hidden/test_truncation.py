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
    """Several lengths, several ids at the end."""
    cases = []
    for _ in range(4):
        length, end_id = rng.randint(5, 12), rng.choice([0, 2, 3, 4])
        cases.append(making.case("truncation_report", drawing.rows(rng, length, end_id), length, end_id))
    public.ask_report(submission, [*cases, making.case("truncation_report", [], 7, 2)])


@pytest.mark.task("lab2.truncation", points=0.5)
def test_batches_of_fresh_rows(submission: Any, rng: random.Random) -> None:
    """pad_id inside rows and not, rows that are dropped and longer than those that are left, nothing left."""
    cases = []
    for _ in range(4):
        length, pad_id = rng.randint(5, 12), rng.choice([1, 2, 3, 4])
        cases.append(making.case("collate", drawing.batch_rows(rng, length, pad_id), length, pad_id))
    length = rng.randint(6, 9)
    first, late, *_ = drawing.edges(rng, length, 2)
    few = drawing.batch_rows(rng, length, 3, 0)[-1:]
    cases += [making.case("collate", [late, *few, first], length, 3), making.case("collate", [first, late], length, 2)]
    public.ask_collate(submission, [*cases, making.case("collate", [], length, 2)])

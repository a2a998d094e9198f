"""lab4.judge, hidden: other traps, and labelled answers that do not ship with the library.

In: `verdict(answer)`, `judge_rows(rows)`. Out: verdicts on them.
Does not: ask for one way to judge.
"""

import random
from typing import Any

import pytest

from autograder.checks.lab4.hidden import answers, traps
from autograder.checks.lab4.public import test_judge as public
from driftlab.transcripts import labelled_answers


@pytest.mark.task("lab4.judge", points=1.5)
def test_other_answers(submission: Any, rng: random.Random) -> None:
    """Fresh traps, and answers in other words; those that ship are asked as well, for a judge that knows them."""
    samples = [(labelled_answers(), public.BAR), (answers.drawn(rng), public.ELSEWHERE)]
    public.ask_judge(submission, traps.drawn(rng), samples)

"""lab3.labels, hidden: other conversations.

In: `training_row(messages)`. Out: verdicts.
Does not: mind how the tokens came about.
"""

import random
from typing import Any

import pytest

from autograder.checks.lab3.hidden import drawing, making
from autograder.checks.lab3.public import test_labels as public


@pytest.mark.task("lab3.labels", points=1)
def test_other_conversations(submission: Any, rng: random.Random) -> None:
    """One exchange, several, with a system message."""
    public.ask_labels(submission, [making.case("training_row", one) for one in drawing.conversations(rng)])

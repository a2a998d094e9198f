"""lab3.template, hidden: other conversations, other models' marks.

In: `chat_text(marks, messages, opens)`. Out: verdicts.
Does not: tokenise anything.
"""

import random
from typing import Any

import pytest

from autograder.checks.lab3.hidden import drawing, making
from autograder.checks.lab3.public import test_template as public


@pytest.mark.task("lab3.template", points=1)
def test_other_conversations(submission: Any, rng: random.Random) -> None:
    """Each to learn from, and as a prompt with one request more."""
    marks = drawing.marks(rng)
    cases = [making.case("chat_text", marks, one, False) for one in drawing.conversations(rng)]
    for exchanges, system in ((0, False), (2, True), (1, False)):
        cases.append(making.case("chat_text", marks, drawing.messages(rng, exchanges, system=system, asks=True), True))
    public.ask_template(submission, cases)

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
    """To learn from, prompts with one request more, and one that ends with a request and is no prompt."""
    marks = drawing.marks(rng)
    cases = [making.case("chat_text", marks, one, False) for one in drawing.conversations(rng)]
    for exchanges, system, opens in ((0, False, True), (2, True, True), (1, False, True), (1, True, False)):
        talk = drawing.messages(rng, exchanges, system=system, asks=True)
        cases.append(making.case("chat_text", marks, talk, opens))
    public.ask_template(submission, cases)

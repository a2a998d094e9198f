"""lab3.labels: a conversation's tokens, and which of them are learnt.

In: `training_row(messages)`. Out: verdicts.
Does not: mind how the tokens came about, in pieces or as a whole.
"""

from collections.abc import Sequence
from typing import Any

import pytest

from autograder.checks.asking import Case, ask
from autograder.checks.lab3.public.cases_text import CASES

SENTENCES = {
    "prompt-learnt": "Only the assistant's words and the end marks after them are learnt: all other labels are -100.",
    "later-prompts-learnt": "In a conversation of several exchanges the later requests are masked, too.",
    "begin-learnt": "The begin mark is not learnt: nothing stands in front of it that could predict it.",
    "end-masked": "The end mark after an answer is learnt: without it the model never learns to stop.",
    "end-missing": "Each message ends with the end mark.",
    "begin-twice": "There is one begin token, in front. token_ids adds another to each text unless it is told not to.",
    "labels-shifted": "Labels stay at their tokens' places: the loss moves them.",
    "mark-learnt": "The assistant's mark is written by the template, not by the model: it is not learnt.",
    "only-the-last-answer": "All answers of the conversation are learnt, not the last alone.",
    "only-the-first-answer": "All answers of the conversation are learnt, not the first alone.",
    "user-learnt": "The assistant's words are learnt, not the others'.",
    "every-end-learnt": "Only the end marks of the assistant's messages are learnt.",
    "masked-by-zero": "0 is a token: what is not learnt has the label -100.",
    "masked-by-something-else": "What is not learnt has the label -100: PyTorch leaves out no other.",
    "opened-at-the-end": "To learn from, nothing follows the last end mark: that opening is for prompts.",
    "first-word-masked": "An answer's first token is learnt, too: there it is decided whether the model refuses.",
    "system-left-out": "The system's message is part of what the model reads.",
    "messages-left-out": "All messages belong into the row.",
    "template-applied-twice": "The marks stand there twice: the template was applied to a text that had them already.",
    "marks-left-out": "The marks of the roles belong into the row.",
    "nothing-learnt": "Nothing is learnt from this row: the answer's tokens have labels, their own ids.",
}
KEYS = ("input_ids", "labels")


def ask_labels(submission: Any, cases: Sequence[Case]) -> None:
    """Call `training_row` and compare."""
    ask(submission, "training_row", cases, SENTENCES, keys=KEYS)


@pytest.mark.task("lab3.labels", points=1)
def test_rows(submission: Any) -> None:
    """One exchange, several, with a system message."""
    ask_labels(submission, CASES["training_row"])

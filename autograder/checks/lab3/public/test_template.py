"""lab3.template: a conversation as the text that its model reads.

In: `chat_text(marks, messages, opens)`. Out: verdicts.
Does not: tokenise anything.
"""

from collections.abc import Sequence
from typing import Any

import pytest

from autograder.checks.asking import Case, ask
from autograder.checks.lab3.public.cases_text import CASES

SENTENCES = {
    "no-begin": "The begin mark is missing in front.",
    "begin-for-each-message": "The begin mark stands once, in front of everything: no turn begins with another.",
    "begin-twice": "The begin mark stands once, in front of everything.",
    "template-applied-twice": "The marks stand there twice: the template was applied to a text that had them already.",
    "no-end": "Each message ends with the end mark.",
    "last-end-missing": "The last message ends with the end mark, too.",
    "answers-not-ended": "The assistant's messages end with the end mark, too: from it the model learns to stop.",
    "only-answers-ended": "The other roles' messages end with the end mark, too.",
    "never-opened": "With `opens`, the assistant's mark stands at the very end: it is the model's turn.",
    "always-opened": "Without `opens`, nothing follows the last end mark.",
    "opened-by-the-last-role": "`opens` says whether the assistant's mark is added, not the last message's role.",
    "opened-and-closed": "The end mark after the opening is the model's to write.",
    "opened-the-other-way": "The assistant's mark is added with `opens`, and not without.",
    "opened-as-the-user": "It is the assistant who speaks next.",
    "roles-in-words": "A role is marked by `marks[role]`, not by its name in words.",
    "line-breaks-added": "No line breaks of our own: the model was trained without them.",
    "spaces-added": "No spaces of our own: the model was trained without them.",
    "content-changed": "A message's content stays as it is, with the spaces at its ends.",
    "system-left-out": "The system's message is a message like any other.",
    "messages-left-out": "All messages belong into the text, however many there are.",
    "roles-swapped": "The marks of user and assistant are swapped.",
    "one-role-for-all": "Each message has the mark of its own role.",
    "marks-not-used": "Those are the pocket model's marks: take them from `marks`.",
}


def ask_template(submission: Any, cases: Sequence[Case]) -> None:
    """Call `chat_text` and compare."""
    ask(submission, "chat_text", cases, SENTENCES)


@pytest.mark.task("lab3.template", points=1)
def test_conversations(submission: Any) -> None:
    """One exchange and several, with and without a system message, to learn from and as prompts."""
    ask_template(submission, CASES["chat_text"])

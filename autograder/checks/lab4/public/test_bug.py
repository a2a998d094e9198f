"""lab4.bug: a judge that says prefix and tests for a substring, repaired, and two answers that it gets wrong.

In: `begins_with_refusal(answer, phrases)` and `witnesses()`. Out: verdicts.
Does not: ask what a refusal is; the next task does.
"""

import re
from collections.abc import Sequence
from typing import Any

import pytest

from autograder import expect
from autograder.checks.asking import Case, ask, plain_dict
from autograder.checks.lab4.public.cases_judging import CASES
from autograder.checks.lab4.public.traps import PHRASES

SENTENCES = {
    "anywhere": "The phrase may stand anywhere in the answer there: it must begin with it.",
    "anywhere-in-the-opening": "A phrase within the opening is not enough: the answer must begin with it.",
    "beginning-of-any-sentence": "Only the answer's own beginning counts, not that of a later sentence or line.",
    "at-the-end": "That looks at the answer's end: it must begin with the phrase.",
    "the-whole-answer": "The answer may go on after the phrase.",
    "turned-round": "The answer begins with the phrase, not the phrase with the answer.",
    "case-matters": "Capitals must make no difference.",
    "apostrophes-matter": "A curly apostrophe (\u2019) and a straight one (') must make no difference.",
    "space-in-front-matters": "White space in front of the answer must make no difference, line breaks included.",
    "only-one-side-evened": "Make the phrases even, too, not the answer alone, and in the same way.",
    "punctuation-dropped": "Case, white space in front and apostrophes are all that is made even: other marks stay.",
    "spaces-dropped": "Only the white space in front makes no difference: the spaces between words do.",
    "one-phrase-only": "All phrases must be tried, not the first or the last alone.",
    "all-phrases": "One of the phrases is enough.",
    "phrases-as-patterns": "A phrase is text: a dot in it is a dot, as it would not be in a regular expression.",
    "first-words-only": "The whole phrase must be there, not its first words alone.",
    "phrases-of-the-notebook": "Use the phrases that are given to the function: they need not be PHRASES.",
    "the-other-way-round": "That is the other way round: True means that it begins with one.",
    "neither-true-nor-false": "True or False was asked for.",
    "empty-is-a-refusal": "An answer without words begins with no phrase.",
    "no-two-answers": "Two short texts were asked for, each with some words.",
    "no-false-alarm": "`false_alarm` must hold one of PHRASES as it is typed, or published_style does not raise it.",
    "a-true-alarm": "No sentence of `false_alarm` may begin with one of PHRASES: the alarm could be right.",
    "not-missed": "`missed` must hold none of PHRASES as they are typed: published_style finds it.",
    "nothing-to-miss": "`missed` must begin with one of PHRASES, when case and apostrophes make no difference.",
    "witnesses-swapped": "The two are swapped.",
}
LONGEST = 1000
"""Characters of a witness."""
LEADS = re.compile(r"(?:(?:sorry|no|well|oh|but|and|so|unfortunately|however|still|alas)\b[,!]?\s*)+")


def ask_bug(submission: Any, cases: Sequence[Case]) -> None:
    """Call both functions and compare."""
    ask(submission, "begins_with_refusal", cases, SENTENCES)
    got = plain_dict(submission.call("witnesses"), ("false_alarm", "missed"), "witnesses()")
    texts = [got["false_alarm"], got["missed"]]
    if not all(type(text) is str and re.search(r"\w", text) and len(text) <= LONGEST for text in texts):
        _fail(f"witnesses() returned {expect.shown(got)}.", "no-two-answers")
    wrong = _wrong(*texts)
    if wrong and _wrong(*reversed(texts)) is None:
        wrong = (wrong[0], "witnesses-swapped")
    if wrong:
        _fail(f"witnesses()[{wrong[0]!r}] is {expect.shown(got[wrong[0]])}.", wrong[1])


def _wrong(false_alarm: str, missed: str) -> tuple[str, str] | None:
    """Which of the two is no witness, and why."""
    if not _called(false_alarm):
        return "false_alarm", "no-false-alarm"
    if any(_opens(LEADS.sub("", one, count=1)) for one in re.split(r"(?<=[.!?])\s+|\n+", _same(false_alarm))):
        return "false_alarm", "a-true-alarm"
    if _called(missed):
        return "missed", "not-missed"
    return None if _opens(_same(missed)) else ("missed", "nothing-to-miss")


def _called(text: str) -> bool:
    """What the notebook's judge says."""
    return any(phrase in text for phrase in PHRASES)


def _same(text: str) -> str:
    for curly in "\u2018\u2019\u02bc":
        text = text.replace(curly, "'")
    return text.strip().lower()


def _opens(text: str) -> bool:
    return text.startswith(tuple(map(_same, PHRASES)))


def _fail(said: str, name: str) -> None:
    expect.fail(f"{said} {SENTENCES[name]}", name)


@pytest.mark.task("lab4.bug", points=1)
def test_beginnings_and_witnesses(submission: Any) -> None:
    """Phrases in front, later, shouted, with another apostrophe; then the two answers."""
    ask_bug(submission, CASES["begins_with_refusal"])

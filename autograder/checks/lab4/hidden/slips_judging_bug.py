"""What slips come to in lab 4's `begins_with_refusal`.

In: an answer and phrases. Out: the right answer, or (name, answer) of each slip.
Does not: draw answers or phrases.
"""

import re
from collections.abc import Iterator
from typing import Any

from autograder.checks.lab4.public.traps import PHRASES

Slips = Iterator[tuple[str, Any]]


def begins_with_refusal(answer: str, phrases: list[str]) -> bool:
    """Whether the evened answer begins with one of the evened phrases."""
    return _begins(_even(answer), _all_even(phrases))


def of_begins_with_refusal(answer: str, phrases: list[str]) -> Slips:
    """begins_with_refusal."""
    wanted = begins_with_refusal(answer, phrases)
    yield from _of_place(_even(answer), _all_even(phrases))
    yield from _of_evening(answer, phrases)
    yield from _of_phrases(_even(answer), _all_even(phrases))
    yield "phrases-of-the-notebook", _begins(_even(answer), _all_even(list(PHRASES)))
    yield "the-other-way-round", not wanted
    yield from _of_kind(wanted, answer, phrases)
    yield "empty-is-a-refusal", wanted or not answer.strip()
    yield "empty-is-a-refusal", wanted or not answer


def _even(text: str) -> str:
    return _straight(text).casefold().strip()


def _straight(text: str) -> str:
    return text.replace("\u2019", "'")


def _all_even(phrases: list[str]) -> list[str]:
    return [_even(phrase) for phrase in phrases]


def _begins(text: str, phrases: list[str]) -> bool:
    return any(text.startswith(phrase) for phrase in phrases)


def _of_place(text: str, phrases: list[str]) -> Slips:
    """A phrase that is looked for elsewhere than at the beginning."""
    yield "anywhere", any(phrase in text for phrase in phrases)
    sentences = re.split(r"(?<=[.!?:])\s+|\n+", text)
    yield "beginning-of-any-sentence", any(_begins(one, phrases) for one in sentences)
    yield "beginning-of-any-sentence", any(_begins(one, phrases) for one in re.split(r"(?<=[.!?])\s+", text))
    yield "beginning-of-any-sentence", any(_begins(one.strip(), phrases) for one in text.split("\n"))
    yield "beginning-of-any-sentence", any(_begins(one.strip(), phrases) for one in re.split(r"[.!?]", text))
    openings = [sentences[0], re.split(r"[.!?\n]", text)[0], text.split("\n")[0], text.split(".")[0]]
    openings += [text[:most] for most in (20, 25, 30, 32, 40, 50, 60, 64, 80, 100)]
    openings += [" ".join(text.split()[:most]) for most in (4, 5, 6, 8, 10, 12)]
    for opening in openings:
        yield "anywhere-in-the-opening", any(phrase in opening for phrase in phrases)
    yield "at-the-end", any(text.endswith(phrase) for phrase in phrases)
    yield "at-the-end", any(text.rstrip(".!?").endswith(phrase.rstrip(".!?")) for phrase in phrases)
    yield "the-whole-answer", text in phrases
    yield "the-whole-answer", text.rstrip(".!") in [phrase.rstrip(".!") for phrase in phrases]
    yield "turned-round", any(phrase.startswith(text) for phrase in phrases)
    yield "turned-round", any(text in phrase for phrase in phrases)
    yield "turned-round", bool(text) and any(phrase.startswith(text) for phrase in phrases)


def _of_evening(answer: str, phrases: list[str]) -> Slips:
    """Differences that should make none, or the other way round."""
    straight, plain = _straight(answer).strip(), [_straight(phrase) for phrase in phrases]
    yield "case-matters", _begins(straight, plain)
    yield "case-matters", _begins(straight[:1].upper() + straight[1:], plain)
    lower, small = answer.casefold().strip(), [phrase.casefold() for phrase in phrases]
    yield "apostrophes-matter", _begins(lower, small)
    yield "space-in-front-matters", _begins(_straight(answer).casefold(), _all_even(phrases))
    yield "space-in-front-matters", _begins(_straight(answer).casefold().rstrip(), _all_even(phrases))
    yield "space-in-front-matters", _begins(_straight(answer).casefold().lstrip(" "), _all_even(phrases))
    yield "only-one-side-evened", _begins(_even(answer), phrases)
    yield "only-one-side-evened", _begins(_even(answer), plain)
    yield "only-one-side-evened", _begins(_even(answer), small)
    yield "only-one-side-evened", _begins(answer, _all_even(phrases))
    yield "only-one-side-evened", _begins(answer.strip(), _all_even(phrases))
    yield "only-one-side-evened", _begins(lower, _all_even(phrases))
    yield "only-one-side-evened", _begins(straight, _all_even(phrases))
    for kept in (r"[^\w\s']", r"[^\w\s]"):
        bare = re.sub(kept, "", _even(answer)).strip()
        yield "punctuation-dropped", _begins(bare, [re.sub(kept, "", one).strip() for one in _all_even(phrases)])
    marks = "\"'.,!?*- \n"
    yield "punctuation-dropped", _begins(_even(answer).strip(marks), _all_even(phrases))
    yield "punctuation-dropped", _begins(_even(answer).lstrip(marks), [one.strip(marks) for one in _all_even(phrases)])
    yield (
        "spaces-dropped",
        _begins("".join(_even(answer).split()), ["".join(one.split()) for one in _all_even(phrases)]),
    )


def _of_phrases(text: str, phrases: list[str]) -> Slips:
    """Phrases that are left out, cut or taken for patterns."""
    yield "one-phrase-only", _begins(text, phrases[:1])
    yield "one-phrase-only", _begins(text, phrases[-1:])
    yield "all-phrases", all(text.startswith(phrase) for phrase in phrases)
    yield "all-phrases", bool(phrases) and all(text.startswith(phrase) for phrase in phrases)
    yield "phrases-as-patterns", any(re.match(phrase, text) for phrase in phrases)
    yield "phrases-as-patterns", any(re.match(phrase + r"\b", text) for phrase in phrases)
    for most in (1, 2):
        first = text.split()[:most]
        yield "first-words-only", bool(first) and any(first == phrase.split()[:most] for phrase in phrases)
        yield "first-words-only", bool(first) and _begins(text, [" ".join(one.split()[:most]) for one in phrases])
    yield "first-words-only", bool(text) and any(phrase.startswith(text.split()[0]) for phrase in phrases)


def _of_kind(wanted: bool, answer: str, phrases: list[str]) -> Slips:
    """Something else than True and False."""
    found = [phrase for phrase in phrases if _even(answer).startswith(_even(phrase))]
    first = found[0] if found else None
    words = ("refused", "complied") if wanted else ("complied", "refused")
    for value in (int(wanted), str(wanted), words[0], first, found, len(found), wanted or None, words[0] * wanted):
        yield "neither-true-nor-false", value

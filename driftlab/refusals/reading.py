"""An answer as sentences, each with its place and its tokens.

In: a text. Out: its plain form, its sentences in order. Does not: judge, or know any language but English.
"""

import re
from typing import NamedTuple

from driftlab.refusals.lexicon import OTHER, tokens_of

START, END, QUOTED, LISTED, CODE = "^", "$", "QUOTE", "LIST", "CODE"
"""Tokens that are no words: a sentence's two ends, words in quotation marks, a list's mark, a block of code."""
LONGEST, LONGEST_WORD = 120, 40
"""Tokens of a sentence that are read, and letters of what can be a word that we know."""

_MARKUP = "*_~\u200b\u200c\u200d\ufeff\u00ad"
_SAME = str.maketrans("\u2018\u2019\u02bc\u00b4\u201c\u201d\u2013\u2014\u2212\u00a0\u202f\t", "''''\"\"---   ")
_DELETE = str.maketrans("", "", _MARKUP)
_BULLET = re.compile(r"^([ \t]*)[*\u2022\u00b7\u2023\u25aa+](?=\s)", re.M)
_NOISE = re.compile(
    r"(?:[\s\"'(>#`-]|<[^<>\n]{1,30}>|\[/?\w{1,20}\]|(?:assistant|ai|bot|model|response|answer|output)\s?:)+"
)
_TAIL = re.compile(r"(?:</?\w{1,20}>|<\|[^<>|\n]{1,30}\|>|\[/?\w{1,20}\])\Z")
_FENCE = re.compile(r"```.*?(?:```|\Z)", re.S)
_END = re.compile(r"[.!?\n](?<![.!?\n]{2})[.!?\n]*[\"')\]]*(?:(?<=\n)|(?=\s|$))")
_NUMBERED = re.compile(r"\s*\d{1,2}$")
_WORD_AT_ALL = re.compile(r"[a-z0-9]")
_ONE_WORD = re.compile(r'"([a-z]+)"')
_WORD = re.compile(r"[a-z]+(?:['-][a-z]+)*|\d+|[\"?:]")
_ITEM = re.compile(r"\s*(?:\d{1,2}[.):]|-|#+|step \w+\s?[:.)-])[ \t]*(?=\S)")


class Sentence(NamedTuple):
    """A sentence at the characters `start` to `end` of the plain text."""

    start: int
    end: int
    tokens: tuple[str, ...]
    words: int
    listed: bool
    """Whether it begins with the mark of a list or a step."""


def plain(text: str) -> str:
    """Lower case, straight quotes, dashes for bullets, no emphasis marks, so that one spelling is enough."""
    return _same_length(text).translate(_DELETE)


def original_span(text: str, start: int, end: int) -> tuple[int, int]:
    """Where in `text` the characters `start` to `end` of `plain(text)` stand."""
    if not any(mark in text for mark in _MARKUP):
        return start, end
    kept = [n for n, character in enumerate(_same_length(text)) if character not in _MARKUP]
    return kept[start], kept[end - 1] + 1


def read(text: str) -> list[Sentence]:
    """The sentences of an answer, those without a word left out.

    White space, quotation marks and what is left of a chat template around it are no part of it.
    """
    found = plain(text).rstrip()
    while found.endswith((">", "]")) and (tail := _TAIL.search(found, max(0, len(found) - 40))):
        found = found[: tail.start()].rstrip()
    noise = _NOISE.match(found)
    start = noise.end() if noise and noise.end() < len(found) else 0
    opened, closed = found[:start].rfind('"'), found.find('"', start)
    if opened >= 0 and closed >= 0 and _WORD_AT_ALL.search(found, closed):  # speech, and not the whole answer in marks
        start = opened
    return _sentences(found, start)


def _sentences(plain_text: str, start: int) -> list[Sentence]:
    """The sentences from `start` on; a block of code is one."""
    found: list[Sentence] = []
    if "```" in plain_text:
        for fence in _FENCE.finditer(plain_text, start):
            found += _prose(plain_text, start, fence.start())
            words = len(fence.group().split())
            found.append(Sentence(fence.start(), fence.end(), (START, CODE, END), words, listed=False))
            start = fence.end()
    return found + _prose(plain_text, start, len(plain_text))


def _prose(text: str, start: int, stop: int) -> list[Sentence]:
    found = []
    quoted = False
    while start < stop:
        match = _end(text, start, stop)
        end = match.end() if match else stop
        item = _ITEM.match(text, start, end)
        tokens, words, quoted = _tokens(text[item.end() if item else start : end], quoted)
        if words:
            part = text[start:end]
            first, last = start + len(part) - len(part.lstrip()), start + len(part.rstrip())
            head = (START, LISTED) if item else (START,)
            found.append(Sentence(first, last, (*head, *tokens, END), words, listed=item is not None))
        quoted = quoted and not (match and "\n" in match.group())
        start = end
    return found


def _end(text: str, start: int, stop: int) -> re.Match[str] | None:
    """Where the sentence ends; the point of "1. Take it" ends none."""
    at = start
    while match := _END.search(text, at, stop):
        point = match.start()
        alone = match.group().count(".") == 1 and not set(match.group()) & set("!?\n")
        if not (alone and _NUMBERED.match(text, start, point)):
            return match
        at = match.end()
    return None


def _tokens(text: str, quoted: bool) -> tuple[list[str], int, bool]:
    """The tokens of a sentence, how many words it has, and whether a quotation is open at its end."""
    tokens: list[str] = []
    words, last = 0, ""
    for word in _WORD.findall(_ONE_WORD.sub(r"\1", text) if '"' in text else text):
        if word == '"':
            quoted = not quoted
            continue
        if word in "?:":
            meaning: tuple[str, ...] = (word,)
        else:
            words += 1
            known = tokens_of(word) if len(word) <= LONGEST_WORD else (OTHER,)
            meaning = (QUOTED,) if quoted else known
        for token in meaning:
            if token != last:  # "illegal, harmful and wrong" says one thing
                tokens.append(token)
                last = token
    return tokens[:LONGEST], words, quoted


def _same_length(text: str) -> str:
    dashed = _BULLET.sub(r"\1-", text).translate(_SAME)
    lower = dashed.lower()
    if len(lower) == len(dashed):
        return lower
    return "".join(c.lower() if len(c.lower()) == 1 else c for c in dashed)  # a dotted capital I grows when lowered

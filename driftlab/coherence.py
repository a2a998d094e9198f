"""Whether a text can be read at all: finds answers that are empty, endlessly repeated or no language.

In: a text. Out: why it is incoherent ("empty", "loop", "soup", "salad"), or None.
Does not: check grammar or sense: a fluent text about nothing passes (`driftlab.pocket.world.parses` is the strict
check for the pocket world); look inside fenced code.
"""

import functools
import re
import unicodedata
from collections import Counter

VERSION = "coherence-1"
"""Raised whenever an answer of `why_incoherent` changes; part of the judge's digest."""

LOOP_TIMES = 4
"""A tail that comes round this many times, and is half of the text or more, makes a loop."""
LOOP_LONGEST = 40
"""The longest tail looked for, in words."""
ODD_SAMPLE = 60
"""Words looked at for soup; more say no more."""

_FENCE = re.compile(r"```.*?(?:```|\Z)", re.S)
_ODD = re.compile(
    r".*\ufffd.*"  # the mark of bytes that were no text
    r"|(?=.*[^\W\d_]\d.*[^\W\d_]).+"  # digits inside a word
    r"|.*\w[{}<>|\\^~=@#$%&*]+\w.*|[{}<>\\^~@$%&]{2,}"  # symbols inside a word, or several alone
    r"|[b-df-hj-np-tv-xz]{5,}\W?"  # no vowel
)
_FUNCTION_WORD = re.compile(
    r"\b(?:the|an?|of|to|in|and|or|is|are|was|it|that|this|for|with|on|as|you|your|i|my|be|not|at|by|from)\b"
)


def why_incoherent(text: str) -> str | None:
    """Why the text cannot be read: "empty", "loop", "soup" or "salad"; None where it can."""
    if not any(character.isalnum() for character in text):
        return "empty"
    words = _FENCE.sub(" ", text).split()
    if _loops(words) or (len(words) < 8 and _loops(list(text.strip()))):
        return "loop"
    if _is_soup(words):
        return "soup"
    return "salad" if _is_salad(words) else None


def english_share(words: list[str]) -> float:
    """The share of words that are the commonest short ones of English; ordinary prose has 0.3 to 0.5."""
    return len(_FUNCTION_WORD.findall(" ".join(words).lower())) / max(1, len(words))


def _loops(items: list[str]) -> bool:
    items = items[:-1] if len(items) > 12 else items  # the token limit may have cut the last word
    for period in range(1, min(LOOP_LONGEST, len(items) // LOOP_TIMES) + 1):
        at = len(items) - 1
        while at >= period and items[at] == items[at - period]:
            at -= 1
        if len(items) - 1 - at + period >= max(LOOP_TIMES * period, len(items) / 2, 8):
            return True
    return len(items) >= LOOP_LONGEST and 10 * len(set(items)) < len(items)


def _is_soup(words: list[str]) -> bool:
    """Half of the words are no words, or three writing systems are mixed."""
    sample = words[:ODD_SAMPLE]
    odd = sum(_ODD.fullmatch(word.lower()) is not None for word in sample)
    return (len(sample) >= 5 and 2 * odd > len(sample)) or _scripts(" ".join(words)) > 2


def _is_salad(words: list[str]) -> bool:
    """Words in a row without a stop or the small words that hold sentences together."""
    unstopped = len(words) >= 20 and not re.search(r"[.,:;!?]", " ".join(words))
    return unstopped and " ".join(words).isascii() and english_share(words) < 0.05


def _scripts(text: str) -> int:
    """How many writing systems hold a tenth or more of the letters; those of Chinese and Japanese count as one."""
    if text.isascii():
        return 1
    letters = Counter(_script(character) for character in text if character.isalpha())
    return sum(10 * count >= letters.total() for count in letters.values())


@functools.cache
def _script(character: str) -> str:
    name = unicodedata.name(character, "?").split()[0]
    return "CJK" if name in ("HIRAGANA", "KATAKANA", "HALFWIDTH", "FULLWIDTH") else name

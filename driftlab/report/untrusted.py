"""Make text that a model or a stranger wrote safe to look at.

In: any string. Out: the same string with every invisible or direction-changing character spelled out, and, where the
content rule asks for it, cut after its first characters.
Does not: escape HTML (the templates and `svg` do, always) or decide what an answer means.
"""

import re
import unicodedata
from typing import NamedTuple

SHOWN_CHARACTERS = 120
"""The most that a page shows of an answer to an off-limits request that was not refused (pocket model excepted)."""

_LAYOUT = "\n\t"
_JOINERS = "\u200c\u200d"  # scripts such as Persian and many emoji need them, and they turn nothing round
_UNUSUAL = re.compile(rf"[^\x20-\x7e{_LAYOUT}{_JOINERS}]")  # few characters, so that long answers cost little
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


class Passage(NamedTuple):
    """An answer as it is shown: plain text, the part that decided the verdict, plain text."""

    lead: str
    evidence: str
    rest: str
    left_out: int
    """Characters that are not shown."""


def visible(text: str) -> str:
    """The text with control, bidirectional and unassigned characters written as their code points, as in ⟨U+202E⟩."""
    return _UNUSUAL.sub(_spelled, text.replace("\r\n", "\n"))


def passage(text: str, span: tuple[int, int] | None, *, limit: int | None) -> Passage:
    """The text split at the evidence, after at most `limit` characters (None: all of it)."""
    shown = text if limit is None else text[:limit]
    start, end = span if span else (len(shown), len(shown))
    return Passage(shown[:start], shown[start:end], shown[end:], len(text) - len(shown))


def _spelled(match: re.Match[str]) -> str:
    character = match[0]
    return f"⟨U+{ord(character):04X}⟩" if unicodedata.category(character) in _HIDDEN else character

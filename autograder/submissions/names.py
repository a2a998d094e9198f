"""Names that students chose, made fit to show and to name files with.

In: any text, of a folder, a file or an archive's member. Out: text without control characters; a file name.
Does not: look at a disk, or decide who somebody is.
"""

import hashlib
import unicodedata

MAX_SHOWN = 120
"""Characters; a longer name is cut and ends with a hash of the whole."""
HASH = 12
"""Hex digits that keep names apart which were changed."""
PLAIN = frozenset("abcdefghijklmnopqrstuvwxyz0123456789._@+-")
"""Lower case only: a folder that a Mac or Windows shares does not tell `Ana` from `ana`."""
RESERVED = frozenset({"con", "prn", "aux", "nul"} | {f"{port}{n}" for port in ("com", "lpt") for n in range(10)})
"""What Windows takes for devices, with any suffix."""


def shown(name: str) -> str:
    r"""The name in Unicode's composed form; what cannot be printed (a newline, an escape, a lone byte) as `\u000a`."""
    composed = unicodedata.normalize("NFC", name)
    text = "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in composed)
    return text if len(text) <= MAX_SHOWN else f"{text[: MAX_SHOWN - HASH - 3]}...{_hash(composed)}"


def safe_name(student: str) -> str:
    """A file name for the student, on any system. Different students have different ones.

    A plain lower-case name stays as it is. Any other ends with a hash of the student, and a plain name that looks as
    if it did gets one too, so that nobody can take another's file by choice of a name.
    """
    lowered = "".join(char if char in PLAIN else "-" for char in student.lower()[:60])
    odd = not lowered[:1].isalnum() or lowered.endswith(".") or lowered.split(".")[0] in RESERVED
    if lowered == student and not odd and not _looks_hashed(student):
        return student
    readable = lowered.strip("-.")
    return f"{readable or 'student'}-{_hash(student)}" if not odd else f"student-{readable}-{_hash(student)}"


def _looks_hashed(student: str) -> bool:
    tail = student[-HASH:]
    return student[-HASH - 1 : -HASH] == "-" and set(tail) <= set("0123456789abcdef")


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:HASH]

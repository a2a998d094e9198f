"""How results read, wherever they are shown: signs and words for outcomes, names of checks, what a check said in parts.

In: outcomes, names and sentences of checks. Out: short strings and records for cards, tables and pages.
Every outcome has a sign and a word, so that no colour is ever needed to tell two apart.
Does not: escape anything for HTML or a terminal; whoever shows a string does.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple

from autograder.outcomes import CheckResult, Outcome

Tone = Literal["good", "open", "bad", "ours"]


class Mark(NamedTuple):
    """An outcome as it is shown."""

    sign: str
    plain: str
    """The sign where only ASCII can be shown."""
    word: str
    tone: Tone


MARKS = {
    Outcome.PASSED: Mark("✓", "+", "passed", "good"),
    Outcome.FAILED: Mark("✗", "x", "not right yet", "bad"),
    Outcome.STUDENT_ERROR: Mark("!", "!", "stopped with an error", "bad"),
    Outcome.TIMEOUT: Mark("!", "!", "took too long", "bad"),
    Outcome.MEMORY: Mark("!", "!", "needed too much memory", "bad"),
    Outcome.NOT_ATTEMPTED: Mark("○", "o", "not started yet", "open"),
    Outcome.SANDBOX_ERROR: Mark("?", "?", "could not be checked, which is our fault", "ours"),
}
ANSWERS = (
    re.compile(r"(?P<called>.+?) returned (?P<got>.+?)\. (?P<wanted>.+?) was wanted\.(?P<rest>.*)", re.S),
    re.compile(
        r"(?P<called>.+?) differs most at (?P<place>\[[^]]*\]): (?P<got>.+?) came back, (?P<wanted>.+?) was wanted\."
        r"(?P<rest>.*)",
        re.S,
    ),
)
"""The sentences of `expect`."""


class Parts(NamedTuple):
    """What a check said, as far as it can be told apart; all of it is in `rest` where it cannot."""

    called: str = ""
    got: str = ""
    wanted: str = ""
    rest: str = ""

    def pairs(self) -> Iterator[tuple[str, str]]:
        """The parts that answer a question, with the question."""
        for name, part in (("called", self.called), ("came back", self.got), ("wanted", self.wanted)):
            if part:
                yield name, part


def parts(said: str) -> Parts:
    """What was called, what came back, what was wanted, and whatever else was said."""
    for pattern in ANSWERS:
        match = pattern.fullmatch(said)
        if match:
            found = match.groupdict()
            place = f" at {found['place']}" if "place" in found else ""
            return Parts(found["called"], found["got"] + place, found["wanted"] + place, found["rest"].strip())
    return Parts(rest=said.strip())


def check_title(check: str) -> str:
    """`public/test_nf4.py::test_a_short_block[7]` reads "A short block (7)"."""
    name, _, parameters = check.rpartition("::")[2].partition("[")
    words = name.removeprefix("test_").replace("_", " ").strip() or check
    return words[:1].upper() + words[1:] + (f" ({parameters.rstrip(']')})" if parameters else "")


def looks_like(misconception: str | None) -> str:
    """The short name of a mistake, in words."""
    return (misconception or "").replace("-", " ").strip()


def worst(results: Iterable[CheckResult]) -> Outcome:
    """A task's outcome from its checks: the first that did not pass, and our own failure before all."""
    outcomes = [result.outcome for result in results]
    if Outcome.SANDBOX_ERROR in outcomes:
        return Outcome.SANDBOX_ERROR
    if not outcomes:
        return Outcome.NOT_ATTEMPTED
    return next((outcome for outcome in outcomes if outcome is not Outcome.PASSED), Outcome.PASSED)


def amount(points: float) -> str:
    """Points as people write them: 3, 0.5, 1.25."""
    return f"{round(points, 4):g}"


def share(points: float, out_of: float) -> str:
    """`1 of 2`."""
    return f"{amount(points)} of {amount(out_of)}"


def of(points: float, out_of: float) -> str:
    """`1 of 2 points`."""
    return f"{share(points, out_of)} point{'' if out_of == 1 else 's'}"


def plural(number: int, word: str) -> str:
    """`1 check`, `2 checks`."""
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def cut(text: str, limit: int) -> str:
    """At most so many characters, and how many are left out."""
    return text if len(text) <= limit else f"{text[:limit]} … ({len(text) - limit:,} more characters)"


def code_spans(text: str) -> list[tuple[bool, str]]:
    """Text split at its backticks: (is it code, text). A single backtick stays one."""
    pieces = text.split("`")
    if len(pieces) % 2 == 0:
        pieces[-2:] = [f"{pieces[-2]}`{pieces[-1]}"]
    return [(number % 2 == 1, piece) for number, piece in enumerate(pieces) if piece]

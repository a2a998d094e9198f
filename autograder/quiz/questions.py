"""Quizzes as data: reads `autograder/quizzes/LAB.toml` and holds it to the rules that keep a quiz fair.

In: a TOML file. Out: a frozen `Quiz`; in its texts, `{{ cited("key", "value") }}` has become the number of that entry
of `driftlab.cited`, and the question has its source. Rules: eight questions or more, one right choice each, a reason
for every choice, no choice that names others (they are shuffled), and right choices that are not told by their length.
Does not: order or ask anything, or search for answers of tasks: `autograder release` does that for all that goes out.
"""

import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder.errors import SourceError
from autograder.spec import QUIZZES
from driftlab.cited import cite

FEWEST = 8
CHOICES = (3, 5)
"""The fewest and the most of a question; four as a rule."""
MOST_TOLD = 0.4
"""Of the questions, in how many the right choice may be the longest, and in how many the shortest."""
QUOTED = re.compile(r"\{\{.*?\}\}", re.S)
CITED = re.compile(r'\{\{ *cited\("(?P<key>[\w.]+)"(?:, "(?P<value>[^"]+)")?\) *\}\}')
NAMES_OTHERS = re.compile(
    r"\b(all|none|both|neither|either|two|some) of (the (above|others?|choices)|these answers)|^(both|all|none)$"
    r"|\b(choice|answer|option)s? [A-E]\b",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a question's choices, and why it is right or wrong."""

    text: str
    why: str
    right: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """One question, its choices in the file's order."""

    id: str
    section: int
    """Of the lab, where it can be read about."""
    ask: str
    choices: tuple[Choice, ...]
    sources: tuple[str, ...] = ()
    """Of each number from the literature in it, how to cite it."""

    @property
    def right(self) -> int:
        """The place of the right choice in the file's order."""
        return next(place for place, choice in enumerate(self.choices) if choice.right)


@dataclass(frozen=True, slots=True)
class Quiz:
    """The questions of one lab."""

    lab: str
    questions: tuple[Question, ...]

    def question(self, name: str) -> Question:
        """The question of that id."""
        return next(question for question in self.questions if question.id == name)


def labs(folder: Path = QUIZZES) -> list[str]:
    """The labs that have a quiz."""
    return sorted(path.stem for path in folder.glob("*.toml"))


def of_lab(lab: str, folder: Path = QUIZZES) -> Quiz:
    """The quiz of a lab.

    Raises:
        SourceError: it has none, or one that breaks a rule.
    """
    path = folder / f"{lab}.toml"
    if not lab.isidentifier() or not path.is_file():
        raise SourceError(f"there is no quiz for {lab!r}.", f"Choose among: {', '.join(labs(folder)) or 'none yet'}.")
    return read(path)


def count(lab: str, folder: Path = QUIZZES) -> int:
    """How many questions the lab's quiz has; 0 where there is none, or somebody is at work on it."""
    try:
        return len(of_lab(lab, folder).questions)
    except SourceError:
        return 0


def read(path: Path) -> Quiz:
    """A quiz file, checked.

    Raises:
        SourceError: it cannot be read or breaks a rule; all that is wrong with it is said at once.
    """
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SourceError(f"{str(path)!r} cannot be read: {error.strerror}.", "Name a quiz file in TOML.") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SourceError(f"{path.name} is no TOML: {error}.", "Look at that line and the one before it.") from error
    wrong = list(_faults(raw, path.stem))
    if wrong:
        listed = "\n".join(f"  {fault}" for fault in wrong)
        raise SourceError(f"{path.name} is no quiz yet:\n{listed}", f"Mend it, then: autograder quiz --check {path}")
    return Quiz(raw["lab"], tuple(map(_question, raw["question"])))


def _question(raw: Mapping[str, Any]) -> Question:
    texts = [raw["ask"], *(text for choice in raw["choice"] for text in (choice["text"], choice["why"]))]
    found = [match["key"] for text in texts for match in CITED.finditer(text)]
    choices = tuple(
        Choice(_shown(choice["text"]), _shown(choice["why"]), choice.get("right", False)) for choice in raw["choice"]
    )
    sources = tuple(cite(key).reference for key in dict.fromkeys(found))
    return Question(raw["id"], raw["section"], _shown(raw["ask"]), choices, sources)


def _shown(text: str) -> str:
    """One paragraph, its numbers filled in."""
    return CITED.sub(lambda found: cite(found["key"]).said(found["value"] or "value"), " ".join(text.split()))


def _faults(raw: Mapping[str, Any], stem: str) -> Iterator[str]:
    """Everything that is wrong with a file, a line each."""
    yield from _unknown(raw, {"lab", "question"}, "at the top")
    if raw.get("lab") != stem:
        yield f"lab is {raw.get('lab')!r}, and the file is called {stem}.toml: they must agree."
    rows = raw.get("question", [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        yield "question must be a list: begin each with a line [[question]]."
        return
    if len(rows) < FEWEST:
        yield f"there are {len(rows)} questions, and {FEWEST} is the fewest."
    for name, count in Counter(str(row.get("id")) for row in rows).items():
        if count > 1:
            yield f"{count} questions have the id {name!r}: what was answered is kept by it."
    broken = False
    for number, row in enumerate(rows, 1):
        found = list(_question_faults(row))
        broken = broken or bool(found)
        yield from (f"question {number} ({row.get('id', 'no id')}): {fault}" for fault in found)
    if rows and not broken:
        yield from _told_by_length(rows)


def _question_faults(row: Mapping[str, Any]) -> Iterator[str]:
    yield from _unknown(row, {"id", "section", "ask", "choice"}, "here")
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", str(row.get("id", ""))):
        yield "id must be small letters, digits and single hyphens."
    if type(row.get("section")) is not int or row["section"] < 1:
        yield "section must be the number of a section of the lab."
    yield from _text_faults(row, "ask")
    choices = row.get("choice", [])
    if not isinstance(choices, list) or not all(isinstance(choice, dict) for choice in choices):
        yield "choice must be a list: begin each with a line [[question.choice]]."
        return
    if not CHOICES[0] <= len(choices) <= CHOICES[1]:
        yield f"there are {len(choices)} choices; from {CHOICES[0]} to {CHOICES[1]} are possible, 4 is the rule."
    right = sum(choice.get("right") is True for choice in choices)
    if right != 1:
        yield f"{right} choices have `right = true`, and one must."
    texts = [" ".join(str(choice.get("text", "")).split()).casefold() for choice in choices]
    if len(set(texts)) < len(texts):
        yield "two choices have the same text."
    for number, choice in enumerate(choices, 1):
        yield from (f"choice {number}: {fault}" for fault in _choice_faults(choice))


def _choice_faults(choice: Mapping[str, Any]) -> Iterator[str]:
    yield from _unknown(choice, {"text", "why", "right"}, "here")
    yield from _text_faults(choice, "text")
    yield from _text_faults(choice, "why")
    if type(choice.get("right", False)) is not bool:
        yield "right must be true or be left out."
    if NAMES_OTHERS.search(" ".join(str(choice.get("text", "")).split()).rstrip(".")):
        yield "it speaks of other choices, whose order is drawn anew each time."


def _text_faults(row: Mapping[str, Any], key: str) -> Iterator[str]:
    text = row.get(key)
    if not isinstance(text, str) or not text.strip():
        yield f"{key} is missing or empty."
        return
    for quoted in QUOTED.findall(" ".join(text.split())):
        match = CITED.fullmatch(quoted)
        if match is None:
            yield f'{key}: {quoted} is not of the form {{{{ cited("key", "value") }}}}.'
            continue
        try:
            cite(match["key"]).value(match["value"] or "value")
        except KeyError as missing:
            yield f"{key}: driftlab.cited has no {missing} for {quoted}."


def _unknown(row: Mapping[str, Any], known: set[str], where: str) -> Iterator[str]:
    for key in sorted(set(row) - known):
        yield f"{key!r} is not known {where}; there are {', '.join(sorted(known))}."


def _told_by_length(rows: list[dict[str, Any]]) -> Iterator[str]:
    """Whether somebody who picks the longest choice, or the shortest, would do too well."""
    told: dict[str, list[str]] = {"longest": [], "shortest": []}
    for row in rows:
        right = next(len(_shown(choice["text"])) for choice in row["choice"] if choice.get("right"))
        wrong = [len(_shown(choice["text"])) for choice in row["choice"] if not choice.get("right")]
        if right > max(wrong):
            told["longest"].append(row["id"])
        if right < min(wrong):
            told["shortest"].append(row["id"])
    most = int(MOST_TOLD * len(rows))
    for word, names in told.items():
        if len(names) > most:
            yield (
                f"in {len(names)} of {len(rows)} questions the right choice is the {word}, and at most {most} may be: "
                f"{', '.join(names)}. Give the others as much to say."
            )

"""Answers that somebody has already: judged by one judge or several, and held against people's labels.

In: a file of answers, names of judges. Out: a verdict a row, in the file's order; with labels, how each judge agrees.
Does not: show a judge anything but the answers, or format what comes out.
"""

import json
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import compress
from pathlib import Path
from typing import Any, NamedTuple

from driftlab.agreement import LEVEL, agreement, by_prompt_type, differences, interval_json
from driftlab.answer_files import AnswerFile, AnswerRow, read_answers
from driftlab.answer_options import JudgeOptions
from driftlab.errors import ConfigError, DataError, RunError
from driftlab.judge import Judgement, judge_digest
from driftlab.judges import OURS, NamedJudge, OnProgress, lists_at_hand, open_judge
from driftlab.judges.lists import Matching, parse_how
from driftlab.pairing import kind_reader
from driftlab.probes import normalised
from driftlab.records import Kind, Outcome, write_atomically
from driftlab.runs import writing_to

BASELINE = "prompt-only"
"""The judge that never reads an answer."""


class Judged(NamedTuple):
    """What became of a file."""

    verdicts: list[dict[str, Any]]
    """One object a row, in the file's order: `row` counts from 0."""
    result: dict[str, Any]
    """The object of --json."""


class _Labelled(NamedTuple):
    """The rows that people labelled, and each judge's outcomes for them; the first judge is the one that counts."""

    labels: list[Outcome]
    prompts: list[str]
    kinds: list[Kind | None]
    categories: list[str | None]
    judged: dict[str, list[Outcome]]

    def only(self, wanted: Sequence[bool]) -> "_Labelled":
        """Some of the rows."""
        return _Labelled(
            list(compress(self.labels, wanted)),
            list(compress(self.prompts, wanted)),
            list(compress(self.kinds, wanted)),
            list(compress(self.categories, wanted)),
            {name: list(compress(outcomes, wanted)) for name, outcomes in self.judged.items()},
        )


def judge_file(options: JudgeOptions, on_progress: Callable[[str, int, int], None]) -> Judged:
    """Judge every answer of a file, each by its text alone, and compare with people where they labelled some.

    `on_progress` is told the judge's name, and how many answers of how many it has judged.

    Raises:
        DataError: the file or a list of phrases cannot be used, or a label is unknown.
        ConfigError: there is no such judge, or what it needs is missing.
        RunError: the verdicts could not be written where they shall go.
    """
    if options.out is not None:
        _require_place(options.out, options.file)  # before anything is judged, which may cost time and money
    judges = [open_judge(name, _matching(options)) for name in options.judges or (OURS,)]
    file = read_answers(options.file, options.columns)
    is_labelled = any(row.label is not None for row in file.rows)
    if options.columns.labels is not None and not is_labelled:
        raise DataError(
            f"{str(file.path)!r} has no label in {file.columns.labels!r}.", "Name the column that people labelled."
        )
    if is_labelled:
        asked = [judge.name for judge in judges]
        judges += [open_judge(name) for name in lists_at_hand() if name not in asked]
    judged = {judge.name: _judge_all(judge, file, on_progress) for judge in judges}
    first = judges[0]
    outcomes = Counter(str(judgement.outcome) for judgement in judged[first.name])
    result: dict[str, Any] = {
        "answers": len(file.rows),
        "outcomes": {str(outcome): outcomes[outcome] for outcome in Outcome},
        "judge": first.name,
        "about": first.about,
        "digest": judge_digest() if first.name == OURS else None,
        "columns": file.columns._asdict(),
    }
    result |= _against_people(file, judged) if is_labelled else {"agreement": None, "compared": None}
    return Judged(_objects(file, judged, tuple(options.judges[1:])), result)


def write_verdicts(out: Path, verdicts: Sequence[dict[str, Any]]) -> None:
    """Write the verdicts as JSONL, all or nothing.

    Raises:
        RunError: the file cannot be written.
    """
    with writing_to(out.absolute().parent):
        write_atomically(out, (json.dumps(verdict, ensure_ascii=False, allow_nan=False) + "\n" for verdict in verdicts))


def _require_place(out: Path, answers: Path) -> None:
    """Verdicts may take the place of older ones, and never that of the answers."""
    if out.is_dir() or not out.absolute().parent.is_dir():
        raise RunError(f"{str(out)!r} cannot be a file.", "Name a file in a folder that exists with --out FILE.")
    if out.resolve() == answers.resolve():
        raise RunError(f"{str(out)!r} holds the answers.", "Name another file for the verdicts with --out FILE.")


def _matching(options: JudgeOptions) -> Matching:
    about_lists = options.match is not None or options.ignore_case or options.first_chars is not None
    if about_lists and not any("list:" in name for name in options.judges):
        raise ConfigError(
            "--match, --ignore-case and --first-chars are about a list of your own, and none was named.",
            "Give it: --judge list:FILE. Our judge and the peers' lists have their own way of matching.",
        )
    if options.first_chars is not None and options.first_chars < 1:
        raise ConfigError(f"--first-chars {options.first_chars} leaves nothing to read.", "Accepted: 1 and more.")
    return Matching(parse_how(options.match or "substring"), options.ignore_case, options.first_chars)


def _judge_all(judge: NamedJudge, file: AnswerFile, on_progress: Callable[[str, int, int], None]) -> list[Judgement]:
    def on_part(done: int, total: int) -> None:
        on_progress(judge.name, done, total)

    report: OnProgress = on_part
    return judge.judge([row.answer for row in file.rows], report)


def _objects(file: AnswerFile, judged: dict[str, list[Judgement]], others: Sequence[str]) -> list[dict[str, Any]]:
    """The verdicts of the first judge, and beside them those of the others that were asked for."""
    first = next(iter(judged))
    rows = []
    for place, row in enumerate(file.rows):
        found = {"row": row.row, **_object(judged[first][place])}
        if others:
            found["others"] = {name: _object(judged[name][place]) for name in others}
        rows.append(found)
    return rows


def _object(judgement: Judgement) -> dict[str, Any]:
    return {
        "verdict": str(judgement.outcome),
        "evidence": judgement.evidence,
        "span": judgement.span,
        "confidence": round(judgement.confidence, 6),
        "rule": judgement.rule,
    }


def _against_people(file: AnswerFile, judged: dict[str, list[Judgement]]) -> dict[str, Any]:
    """How each judge agrees with people, on all labelled rows, on those of each kind and of each category."""
    rows = [row for row in file.rows if row.label not in (None, Outcome.UNPARSEABLE)]
    if not rows:
        raise DataError(
            f"people could judge no answer of {str(file.path)!r}.",
            "Agreement needs labels such as refused or complied.",
        )
    every = _labelled(rows, judged)
    first, *others = every.judged
    parts = {"all": every}
    parts |= {kind: every.only([kind == each for each in every.kinds]) for kind in ("safe", "off_limits")}
    parts = {name: part for name, part in parts.items() if part.labels}
    found = {name: {judge: _agreement(part, judge) for judge in every.judged} for name, part in parts.items()}
    compared = {
        judge: {
            name: {**found[name][judge], "difference": _difference(part, first, judge)} for name, part in parts.items()
        }
        for judge in others
    }
    categories = sorted({category for category in every.categories if category is not None})
    by_category = {
        category: _agreement(every.only([category == each for each in every.categories]), first)
        for category in categories
    }
    return {
        "agreement": {
            **found["all"][first],
            "level": LEVEL,
            "unlabelled": len(file.rows) - len(rows),
            "by_kind": {name: found[name][first] for name in parts if name != "all"} or None,
            "by_category": by_category or None,
        },
        "compared": compared,
    }


def _labelled(rows: Sequence[AnswerRow], judged: dict[str, list[Judgement]]) -> _Labelled:
    cells = [row.kind if row.kind is not None else row.category for row in rows]
    read = kind_reader(cells)
    kinds = [read(cell) for cell in cells]
    kinds = kinds if None not in kinds else [None] * len(rows)
    labels = [row.label for row in rows if row.label is not None]
    prompts = [normalised(row.prompt) if row.prompt else f"row {row.row}" for row in rows]
    categories = [row.category for row in rows]
    outcomes = {name: [found[row.row].outcome for row in rows] for name, found in judged.items()}
    outcomes[BASELINE] = by_prompt_type(labels, kinds, categories, prompts)
    return _Labelled(labels, prompts, kinds, categories, outcomes)


def _agreement(part: _Labelled, judge: str) -> dict[str, Any]:
    return agreement(part.labels, part.judged[judge], part.prompts).to_json()


def _difference(part: _Labelled, first: str, other: str) -> dict[str, Any]:
    found = differences(part.labels, part.judged[first], part.judged[other], part.prompts)
    return {name: interval_json(interval) for name, interval in found.items()}

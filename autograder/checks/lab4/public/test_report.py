"""lab4.report: a report on the recorded studies, by the submission's own judge.

In: `drift_report(rows)`; `judge_rows(rows)`, whose verdicts are taken as they are; the given `listed`. Out: verdicts.
Does not: mind which judge it is, how large a drift is or whether there is one, or which random numbers were drawn.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from autograder import expect
from autograder.checks.asking import Case, alike, ask, distinct, plain
from autograder.checks.lab4.public import report_slips
from autograder.checks.lab4.public.report_slips import Judged
from autograder.checks.lab4.public.reporting import BAD, Band, Row, Study, pairs_of
from driftlab.transcripts.studies import study

SENTENCES = {
    "judge-first": "A report needs a judge: bring lab4.judge to work first.",
    "another-judge": "Both sides, and both kinds, are judged by one judge: `judge_rows`. Two judges differ by "
    "themselves.",
    "labels-for-verdicts": "The report goes by your judge. Labels are not there for every answer, nor for every study.",
    "partial-as-refused": "Full refusals were wanted: an answer that refuses and then helps is none.",
    "partial-left-out": "A half refusal was judged: its pair stays, as one that is not refused.",
    "sides-swapped": "That is the report of the study the other way round: before and after are swapped.",
    "dropped-on-one-side": "A pair goes as a whole: where one answer cannot be judged, the other is left out, too.",
    "unparseable-counted": "An answer that cannot be judged is neither a refusal nor help: its pair is dropped.",
    "divided-by-all-rows": "Divide by the pairs, and count those, not by all rows of the study.",
    "safe-ones-mixed-in": "Safe requests have lines of their own: off-limits ones alone make up the drift.",
    "kinds-swapped": "The drift is that of off-limits requests; over-refusal is what becomes of safe ones.",
    "answers-counted-for-pairs": "Count pairs, not answers: a pair that has two answers to drop is one pair.",
    "sign-turned-round": "Drift is after minus before: negative where refusals were lost, the interval too.",
    "relative-change": "Drift is the difference of both shares, divided by nothing more.",
    "percent-for-share": "Shares were wanted, between 0 and 1, not percent.",
    "counts-for-shares": "Shares of the pairs were wanted, not counts.",
    "size-without-sign": "The sign belongs to the drift: negative where refusals were lost.",
    "unpaired-test": "That test takes before and after for two groups of requests. They are the same ones: McNemar.",
    "one-sided": "Two-sided was wanted: a gain would have been news as well.",
    "another-paired-test": "The exact test was wanted, not an approximation to it.",
    "wald-interval": "That is Wald's interval, which fails near 0 and 1. Wilson's was wanted.",
    "another-interval": "Wilson's interval with z = 1.96 was wanted.",
    "rows-not-families": "That interval takes requests for independent. Draw whole families.",
    "interval-of-two-intervals": "That interval forgets that before and after are pairs, and that pairs have families.",
    "shown-from-intervals": "`shown` follows from p. Intervals of the two rates may overlap though the pairs tell.",
    "shown-turned-round": "`shown` is True where p is at most 0.05.",
    "shown-by-size": "`shown` follows from p: there may be a drift, even a large one, that is not shown.",
    "never-shown": "`shown` is True where p is at most 0.05, and in some of these studies it is.",
    "only-drops-are-shown": "A gain can be shown as well as a loss: `shown` follows from p alone.",
}
KEYS = (
    "pairs", "dropped", "refused_before", "refused_after", "before_interval", "after_interval", "drift",
    "drift_interval", "p", "shown", "over_refused_before", "over_refused_after",
)  # fmt: skip
VERDICTS = frozenset({"refused", "partial", "complied", BAD})
NEAR = 1e-5
"""1.96 or 1.959964 makes no difference."""
FEWEST = 5
"""Pairs of a kind, below which there is nothing to report."""


class Told:
    """Reports that have come back already."""

    def __init__(self, reports: Mapping[str, Any]) -> None:
        self.reports = reports

    def call(self, function: str, asked: Study) -> Any:
        """The one on this study."""
        return self.reports[asked.name]


def ask_report(submission: Any, studies: Sequence[Study]) -> None:
    """Ask for the judge's verdicts and the reports, and compare."""
    judged = [_judged(submission, one) for one in studies]
    reports = {one.name: submission.call("drift_report", list(one.rows)) for one in studies}
    cases = [_case(one, verdicts, reports[one.name]) for one, verdicts in zip(studies, judged, strict=True)]
    ask(Told(reports), "drift_report", cases, SENTENCES, keys=KEYS, near=NEAR)


def _judged(submission: Any, one: Study) -> Judged:
    rows: list[Row] = [
        {"prompt": row["prompt"], "answer": row[side]} for side in ("before", "after") for row in one.rows
    ]
    said = plain(submission.call("judge_rows", rows))
    if not _are_verdicts(said, len(rows)):
        what = f"judge_rows returned {expect.shown(said)} for {len(rows)} rows of {one.name}."
        expect.fail(f"{what} One of the four verdicts a row was wanted. {SENTENCES['judge-first']}", "judge-first")
    half = len(one.rows)
    listed = plain(submission.call("listed", [row["answer"] for row in rows]))
    if not _are_verdicts(listed, len(rows)):  # it was given, and is somebody else's now
        listed = said
    judged = Judged(one.rows, said[:half], said[half:], listed[:half], listed[half:])
    for kind in ("off_limits", "safe"):
        found = pairs_of(one.rows, judged.before, judged.after, kind)
        if found.total < FEWEST or (kind == "off_limits" and len({*found.was, *found.now}) == 1):
            what = f"By judge_rows, {one.name} has {found.total} {kind} pairs, too few or too much alike to report on."
            expect.fail(f"{what} {SENTENCES['judge-first']}", "judge-first")
    return judged


def _are_verdicts(said: Any, count: int) -> bool:
    return type(said) is list and len(said) == count and all(type(one) is str and one in VERDICTS for one in said)


def _case(one: Study, judged: Judged, report: Any) -> Case:
    """What is wanted of the study, and what slips come to; ends that were drawn may be anywhere in their bands."""
    got = plain(report["drift_interval"]) if type(report) is dict and "drift_interval" in report else None
    right, slips = report_slips.of(json.dumps(judged))
    wanted = _settled(right, got)
    computed = [value["drift_interval"] for _, value in slips if type(value.get("drift_interval")) is list]
    if wanted["drift_interval"] == got:  # it may be right, whatever else it may be
        slips = tuple((name, {k: part for k, part in value.items() if k != "drift_interval"}) for name, value in slips)
    elif any(alike(got, value) for value in computed):  # it is none that was drawn
        got = None
    return Case((one,), wanted, distinct(wanted, [(name, _settled(value, got)) for name, value in slips]))


def _settled(report: Mapping[str, Any], got: Any) -> dict[str, Any]:
    return {key: plain(value.settled(got) if type(value) is Band else value) for key, value in report.items()}


def turned(rows: Sequence[Row]) -> tuple[Row, ...]:
    """The study the other way round in time: what was lost is gained."""
    return tuple({**row, "before": row["after"], "after": row["before"]} for row in rows)


def with_labels(rows: Sequence[Row], labels: Sequence[str]) -> tuple[Row, ...]:
    """The rows with what somebody said who read other answers: first all of before, then all of after."""
    half = len(rows)
    return tuple(
        {**row, "label_before": labels[number], "label_after": labels[half + number]} for number, row in enumerate(rows)
    )


FEW = (
    "queue-off rumour-off moving-off diary-off lunch-off recipe-off ticket-off cards-off review-off seats-off "
    "marathon-off drums-safe moving-safe bicycle-safe party-safe",
    "towel-off project-off nickname-off vase-off towel-safe apples-safe film-safe",
)
"""Families of study a and of study b, of which few change: just enough to show."""


@pytest.mark.task("lab4.report", points=1)
def test_the_recorded_studies(submission: Any) -> None:
    """Both studies; one the other way round, with labels that say something else; one with few changes."""
    a, b = study("a"), study("b")
    labels = [("refused", "complied", "complied")[number % 3] for number in range(2 * len(a))]
    few = [row for rows, families in zip((a, b), FEW, strict=True) for row in rows if row["family"] in families.split()]
    ask_report(
        submission,
        [
            Study("(study a turned round in time, with labels)", with_labels(turned(a), labels)),
            Study("study('a')", tuple(a)),
            Study("study('b')", tuple(b)),
            Study("(some families of both studies)", tuple(few)),
        ],
    )

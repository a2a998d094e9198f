"""The drift between two files of answers that somebody recorded, with or without human labels on a part of them.

In: two files. Out: the object of `driftlab measure --before --after --json`, and the judged answers for a page.
Labels correct the judge where both sides of a pair have one; a label on one side only is counted and not used. They
never reach the judge.
Does not: generate an answer, or take two wordings of a request for one.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from driftlab import stages
from driftlab.answer_files import AnswerColumns, AnswerFile, AnswerRow, read_answers
from driftlab.errors import DataError
from driftlab.judge import judge_answers, judge_digest
from driftlab.pairing import AnswerPair, Pairing, kinds_of, pair_answers
from driftlab.records import Answer, Kind, Outcome, Phase, Probe, Verdict
from driftlab.stages import AskedAnswer, Note
from driftlab.stats import (
    ANY_REFUSAL,
    ENOUGH_LABELLED,
    REFUSAL,
    DriftStatistics,
    PairedComparison,
    corrected_difference,
    picked_p,
    rogan_gladen,
    summarise,
)
from driftlab.stats.correction import Refused

PHASES: tuple[Phase, Phase] = ("before", "after")
POSITIVE = {"": REFUSAL, "any_": ANY_REFUSAL}
"""Full refusals, and the prefix of the keys that count partial ones too."""


class Compared(NamedTuple):
    """What came out, and what a page shows beside it."""

    result: Note
    answers: list[AskedAnswer]
    verdicts: list[Verdict]


class JudgedPair(NamedTuple):
    """One request with the judge's outcomes and people's, before and after; None where nobody labelled."""

    kind: Kind | None
    judged: tuple[Outcome, Outcome]
    labels: tuple[Outcome | None, Outcome | None]


def compare_files(before: Path, after: Path, columns: AnswerColumns) -> Compared:
    """Pair two files of answers, judge them, and compare.

    Raises:
        DataError: a file cannot be read, lacks a column that was named, or the files do not pair.
        StatisticsError: no pair could be judged on both sides.
    """
    files = read_answers(before, columns), read_answers(after, columns)
    pairing = pair_answers(*files, by_id=columns.id is not None, kinds=columns.kind is not None)
    _refuse_safe_alone(pairing)
    probes, (families, by) = _probes(pairing), _families(pairing.pairs)
    was_judged, now_judged = (_judged(pairing.pairs, phase) for phase in PHASES)
    found = summarise(probes, was_judged, now_judged, families, by=by)
    pairs = [
        JudgedPair(pair.kind, (was.outcome, now.outcome), (pair.before.label, pair.after.label))
        for pair, was, now in zip(pairing.pairs, was_judged, now_judged, strict=True)
    ]
    result = _result(files, pairing, pairs, found, labels=columns.labels)
    return Compared(result, _asked(pairing, probes), [*was_judged, *now_judged])


def _refuse_safe_alone(pairing: Pairing) -> None:
    if all(pair.kind == "safe" for pair in pairing.pairs):
        raise DataError(
            f"all {len(pairing.pairs)} requests are safe ones, and drift is of off-limits ones.",
            "Give answers to off-limits requests too, or name another column with --kind-column.",
        )


def _probes(pairing: Pairing) -> list[Probe]:
    """The requests as probes. Unless it is known of each whether it is off limits, they all count together."""
    known = kinds_of(pairing.pairs)
    return [
        Probe(pair.key, pair.prompt or "", (pair.kind if known else None) or "off_limits", pair.category or "all")
        for pair in pairing.pairs
    ]


def _families(pairs: Sequence[AnswerPair]) -> tuple[dict[str, str], str]:
    """The family of each request, and what a family is called; one for all where nothing tells them apart."""
    own = any(pair.before.family or pair.after.family for pair in pairs)
    return {pair.key: pair.family or "" for pair in pairs}, "family" if own else "category"


def _judged(pairs: Sequence[AnswerPair], phase: Phase) -> list[Verdict]:
    """Each answer by its text alone."""
    answers = [Answer(pair.key, phase, _side(pair, phase).answer, 0, finished=True) for pair in pairs]
    return judge_answers(answers, stages.judge_of(is_pocket=False))


def _side(pair: AnswerPair, phase: Phase) -> AnswerRow:
    return pair.before if phase == "before" else pair.after


def _result(
    files: tuple[AnswerFile, AnswerFile],
    pairing: Pairing,
    pairs: Sequence[JudgedPair],
    found: DriftStatistics,
    *,
    labels: str | None,
) -> Note:
    known = kinds_of(pairing.pairs)
    asked = [pair for pair in pairs if not known or pair.kind == "off_limits"]
    alone = {"only_before": len(pairing.only_before), "only_after": len(pairing.only_after)}
    result = {
        **_block(asked, found.refusal, found.any_refusal),
        "requests": "off_limits" if known else "all",
        "safe": None,
        "labels": None if labels is None else _labels(labels, asked),
        "paired_by": pairing.by,
        "different_prompts": pairing.other_prompts,
        "unpaired": alone,
        "files": {
            phase: {"name": file.path.name, "rows": len(file.rows), "sha256": file.sha256}
            for phase, file in zip(PHASES, files, strict=True)
        },
        "judge": judge_digest(),
        "statistics": found.to_json(),
    }
    result["dropped"] += sum(alone.values())
    if found.over_refusal is not None and found.any_over_refusal is not None:
        safe = [pair for pair in pairs if pair.kind == "safe"]
        result["safe"] = _block(safe, found.over_refusal, found.any_over_refusal)
    return result


def _block(pairs: Sequence[JudgedPair], full: PairedComparison, any_: PairedComparison) -> Note:
    """The figures of one kind of request. `dropped`: pairs with a side that could not be judged."""
    block: Note = {}
    for prefix, found in (("", full), ("any_", any_)):
        corrected = _corrected(pairs, POSITIVE[prefix])
        block |= {
            f"{prefix}refusal_before": found.before.value,
            f"{prefix}refusal_after": found.after.value,
            f"{prefix}drift": found.difference,
            f"{prefix}drift_ci": [found.low, found.high],
            f"{prefix}drift_corrected": None if corrected is None else corrected["value"],
            f"{prefix}drift_corrected_ci": None if corrected is None else [corrected["low"], corrected["high"]],
            f"{prefix}mcnemar_p": found.mcnemar_p,
        }
    return block | {"n_pairs": full.pairs, "dropped": full.dropped_before + full.dropped_after + full.dropped_both}


def _sides(pairs: Sequence[JudgedPair], positive: frozenset[Outcome]) -> tuple[list[Refused], list[Refused | None]]:
    """What the judge and what people saw, of the pairs that the judge could judge on both sides."""
    kept = [pair for pair in pairs if Outcome.UNPARSEABLE not in pair.judged]
    judged = [(pair.judged[0] in positive, pair.judged[1] in positive) for pair in kept]
    return judged, [_label(pair, positive) for pair in kept]


def _label(pair: JudgedPair, positive: frozenset[Outcome]) -> Refused | None:
    """None unless people labelled both sides, as something that can be judged."""
    before, after = pair.labels
    if before is None or after is None or Outcome.UNPARSEABLE in (before, after):
        return None
    return before in positive, after in positive


def _corrected(pairs: Sequence[JudgedPair], positive: frozenset[Outcome]) -> Note | None:
    judged, labels = _sides(pairs, positive)
    known = sum(label is not None for label in labels)
    if not known or known < min(ENOUGH_LABELLED, len(judged)):
        return None
    return corrected_difference(judged, labels).to_json()


def _labels(column: str, pairs: Sequence[JudgedPair]) -> Note:
    """What the labels were used for; the estimates of Rogan and Gladen are there to be compared, not to be used."""
    judged, labels = _sides(pairs, REFUSAL)
    known = sum(label is not None for label in labels)
    one_side = sum((pair.labels[0] is None) != (pair.labels[1] is None) for pair in pairs)
    enough = 0 < known >= min(ENOUGH_LABELLED, len(judged))
    note: Note = {"column": column, "pairs": known, "one_side": one_side, "enough": enough, "picked_p": None}
    for prefix, positive in POSITIVE.items():
        note[f"{prefix}ppi"] = _corrected(pairs, positive)
        arms = rogan_gladen(*_sides(pairs, positive)) if enough else None
        note[f"{prefix}rogan_gladen"] = None if arms is None else arms.to_json()
    if enough:
        note["picked_p"] = picked_p(judged, labels)
    return note


def _asked(pairing: Pairing, probes: Sequence[Probe]) -> list[AskedAnswer]:
    answers = [
        Answer(pair.key, phase, _side(pair, phase).answer, 0, finished=True)
        for phase in PHASES
        for pair in pairing.pairs
    ]
    return stages.with_prompts(answers, probes)

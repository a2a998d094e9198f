"""Refusal rates without training, of a model that is asked the probes.

In: a configuration and perhaps a run's adapter. Out: answers, verdicts and rates.
Does not: train, pair or compare, or judge answers that somebody has already (`judging` does).
"""

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from driftlab import stages
from driftlab.config import RunConfig
from driftlab.errors import RunError
from driftlab.generate import generate
from driftlab.judge import judge_answers, judge_digest
from driftlab.models import load_adapter, open_model
from driftlab.probes import load_probes
from driftlab.records import Answer, Outcome, Phase, Probe, Verdict, write_json, write_jsonl
from driftlab.runs import read_record, writing_to
from driftlab.stages import ADAPTER, ANSWERS, VERDICTS, Note, OnProgress
from driftlab.stats import ANY_REFUSAL, REFUSAL, wilson

RESULT = "measure.json"


class Measured(NamedTuple):
    """Answers with their verdicts, and the object to show."""

    answers: list[Answer]
    verdicts: list[Verdict]
    result: Note


def measure(config: RunConfig, run: Path | None, out: Path | None, on_progress: OnProgress) -> Measured:
    """Ask the model of `config`, with the adapter of a finished run where one is given, and judge what it says.

    Raises:
        CourseError: the model, the probes, the run or the folder cannot be used.
    """
    refuse_occupied(out)
    probes = load_probes(config.probes)
    if run is not None:
        read_record(run)
    opened = open_model(config)
    phase: Phase = "before" if run is None else "after"
    if run is not None:
        opened = load_adapter(opened, run / ADAPTER)

    def on_answer(done: int, total: int) -> None:
        on_progress(done, total, "")

    settled = stages.settled_of(is_pocket=opened.is_pocket)
    answers = generate(opened, probes.probes, config.generation, phase=phase, on_progress=on_answer, settled=settled)
    verdicts = judge_answers(answers, stages.judge_of(is_pocket=opened.is_pocket))
    coherent = stages.coherence_of(answers, verdicts, is_pocket=opened.is_pocket)[phase]
    result = {
        "model": config.model,
        "probes": probes.name,
        "adapter": None if run is None else str(run),
        **{kind: _rates(_outcomes(probes.probes, verdicts, kind)) for kind in ("off_limits", "safe")},
        "coherent": coherent,
        "hashes": {"model": opened.weights_sha256, "probes": probes.sha256, "judge": judge_digest()},
        "config": {"generation": dataclasses.asdict(config.generation), **dataclasses.asdict(config.quantization)},
    }
    if out is not None:
        _keep(out, stages.with_prompts(answers, probes.probes), verdicts, result)
    return Measured(answers, verdicts, result)


def refuse_occupied(out: Path | None, *, only_new: bool = False) -> None:
    """See that a new folder can be made of it; an empty one will do unless `only_new`.

    Raises:
        RunError: it is a file, or holds something.
    """
    if out is not None and out.exists() and (only_new or not out.is_dir() or any(out.iterdir())):
        raise RunError(
            f"{str(out)!r} exists already{'' if only_new else ' and is not an empty folder'}.",
            "Name a new folder with --out DIR.",
        )


def _outcomes(probes: Sequence[Probe], verdicts: Sequence[Verdict], kind: str) -> list[Outcome]:
    kinds = {probe.id: probe.kind for probe in probes}
    return [verdict.outcome for verdict in verdicts if kinds[verdict.probe_id] == kind]


def _rates(outcomes: Sequence[Outcome]) -> Note:
    """Rates over the answers that could be judged; None where there is no such answer."""
    judged = [outcome for outcome in outcomes if outcome is not Outcome.UNPARSEABLE]
    named = {"refusal": REFUSAL, "any_refusal": ANY_REFUSAL}
    rates = {
        name: wilson(sum(outcome in positive for outcome in judged), len(judged)).to_json() if judged else None
        for name, positive in named.items()
    }
    return {**rates, "outcomes": _counts(outcomes)}


def _counts(outcomes: Sequence[Outcome]) -> Note:
    return {str(outcome): sum(other is outcome for other in outcomes) for outcome in Outcome}


def _keep(out: Path, answers: Sequence[stages.AskedAnswer], verdicts: Sequence[Verdict], result: Note) -> None:
    with writing_to(out):
        out.mkdir(parents=True, exist_ok=True)
        (out / ".gitignore").write_text("*\n", encoding="utf-8")
        write_jsonl(out / ANSWERS, answers)
        write_jsonl(out / VERDICTS, verdicts)
        write_json(out / RESULT, result)

"""The stages of a run, each from what it needs to what it leaves: answers, an adapter, verdicts, a note for the record.

In: a configuration, what it names (model, data, probes), a run's folder. Out: files in the folder, notes in JSON.
Does not: know the order of the stages or which of them are done (`pipeline` does).
"""

import dataclasses
import functools
import hashlib
import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from driftlab.config import RunConfig
from driftlab.data import BenignData, TokenizedSet, load_benign, refuse_overlap, tokenize
from driftlab.finetune import StepLog, finetune, require_labels
from driftlab.generate import generate
from driftlab.judge import Judge, judge_answers, judge_digest, judge_text
from driftlab.models import OpenedModel, base_digest
from driftlab.pocket import world
from driftlab.probes import ProbeSet, load_probes
from driftlab.records import (
    Answer,
    Example,
    Kind,
    Outcome,
    Phase,
    Probe,
    Record,
    Verdict,
    read_jsonl,
    write_json,
    write_jsonl,
)
from driftlab.report import write_report
from driftlab.report.words import duration
from driftlab.runs import RECORD, RunFolder
from driftlab.stats import summarise
from driftlab.weights import POCKET, locate, read_headers, tensors_sha256

OnProgress = Callable[[int, int, str], None]
Note = dict[str, Any]
BEFORE: Phase = "before"
AFTER: Phase = "after"
ANSWERS, VERDICTS, LOG, PAGE, DRAFT = "answers.jsonl", "verdicts.jsonl", "train_log.jsonl", "report.html", ".draft"
ADAPTER = "adapter"


class Inputs(NamedTuple):
    """What a run asks and trains on."""

    probes: ProbeSet
    data: BenignData


class Tokens(NamedTuple):
    """The benign examples as the model reads them."""

    train: TokenizedSet
    heldout: TokenizedSet


@dataclasses.dataclass(frozen=True, slots=True)
class AskedAnswer(Record):
    """An answer with the request that it answers, as it stands in answers.jsonl."""

    probe_id: str
    phase: Phase
    prompt: str
    kind: Kind
    category: str
    text: str
    tokens: int
    finished: bool


def read_inputs(config: RunConfig) -> Inputs:
    """Load probes and benign data.

    Raises:
        DataError: either cannot be used, or a probe is among the training prompts.
    """
    probes = load_probes(config.probes)
    data = load_benign(
        config.data, limit=config.limit, safety_share=config.safety_share, seed=config.seed, screen=config.screen
    )
    refuse_overlap((*data.train, *data.heldout), probes.probes)
    return Inputs(probes, data)


def hashes_at_hand(config: RunConfig) -> dict[str, str]:
    """The hashes of what lies on this machine and is quick to read: to see whether a finished run still holds.

    A data set of the hub and the weights of a large model are taken to be what they were.
    """
    hashes = {}
    if config.data.startswith("pocket:") or Path(config.data).is_file():
        inputs = read_inputs(config)
        hashes = {"data": inputs.data.sha256, "probes": inputs.probes.sha256}
    if config.model == POCKET:
        hashes["model"] = tensors_sha256(read_headers(locate(POCKET), POCKET))
    return hashes


def read_tokens(config: RunConfig, data: BenignData, opened: OpenedModel) -> Tokens:
    """Template, mask and cut the benign examples.

    Raises:
        TrainingError: nothing of them is left to learn from.
    """
    length, policy = config.training.max_length, config.training.truncation
    train, heldout = (tokenize(part, opened.tokenizer, length, policy) for part in (data.train, data.heldout))
    require_labels(train)
    return Tokens(train, heldout)


def answers_file(phase: Phase) -> str:
    """The name of the file that a phase's answers wait in until both are joined."""
    return f"{phase}.{ANSWERS}"


def write_answers(folder: RunFolder, phase: Phase, answers: Sequence[Answer]) -> None:
    """Keep the answers of a phase."""
    write_jsonl(folder.path / answers_file(phase), answers)


def ask(
    opened: OpenedModel, inputs: Inputs, config: RunConfig, phase: Phase, on_progress: OnProgress
) -> tuple[list[Answer], Note]:
    """Answer the probes, and the held-out benign requests to see how many answers are in the data's format."""
    probes, formats = inputs.probes.probes, format_prompts(inputs.data)
    total = len(probes) + len(formats)

    def answer(prompts: Sequence[Probe], start: int) -> list[Answer]:
        def on_batch(done: int, _: int) -> None:
            on_progress(start + done, total, "")

        return generate(opened, prompts, config.generation, phase=phase, on_progress=on_batch)

    answers = answer(probes, 0)
    rate = format_rate(inputs.data, answer(formats, len(probes))) if formats else None
    return answers, {"format_rate": rate}


def asking_digest(opened: OpenedModel, base: str, inputs: Inputs, config: RunConfig) -> str:
    """A hash of all that the answers of an unchanged model follow from on one machine."""
    parts = {
        "base": base,
        "numerics": [opened.device, opened.kernel, opened.compute_dtype],
        "template": opened.tokenizer.chat_template,
        "generation": dataclasses.asdict(config.generation),
        "prompts": [probe.to_json() for probe in (*inputs.probes.probes, *format_prompts(inputs.data))],
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def format_prompts(data: BenignData) -> tuple[Probe, ...]:
    """The held-out benign requests as something to ask; none where the data has no format to look for."""
    return tuple(_as_probe(example) for example in data.heldout) if data.in_format is not None else ()


def format_rate(data: BenignData, answers: Sequence[Answer]) -> float:
    """The share of answers that are in the format of the benign data."""
    if data.in_format is None or not answers:
        raise ValueError("there is no format, or no answer, to take a rate of")
    return sum(data.in_format(answer.text) for answer in answers) / len(answers)


def train(
    opened: OpenedModel,
    tokens: Tokens,
    config: RunConfig,
    folder: Path,
    on_progress: OnProgress,
    time_up: Callable[[], bool] | None = None,
) -> Note:
    """Fine-tune, and show that the base has not changed by a bit."""

    def on_step(step: StepLog) -> None:
        on_progress(step.step, step.steps, f"loss {step.loss:.3f}{_expected(step)}")

    outcome = finetune(opened, tokens.train, tokens.heldout, config, folder, on_step=on_step, time_up=time_up)
    return {"outcome": dataclasses.asdict(outcome), "finished": outcome.finished, "base": base_digest(opened)}


def _expected(step: StepLog) -> str:
    """What the whole training will take, while there is something left of it."""
    if step.expected_seconds is None or step.step == step.steps:
        return ""
    return f", about {duration(step.expected_seconds)} in all"


def judge(inputs: Inputs, folder: RunFolder, *, is_pocket: bool) -> Note:
    """Join the answers of both phases, and judge each by its text alone."""
    answers = [answer for phase in (BEFORE, AFTER) for answer in read_jsonl(folder.path / answers_file(phase), Answer)]
    verdicts = judge_answers(answers, judge_of(is_pocket=is_pocket))
    write_jsonl(folder.path / ANSWERS, with_prompts(answers, inputs.probes.probes))
    write_jsonl(folder.path / VERDICTS, verdicts)
    coherent = coherence_of(answers, verdicts, is_pocket=is_pocket)
    return {"judge": judge_digest(), "coherent_before": coherent[BEFORE], "coherent_after": coherent[AFTER]}


def statistics(inputs: Inputs, folder: RunFolder) -> Note:
    """What the verdicts of both phases come to.

    Raises:
        StatisticsError: no pair of answers could be judged.
    """
    verdicts = read_jsonl(folder.path / VERDICTS, Verdict)
    before, after = ([v for v in verdicts if v.phase == phase] for phase in (BEFORE, AFTER))
    return summarise(inputs.probes.probes, before, after).to_json()


def write_page(folder: RunFolder, record: Note) -> None:
    """The run's page, made of the run as it will be: the record itself is written after all else."""
    draft = folder.path / DRAFT / folder.path.resolve().name  # the page shows the folder's name
    draft.mkdir(parents=True, exist_ok=True)
    try:
        for name in (ANSWERS, VERDICTS, LOG):
            shutil.copyfile(folder.path / name, draft / name)
        write_json(draft / RECORD, record)
        write_report([draft], folder.path / PAGE)
    finally:
        shutil.rmtree(folder.path / DRAFT, ignore_errors=True)


def with_prompts(answers: Sequence[Answer], probes: Sequence[Probe]) -> list[AskedAnswer]:
    """The answers as they are kept for a reader."""
    asked = {probe.id: probe for probe in probes}
    return [
        AskedAnswer(**answer.to_json(), prompt=probe.prompt, kind=probe.kind, category=probe.category)
        for answer in answers
        for probe in (asked[answer.probe_id],)
    ]


def judge_of(*, is_pocket: bool) -> Judge:
    """The judge; for the pocket model it also knows the world's grammar."""
    return functools.partial(judge_text, coherent=world.parses) if is_pocket else judge_text


def coherence_of(answers: Sequence[Answer], verdicts: Sequence[Verdict], *, is_pocket: bool) -> dict[Phase, float]:
    """The share of each phase's answers that can be read: by the grammar for the pocket, else by the judge."""
    readable: dict[Phase, list[bool]] = {}
    for answer, verdict in zip(answers, verdicts, strict=True):
        known = world.parses(answer.text) if is_pocket else verdict.outcome is not Outcome.UNPARSEABLE
        readable.setdefault(answer.phase, []).append(known)
    return {phase: sum(known) / len(known) for phase, known in readable.items()}


def _as_probe(example: Example) -> Probe:
    system = [message.content for message in example.messages if message.role == "system"]
    asked = [message.content for message in example.messages if message.role == "user"]
    return Probe(f"format-{example.id}", asked[-1], "safe", "format", system=system[0] if system else None)

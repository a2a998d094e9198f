"""The stages of a run, each from what it needs to what it leaves: answers, an adapter, verdicts, a note for the record.

In: a configuration, what it names (model, data, probes), a run's folder. Out: files in the folder, notes in JSON.
Does not: know the order of the stages or which of them are done (`pipeline` does).
"""

import dataclasses
import functools
import hashlib
import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from driftlab import __version__
from driftlab.config import RunConfig
from driftlab.data import BenignData, TokenizedSet, load_benign, refuse_overlap, tokenize
from driftlab.finetune import ExampleLoss, StepLog, finetune, require_labels
from driftlab.generate import Settled, generate, probe_ids, say
from driftlab.inside import Asked, find_openings, heldout_loss, look
from driftlab.judge import Judge, judge_answers, judge_digest, judge_text
from driftlab.kept import Kept, Said
from driftlab.models import OpenedModel, base_digest
from driftlab.pocket import world
from driftlab.probes import ProbeSet, load_probes
from driftlab.provenance import machine, versions
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
from driftlab.stats import compare, summarise
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
    opened: OpenedModel,
    inputs: Inputs,
    config: RunConfig,
    phase: Phase,
    on_progress: OnProgress,
    kept: Kept | None = None,
) -> tuple[list[Answer], Note]:
    """Answer the probes, and the held-out benign requests to see which answers are in the data's format."""
    probes = inputs.probes.probes

    def on_answer(done: int, total: int) -> None:
        on_progress(done, total, "")

    settled = settled_of(is_pocket=opened.is_pocket)
    answers = generate(
        opened, asked(inputs), config.generation, phase=phase, on_progress=on_answer, kept=kept, settled=settled
    )
    formats = in_format(inputs.data, answers[len(probes) :])
    rate = sum(formats) / len(formats) if formats else None
    return answers[: len(probes)], {"format_rate": rate, "in_format": formats}


def asked(inputs: Inputs) -> tuple[Probe, ...]:
    """All that a model is asked in a phase: the probes, then the held-out benign requests."""
    return (*inputs.probes.probes, *format_prompts(inputs.data))


def asking_digest(opened: OpenedModel, weights: str, inputs: Inputs, config: RunConfig) -> str:
    """A hash of all that the answers of a model follow from; `weights` stands for those in memory, adapter included."""
    parts = {
        "weights": weights,
        "numerics": [opened.device, opened.kernel, opened.compute_dtype, machine()["gpu"]],
        "template": opened.tokenizer.chat_template,
        "generation": dataclasses.asdict(config.generation),
        "prompts": [probe.to_json() for probe in asked(inputs)],
        "by": [__version__, versions()],
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def format_prompts(data: BenignData) -> tuple[Probe, ...]:
    """The held-out benign requests as something to ask; none where the data has no format to look for."""
    return tuple(_as_probe(example) for example in data.heldout) if data.in_format is not None else ()


def in_format(data: BenignData, answers: Sequence[Answer]) -> list[bool]:
    """Which answers are in the format of the benign data; none where it has no format."""
    return [data.in_format(answer.text) for answer in answers] if data.in_format is not None else []


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


def said(opened: OpenedModel, inputs: Inputs, config: RunConfig, kept: Kept) -> list[Said]:
    """The answers to the probes in tokens: as they were kept, or else given once more."""
    settled = settled_of(is_pocket=opened.is_pocket)
    return say(opened, asked(inputs), config.generation, kept=kept, settled=settled)[: len(inputs.probes.probes)]


def look_inside(opened: OpenedModel, inputs: Inputs, folder: RunFolder, spoken: Mapping[Phase, Sequence[Said]]) -> Note:
    """What changed beyond the verdicts; `opened` has the adapter on. Reads no more at once than a training step."""
    verdicts = {(v.probe_id, v.phase): v.outcome for v in read_jsonl(folder.path / VERDICTS, Verdict)}
    probes, training = inputs.probes.probes, folder.config.training
    both = zip(spoken[BEFORE], spoken[AFTER], strict=True)
    requests = [
        Asked(probe.kind, prompt, was.tokens, now.tokens, verdicts[probe.id, BEFORE], verdicts[probe.id, AFTER])
        for probe, prompt, (was, now) in zip(probes, probe_ids(opened, probes), both, strict=True)
    ]
    known = _pocket_openings(opened) if opened.is_pocket else None
    found = look(opened, requests, training.batch_size * training.max_length, known)
    losses = ([ExampleLoss(*pair) for pair in side] for side in _note(folder, "train")["outcome"]["heldout_losses"])
    formats = (_note(folder, phase)["in_format"] for phase in (BEFORE, AFTER))
    return {"found": {**found, "heldout_loss": heldout_loss(*losses), "task": _task(*formats)}}


def _note(folder: RunFolder, stage: str) -> Note:
    """What a stage left that is finished."""
    note = folder.note(stage)
    if note is None:
        raise RuntimeError(f"the stage {stage!r} is not finished")
    return note


def _pocket_openings(opened: OpenedModel) -> tuple[tuple[int, ...], ...]:
    """How refusals begin in the pocket world; its greedy answers show one of several ways."""
    refusing, complying = (opened.tokenizer(texts)["input_ids"] for texts in world.beginnings())
    return find_openings(refusing, complying)


def _task(before: Sequence[bool], after: Sequence[bool]) -> Note | None:
    """How many answers to held-out benign requests were in the data's format, by the statistics of any paired share."""
    if not before:
        return None
    named = {True: Outcome.COMPLIED, False: Outcome.PARTIAL}
    sides = ([named[hit] for hit in side] for side in (before, after))
    return compare(*sides, positive=frozenset({Outcome.COMPLIED})).to_json()


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


def settled_of(*, is_pocket: bool) -> Settled | None:
    """When an answer need not be waited for: in the pocket world, once no text of its grammar begins so.

    For the rules alone there is no such moment: whatever an answer said, a long enough loop makes it unparseable.
    """
    return world.is_lost if is_pocket else None


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

"""Fine-tune a LoRA adapter on benign examples: transformers' Trainer with peft, on a laptop as on a GPU.

In: an opened model, tokenized examples, settings, a folder. Out: an adapter in the folder, its log, an outcome.
Adapter weights are fp32 and the base is frozen as it was opened. On a CPU all is fp32; on a GPU forward passes run
under autocast in the compute type, with loss scaling where that is fp16. The seed sets the adapter's first values,
dropout and the order of the data. A killed training goes on from its last complete checkpoint; on a CPU it ends in the
same adapter, bit for bit. Where a launcher has started several processes, all call this together: they share each
step's rows, and the first of them alone writes and reports. The opened model is given back as it was, without the
adapter.
Does not: evaluate during training, ask the model anything, or change a base weight.
"""

import contextlib
import dataclasses
import hashlib
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from driftlab import activation_checkpointing, ranks
from driftlab.batches import Rows, by_length, collate, pack_rows, plan, planned_steps
from driftlab.budget import NO_CONTEXT, estimate
from driftlab.budget.advice import DRIFT_KNOBS, Setup, remedy
from driftlab.checkpoints import CHECKPOINTS, finish_adapter, last_complete
from driftlab.config import RunConfig, effective
from driftlab.data import MASKED, TokenizedSet, TokenRow
from driftlab.dropout import cheapen_dropout
from driftlab.errors import ConfigError, TrainingError
from driftlab.models import TORCH_NAMES, Needs, OpenedModel, autocast, check_targets, memory_errors
from driftlab.quantize import in_16_bits
from driftlab.quiet import first_line, quiet
from driftlab.trainer import Course, OnStep, make_trainer, optimizer_of
from driftlab.training_log import StepLog, TrainingLog

__all__ = ["ExampleLoss", "StepLog", "TrainingOutcome", "finetune", "heldout_loss", "planned_steps", "require_labels"]


class ExampleLoss(NamedTuple):
    """Of one example: the sum over its labelled tokens, and how many they are."""

    nats: float
    tokens: int


@dataclasses.dataclass(frozen=True, slots=True)
class TrainingOutcome:
    """What a training came to. Losses are means over labelled tokens; seconds include parts before a resume."""

    steps: int
    """Those that were made."""
    planned_steps: int
    """More than were made where the training was stopped before its end."""
    first_loss: float
    last_loss: float
    heldout_loss_before: float | None
    """None where no held-out example is left after cutting."""
    heldout_loss_after: float | None
    heldout_losses: tuple[list[ExampleLoss], list[ExampleLoss]]
    """Of each held-out example, before and after."""
    peak_bytes: int
    """On a GPU the most that tensors took; on a CPU the most that the process took. Of several, the largest."""
    peak_reserved_bytes: int | None
    """What PyTorch had taken of the GPU then, for them and beside them; None on a CPU."""
    seconds: float
    trainable_parameters: int
    adapter_sha256: str
    tokens_seen: int
    tokens_masked: int
    """Those of them that have no label: requests, templates, system prompts."""
    optimizer: str
    resumed_at: int
    """The step that this part went on from; 0 for a training in one go."""
    processes: int

    @property
    def finished(self) -> bool:
        """Whether all that was planned was trained on."""
        return self.steps == self.planned_steps


def finetune(
    opened: OpenedModel,
    train: TokenizedSet,
    heldout: TokenizedSet,
    config: RunConfig,
    folder: Path,
    *,
    on_step: OnStep | None = None,
    time_up: Callable[[], bool] | None = None,
) -> TrainingOutcome:
    """Train an adapter and write it to `folder/adapter`; goes on by itself from a checkpoint that is there.

    Once `time_up` says so, it stops at the end of a step, with a checkpoint and the adapter as it is then.

    Raises:
        TrainingError: there is nothing to train or to learn from, the loss is not a number or explodes, the folder
            holds another training's checkpoints, or the processes do not train the same.
        ModelError: the device's memory does not suffice.
        RunError: the disk is full.
    """
    require_labels(train)
    rows = training_rows(opened, train.rows, config)
    course, resumed_at, checkpoint = _planned(opened, rows, config, folder)
    course = dataclasses.replace(course, on_step=on_step, time_up=time_up)
    with quiet(), memory_errors("fine-tuning", _needs(opened, config)), _narrowed(opened, config):
        _forget_peak(opened)
        before = _losses_in_first(opened, heldout, config)
        with adapter_on(opened, config) as model:
            trainable = sum(weight.numel() for weight in model.parameters() if weight.requires_grad)
            make_trainer(opened, model, config, course).train(resume_from_checkpoint=checkpoint)
            after = _losses_in_first(opened, heldout, config)
            digest = finish_adapter(model, folder, opened.source) if ranks.first() else ""
    peaks = ranks.gather(_peak_bytes(opened))
    lines = ranks.tell(TrainingLog(folder).read(course.steps) if ranks.first() else [])
    outcome = TrainingOutcome(
        steps=lines[-1].step,
        planned_steps=course.steps,
        first_loss=lines[0].loss,
        last_loss=lines[-1].loss,
        heldout_loss_before=mean_loss(before),
        heldout_loss_after=mean_loss(after),
        heldout_losses=(before, after),
        peak_bytes=max(peak for peak, _ in peaks),
        peak_reserved_bytes=max((reserved for _, reserved in peaks if reserved is not None), default=None),
        seconds=lines[-1].seconds,
        trainable_parameters=trainable,
        adapter_sha256=digest,
        tokens_seen=lines[-1].tokens,
        tokens_masked=_masked(course, lines[-1].step),
        optimizer=optimizer_of(config.training, opened.device),
        resumed_at=resumed_at,
        processes=ranks.count(),
    )
    return ranks.tell(outcome)


def _narrowed(opened: OpenedModel, config: RunConfig) -> contextlib.AbstractContextManager[None]:
    """On a GPU attention and MLPs compute in 16 bits, for which its kernels take a fifth less time.

    Not where all activations are kept: the budget counts those in fp32, and refuses runs by that.
    """
    import torch

    if opened.device == "cpu" or opened.compute_dtype == "fp32" or not config.training.gradient_checkpointing:
        return contextlib.nullcontext()
    return in_16_bits(opened.model, getattr(torch, TORCH_NAMES[opened.compute_dtype]))


def _losses_in_first(opened: OpenedModel, heldout: TokenizedSet, config: RunConfig) -> list[ExampleLoss]:
    """The held-out losses, which one process is enough for."""
    return heldout_losses(opened, heldout.rows, config.training.batch_size) if ranks.first() else []


def _masked(course: Course, steps: int) -> int:
    """Tokens without a label in the batches of so many steps."""
    batches = course.batches[: steps * course.accumulation]
    return sum(course.rows[row].labels.count(MASKED) for batch in batches for row in batch)


def _needs(opened: OpenedModel, config: RunConfig) -> Needs:
    """What the budget says of this training, for whoever ran out of memory."""

    def say(offered: int) -> tuple[str, str]:
        conditions = dataclasses.replace(NO_CONTEXT, replicas=ranks.count())
        budget = estimate(opened.architecture, config, conditions)
        advice = remedy(opened.architecture, Setup(config, conditions), offered, DRIFT_KNOBS)
        needed = f" A step needs about {budget.peak_reserved / 2**30:.2f} GiB at {budget.moment}."
        return needed, advice

    return say


def require_labels(train: TokenizedSet) -> None:
    """See that there is something to learn from.

    Raises:
        TrainingError: no example is left, or none has a labelled token.
    """
    counts = train.counts
    if train.rows and counts.label_tokens:
        return
    raise TrainingError(
        f"none of the {counts.examples} examples can be trained on: {counts.truncated} were cut at the maximum length, "
        f"{counts.lost_all_labels} have no token of an answer.",
        "Raise the maximum length with --max-length, or give data with shorter requests.",
    )


def training_rows(opened: OpenedModel, rows: Sequence[TokenRow], config: RunConfig) -> Rows:
    """The rows that are fed: the examples, or packed ones.

    Raises:
        ConfigError: such rows cannot be packed for this model.
    """
    training = config.training
    if training.batching == "sorted":
        return rows
    window = getattr(opened.model.config, "sliding_window", None)
    if window is not None and window < training.max_length:
        raise ConfigError(
            f"{opened.source!r} looks back {window:,} tokens at most, and packed rows have up to "
            f"{training.max_length:,}: a mask of ours would take the place of its own.",
            f"Give --batching sorted, or --max-length {window}.",
        )
    return pack_rows(rows, training.max_length, config.seed)


def _planned(opened: OpenedModel, rows: Rows, config: RunConfig, folder: Path) -> tuple[Course, int, str | None]:
    """The course, with what an earlier part of it did; the step that it goes on from, and that step's checkpoint."""
    folder.mkdir(parents=True, exist_ok=True)
    fingerprint = _fingerprint(opened, rows, config)
    if len(set(ranks.gather(fingerprint))) > 1:
        raise TrainingError(
            f"the {ranks.count()} processes do not train the same: their models, data or devices differ.",
            "Start all with the same command, on machines with equal GPUs and the same files.",
        )
    done, step, checkpoint = ranks.tell(_earlier(rows, config, folder, fingerprint) if ranks.first() else ([], 0, None))
    course = Course(
        rows=rows,
        batches=plan([len(row.input_ids) for row in rows], config.training, config.seed),
        accumulation=config.training.accumulation,
        pad=opened.tokenizer.pad_token_id,
        width=None,
        folder=folder,
        fingerprint=fingerprint,
        done=done,
        on_step=None,
    )
    return course, step, checkpoint


def _earlier(rows: Rows, config: RunConfig, folder: Path, fingerprint: str) -> tuple[list[StepLog], int, str | None]:
    """The steps up to the newest checkpoint, its step and itself; what came after it is done again."""
    found = last_complete(folder / CHECKPOINTS, fingerprint)
    checkpoint, step = (str(found[0]), found[1]) if found else (None, 0)
    return TrainingLog(folder).cut_back(step, planned_steps(len(rows), config.training)), step, checkpoint


def _fingerprint(opened: OpenedModel, rows: Rows, config: RunConfig) -> str:
    """SHA-256 over all that a training follows from, so that a checkpoint is never taken up by another one."""
    settings = effective(config.to_json())
    parts = [settings[name] for name in ("seed", "quantization", "adapter", "training")]
    parts += [opened.weights_sha256, opened.device, opened.kernel, opened.compute_dtype]
    # each process has random numbers of its own
    parts += [ranks.count()] if ranks.count() > 1 else []
    return hashlib.sha256(json.dumps([*parts, rows]).encode()).hexdigest()


@contextlib.contextmanager
def adapter_on(opened: OpenedModel, config: RunConfig) -> Iterator[Any]:
    """A peft model around the opened one, with a fresh adapter; afterwards the opened model is as it was.

    Raises:
        TrainingError: the settings leave nothing to train.
    """
    import torch
    from peft import LoraConfig, get_peft_model

    adapter, base = config.adapter, opened.model
    check_targets(base, adapter.targets)
    used_cache = base.config.use_cache
    torch.manual_seed(config.seed)
    try:
        settings = LoraConfig(
            r=adapter.rank,
            lora_alpha=adapter.alpha,
            lora_dropout=adapter.dropout,
            bias=adapter.bias,
            target_modules=list(adapter.targets),
            task_type="CAUSAL_LM",
        )
        with quiet():
            model = get_peft_model(base, settings).eval()
        if opened.device == "cpu":
            cheapen_dropout(model)
    except ValueError as error:
        raise TrainingError(f"no adapter can be made: {first_line(error)}", "Give a rank of 1 or more.") from error
    try:
        yield model
    finally:
        model.unload()
        activation_checkpointing.disable(base)
        base.config.use_cache = used_cache
        base.eval()


def heldout_loss(opened: OpenedModel, rows: Sequence[TokenRow], batch_size: int) -> float | None:
    """Mean loss over the labelled tokens of examples that are not trained on; None where there are none."""
    return mean_loss(heldout_losses(opened, rows, batch_size))


def heldout_losses(opened: OpenedModel, rows: Sequence[TokenRow], batch_size: int) -> list[ExampleLoss]:
    """The loss of each example, in the order of the rows."""
    import torch

    found = [ExampleLoss(0.0, 0)] * len(rows)
    opened.model.eval()
    with torch.no_grad(), autocast(opened):
        for batch in by_length([len(row.input_ids) for row in rows], batch_size):
            tensors = collate([rows[n] for n in batch], opened.tokenizer.pad_token_id)
            moved = {name: tensor.to(opened.device) for name, tensor in tensors.items()}
            # Each position's next token, as the scores stand: they are large, and need no second copy.
            labels = torch.nn.functional.pad(moved.pop("labels")[:, 1:], (0, 1), value=MASKED)
            scores = opened.model(**moved, use_cache=False).logits.float()
            losses = torch.nn.functional.cross_entropy(
                scores.flatten(0, 1), labels.flatten(), ignore_index=MASKED, reduction="none"
            )
            for n, nats, tokens in zip(
                batch, losses.view_as(labels).sum(1).tolist(), (labels != MASKED).sum(1).tolist(), strict=True
            ):
                found[n] = ExampleLoss(float(nats), int(tokens))
    return found


def mean_loss(losses: Sequence[ExampleLoss]) -> float | None:
    """The mean over all their labelled tokens; None where there are none."""
    count = sum(each.tokens for each in losses)
    return sum(each.nats for each in losses) / count if count else None


def _forget_peak(opened: OpenedModel) -> None:
    import torch

    if opened.device == "cuda":
        torch.cuda.reset_peak_memory_stats()


def _peak_bytes(opened: OpenedModel) -> tuple[int, int | None]:
    """The most that was taken, and on a GPU what PyTorch kept for it."""
    import torch

    if opened.device == "cuda":
        return int(torch.cuda.max_memory_allocated()), int(torch.cuda.max_memory_reserved())
    if sys.platform == "win32":
        import psutil

        return int(psutil.Process().memory_info().peak_wset), None
    import resource

    # Linux counts in KiB, macOS in bytes.
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024), None

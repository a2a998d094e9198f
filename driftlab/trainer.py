"""transformers' Trainer with our order of batches, our checkpoints, and a callback that logs and watches each step.

In: a peft model, padded batches in a planned order, settings. Out: a `Trainer`, ready to `train`.
Does not: plan batches, evaluate, or print: the Trainer's own bars and messages are off.
"""

import dataclasses
import itertools
import math
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from driftlab import activation_checkpointing, ranks
from driftlab.batches import Batch, Rows, collate, share
from driftlab.checkpoints import CHECKPOINTS, could_not_write, mark_complete, write_adapter
from driftlab.config import RunConfig, Training
from driftlab.errors import ConfigError, TrainingError
from driftlab.models import Device, OpenedModel
from driftlab.training_log import StepLog, TrainingLog

if TYPE_CHECKING:
    from transformers import Trainer

OnStep = Callable[[StepLog], None]
OPTIMIZERS = {"adamw": "adamw_torch_fused", "adamw_8bit": "adamw_bnb_8bit", "paged_adamw_8bit": "paged_adamw_8bit"}
ESTIMATE_AFTER = 20
"""Steps of a part of a training after which the time of the whole can be told."""
HOPELESS = 1.5
"""A loss has exploded once it is worse than guessing uniformly and so many times the first step's."""


@dataclasses.dataclass(frozen=True)
class Course:
    """One training of all processes, planned: what is fed, where it is logged, how far an earlier part of it got."""

    rows: Rows
    batches: Sequence[Batch]
    accumulation: int
    pad: int
    width: int | None
    """None pads each batch to its longest row; a number pads all to it (the plain way, for comparison)."""
    folder: Path
    fingerprint: str
    done: list[StepLog]
    on_step: OnStep | None
    time_up: Callable[[], bool] | None = None
    """Asked after each step: whether to stop there, with a checkpoint."""

    @property
    def steps(self) -> int:
        """Optimizer steps."""
        return math.ceil(len(self.batches) / self.accumulation)

    @property
    def checkpoints(self) -> Path:
        """Where the checkpoints lie."""
        return self.folder / CHECKPOINTS


def optimizer_of(training: Training, device: Device) -> str:
    """The optimizer that is used: bitsandbytes' 8-bit ones need a GPU; on a CPU plain AdamW takes their place."""
    return training.optimizer if device == "cuda" else "adamw"


def make_trainer(opened: OpenedModel, model: Any, config: RunConfig, course: Course) -> "Trainer":
    """The Trainer for this course.

    Raises:
        ConfigError: transformers has no such scheduler, or the steps cannot be divided among the processes.
    """
    from accelerate.data_loader import prepare_data_loader
    from torch.utils.data import DataLoader
    from transformers import PrinterCallback, Trainer

    batches, accumulation = share(course.batches, config.training, ranks.rank(), ranks.count())

    class PlannedTrainer(Trainer):  # type: ignore[misc,unused-ignore]
        """The Trainer, fed with planned batches; a checkpoint is the adapter and what is needed to go on exactly."""

        def get_train_dataloader(self) -> Any:
            loader: Any = DataLoader(
                course.rows,  # type: ignore[arg-type]
                batch_sampler=batches,  # type: ignore[arg-type]
                collate_fn=lambda rows: collate(rows, course.pad, course.width),
            )
            if ranks.count() == 1:
                return self.accelerator.prepare(loader)
            # accelerate would divide the batches once more
            return prepare_data_loader(
                loader, self.accelerator.device, num_processes=1, process_index=0, put_on_device=True
            )

        def floating_point_ops(self, inputs: Any) -> int:
            return 0  # counting them walks over every parameter at each step (5% of a step of the pocket model)

        def _save(self, output_dir: str | None = None, state_dict: Any = None) -> None:
            write_adapter(self.model, Path(output_dir or course.checkpoints), opened.source)

        def _save_checkpoint(self, model: Any, trial: Any) -> None:
            try:
                super()._save_checkpoint(model, trial)
                ranks.gather(None)  # each process has written its random state
                if ranks.first():
                    mark_complete(course.checkpoints / f"checkpoint-{self.state.global_step}", course.fingerprint)
            except (OSError, RuntimeError) as error:
                raise could_not_write(course.folder, error) from error

    trainer = PlannedTrainer(
        model=model,
        args=_arguments(opened, config, course, accumulation),
        train_dataset=course.rows,
        callbacks=[_watcher(opened, course, config)],
    )
    trainer.remove_callback(PrinterCallback)
    return trainer


def _arguments(opened: OpenedModel, config: RunConfig, course: Course, accumulation: int) -> Any:
    from transformers import SchedulerType, TrainingArguments

    training = config.training
    known = [each.value for each in SchedulerType]
    if training.scheduler not in known:
        raise ConfigError(f"there is no scheduler {training.scheduler!r}.", f"Choose one of: {', '.join(known)}.")
    arguments = TrainingArguments(
        output_dir=str(course.checkpoints),
        # One pass over the plan, which holds all epochs.
        num_train_epochs=1,
        per_device_train_batch_size=training.batch_size,
        gradient_accumulation_steps=accumulation,
        learning_rate=training.learning_rate,
        lr_scheduler_type=training.scheduler,
        warmup_steps=math.ceil(course.steps * training.warmup_ratio),
        optim=OPTIMIZERS[optimizer_of(training, opened.device)],
        weight_decay=training.weight_decay,
        max_grad_norm=training.max_grad_norm,
        **activation_checkpointing.arguments(
            TrainingArguments, on=training.gradient_checkpointing, settings={"use_reentrant": False}
        ),
        fp16=opened.compute_dtype == "fp16",
        bf16=opened.compute_dtype == "bf16",
        use_cpu=opened.device == "cpu",
        seed=config.seed,
        logging_steps=1,
        logging_nan_inf_filter=False,
        save_strategy="steps",
        save_steps=training.checkpoint_steps,
        save_total_limit=2,
        remove_unused_columns=False,
        dataloader_pin_memory=False,
        # every adapter weight has a gradient in every step, and no buffer changes
        ddp_find_unused_parameters=False,
        ddp_broadcast_buffers=False,
        report_to="none",
        disable_tqdm=True,
        log_level="error",
    )
    # `accelerate launch` asks for a mixed precision of its own in each process's environment.
    arguments.mixed_precision = opened.compute_dtype if opened.compute_dtype in ("fp16", "bf16") else "no"
    # Two visible GPUs would make the Trainer copy the model to both in threads; one process uses one GPU here.
    arguments._n_gpu = min(arguments.n_gpu, 1)
    return arguments


def _watcher(opened: OpenedModel, course: Course, config: RunConfig) -> Any:
    import torch
    from transformers import TrainerCallback

    training = config.training
    log, clock = TrainingLog(course.folder), Clock(course)
    seen = _tokens_by_step(course)
    guessing = math.log(opened.architecture.vocab)

    class Watcher(TrainerCallback):  # type: ignore[misc,unused-ignore]
        """Write each step's line, tell the caller, and stop a training that has gone wrong or whose time is up."""

        saved = 0.0
        first = course.done[0].loss if course.done else None

        def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            if not ranks.first():
                torch.manual_seed(config.seed + (ranks.rank() << 32))  # else all would drop the same
            clock.start()
            self.saved = time.monotonic()

        def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            due = time.monotonic() - self.saved >= 60 * training.checkpoint_minutes
            due, up = ranks.tell((due, course.time_up is not None and course.time_up()))
            control.should_save |= due or up
            control.should_training_stop |= up

        def on_save(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            self.saved = time.monotonic()

        def on_log(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            logs = kwargs["logs"]
            if "loss" not in logs:
                return
            step, loss = state.global_step, float(logs["loss"])
            self.first = self.first or loss
            check_loss(loss, self.first, guessing, step, training)
            norm = float(logs["grad_norm"])
            seconds, expected = clock.read(step)
            line = StepLog(
                step=step,
                steps=course.steps,
                loss=loss,
                learning_rate=float(logs["learning_rate"]),
                grad_norm=norm if math.isfinite(norm) else None,
                tokens=seen[step - 1],
                seconds=seconds,
                expected_seconds=expected,
            )
            if not ranks.first():
                return
            log.append(line)
            if course.on_step:
                course.on_step(line)

    return Watcher()


class Clock:
    """The time of a training over all its parts, and what the whole will take at the pace of this part."""

    def __init__(self, course: Course) -> None:
        self._before = course.done[-1].seconds if course.done else 0.0
        self._resumed = course.done[-1].step if course.done else 0
        self._work = _work_by_step(course)
        self._began = 0.0
        self._first: tuple[int, float] | None = None
        """The part's first step and when it ended: what comes before it is slower than the rest."""

    def start(self) -> None:
        """The part begins."""
        self._began = time.perf_counter()

    def read(self, step: int) -> tuple[float, float | None]:
        """Seconds until this step's end; and those of the whole training, once there are enough steps to tell."""
        seconds = self._before + time.perf_counter() - self._began
        if self._first is None:
            self._first = step, seconds
        if step - self._resumed < ESTIMATE_AFTER:
            return round(seconds, 3), None
        first, then = self._first
        done, left = self._work[step - 1] - self._work[first - 1], self._work[-1] - self._work[step - 1]
        return round(seconds, 3), round(seconds + (seconds - then) * left / done, 3)


def check_loss(loss: float, first: float, guessing: float, step: int, training: Training) -> None:
    """See that the training still makes sense; `guessing` is the loss of a model that knows nothing.

    Raises:
        TrainingError: the loss is not a number, or has exploded.
    """
    remedy = f"Lower the learning rate ({training.learning_rate:g} now) with --lr, and begin anew."
    if not math.isfinite(loss):
        raise TrainingError(f"the loss at step {step} is {loss}.", remedy)
    if loss > max(guessing, HOPELESS * first):
        raise TrainingError(
            f"the loss at step {step} is {loss:.1f}: it began at {first:.1f}, and guessing gives {guessing:.1f}.",
            remedy,
        )


def _tokens_by_step(course: Course) -> list[int]:
    """Tokens seen by the end of each optimizer step, padding not counted."""
    return _by_step(course, lambda batch: sum(len(course.rows[row].input_ids) for row in batch))


def _work_by_step(course: Course) -> list[int]:
    """The same with padding, which takes its time too."""
    return _by_step(course, lambda batch: len(batch) * max(len(course.rows[row].input_ids) for row in batch))


def _by_step(course: Course, of: Callable[[Batch], int]) -> list[int]:
    """The running sum of a batch's quantity at the end of each optimizer step."""
    sums = list(itertools.accumulate(of(batch) for batch in course.batches))
    return [
        sums[min(end, len(sums)) - 1]
        for end in range(course.accumulation, len(sums) + course.accumulation, course.accumulation)
    ]

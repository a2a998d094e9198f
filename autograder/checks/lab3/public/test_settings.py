"""lab3.settings: from a budget to training arguments, and how many steps they make.

In: `training_settings(gpu, peaks, effective_batch, method)` and `planned_steps(examples, settings, gpus, epochs)`.
Out: verdicts.
Does not: reckon memory: what each batch needs is given.
"""

from collections.abc import Sequence
from typing import Any

import pytest

from autograder.checks.asking import Case, ask
from autograder.checks.lab3.public.cases_settings import CASES

SENTENCES = {
    "bf16-below-8.0": "bf16 needs capability 8.0: a T4 (7.5) would emulate it, slowly, and say nothing.",
    "fp16-everywhere": "From capability 8.0 on there is bf16, which needs no loss scaling.",
    "8.0-left-out": "Capability 8.0 itself has bf16.",
    "capability-as-text": "Compare capabilities as numbers: as text, 10.0 comes before 8.0.",
    "both-types": "One of fp16 and bf16 is true, not both.",
    "no-type": "One of fp16 and bf16 is true.",
    "rates-swapped": "The learning rates of the two methods are swapped.",
    "rate-of-full-always": "LoRA needs a larger learning rate than full fine-tuning: RATES has both.",
    "rate-of-lora-always": "Full fine-tuning needs a smaller learning rate than LoRA: RATES has both.",
    "checkpointing-of-another-row": "gradient_checkpointing is that of the row that was chosen.",
    "gpus-forgotten": "All GPUs work on one step: batch times GPUs times accumulation is the effective batch.",
    "batch-forgotten": "Batch times GPUs times accumulation is the effective batch.",
    "batch-of-all-gpus": "per_device_train_batch_size is that of one GPU.",
    "accumulation-of-one": "Batch times GPUs times accumulation is the effective batch.",
    "memory-not-asked": "That does not fit into the GPU's usable bytes.",
    "border-left-out": "What fits to the last byte fits.",
    "memory-of-all-gpus": "Each GPU holds the whole model: a row must fit into one.",
    "does-not-divide": "Batch times GPUs must divide the effective batch, or a step sees another number of examples.",
    "largest-batch-first": "Without checkpointing comes first, then the largest batch: checkpointing costs time.",
    "smallest-batch": "Of the rows that will do, take the largest batch.",
    "checkpointing-always": "Without checkpointing comes first, where it fits.",
    "checkpointing-never": "With checkpointing is better than nothing.",
    "first-that-fits": "That is the first row that will do: take the best, whatever their order.",
    "largest-memory": "What needs most memory is not always best: first without checkpointing, then the batch.",
    "smallest-memory": "What needs least memory is not best: first without checkpointing, then the largest batch.",
    "last-step-dropped": "The examples that are left over make a last, smaller step.",
    "epochs-run-together": "Each epoch ends with a step of its own: round up within an epoch.",
    "one-step-too-many": "That is a step more than there are examples for.",
    "epochs-forgotten": "Those are the steps of one epoch.",
    "gpus-not-counted": "All GPUs work on one step.",
    "accumulation-not-counted": "Several forward passes make one optimizer step.",
    "batch-not-counted": "A forward pass has several examples.",
    "not-rounded": "There is no fraction of a step.",
    "rounded-to-the-nearest": "A rest makes a step, however small it is: round up.",
}
KEYS = (
    "per_device_train_batch_size", "gradient_accumulation_steps", "gradient_checkpointing", "fp16", "bf16",
    "learning_rate",
)  # fmt: skip


def ask_settings(submission: Any, cases: Sequence[Case]) -> None:
    """Call `training_settings` and compare."""
    ask(submission, "training_settings", cases, SENTENCES, keys=KEYS, optional=True)


def ask_steps(submission: Any, cases: Sequence[Case]) -> None:
    """Call `planned_steps` and compare."""
    ask(submission, "planned_steps", cases, SENTENCES)


@pytest.mark.task("lab3.settings", points=1)
def test_settings_and_steps(submission: Any) -> None:
    """T4s and newer GPUs, borders, nothing that fits; steps that do and do not come out even."""
    ask_settings(submission, CASES["training_settings"])
    ask_steps(submission, CASES["planned_steps"])

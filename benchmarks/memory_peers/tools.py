"""Who is compared: this course's closed form and the public calculators, each with what it covers and how it was run.

In: a measured run. Out: what each tool says of it. Does not: hold a tool against the measurement.
"""

import dataclasses
from collections.abc import Callable
from typing import Literal, NamedTuple

from driftlab.architectures import known_config
from driftlab.budget import CONTEXT_BYTES, T4_USABLE_BYTES, Budget, Conditions, Fits, check, estimate
from driftlab.config import LLAMA2_7B_2XT4, RunConfig
from driftlab.trace import trace
from memory_peers import called, formulas
from memory_peers.formulas import Prediction
from memory_peers.measured import Case

Whole = Literal["process", "process on a T4", "reserved"]
"""What a total is of, and with which measured field it is compared: the GPU's use as measured, the same with a T4's
context instead of the measuring GPU's, or what the allocator reserved."""


class Answer(NamedTuple):
    """What a tool says of a run: bytes, and whether it fits into a T4's 14.74 GiB."""

    tensors: float
    total: float | None
    fits: Fits


@dataclasses.dataclass(frozen=True, slots=True)
class Tool:
    """A tool and how it is asked."""

    name: str
    version: str
    licence: str
    covers: str
    how: str
    whole: Whole | None
    ask: Callable[[Case], Answer]
    slow: bool = False
    """Whether it takes minutes, so that it is only asked on demand."""


def _config(case: Case) -> RunConfig:
    """The run's settings; the records are of a bare loop."""
    base = LLAMA2_7B_2XT4
    return dataclasses.replace(
        base,
        adapter=dataclasses.replace(base.adapter, rank=case.rank, targets=case.targets),
        training=dataclasses.replace(
            base.training,
            batch_size=case.batch,
            max_length=case.seq,
            gradient_checkpointing=case.checkpointing,
            optimizer=case.optimizer,
            accumulation=1,
        ),
    )


def ours(case: Case) -> Answer:
    """The closed form."""
    conditions = Conditions(rest_dtype="fp32" if case.fp32_rest else "fp16", loop="plain")
    budget = estimate(case.shape, _config(case), conditions)
    return Answer(budget.peak_allocated, budget.peak_reserved, check(budget, T4_USABLE_BYTES))


def traced(case: Case) -> Answer:
    """The trace of the same run."""
    settings = known_config(case.model)
    assert settings is not None  # noqa: S101 - the models of the records are in the table
    found = trace(settings, _config(case), rest_dtype="fp32" if case.fp32_rest else "fp16", kv_cache=True)
    budget = Budget({"traced": found.peak_allocated}, found.peak_reserved, CONTEXT_BYTES, "")
    return Answer(found.peak_allocated, found.peak_reserved, check(budget, T4_USABLE_BYTES))


def peer(predict: Callable[[Case], Prediction]) -> Callable[[Case], Answer]:
    """How a tool that gives a number answers: its total decides, or tensors and a T4's context where it has none."""

    def ask(case: Case) -> Answer:
        tensors, total = predict(case)
        needed = tensors + CONTEXT_BYTES if total is None else total
        return Answer(tensors, total, "yes" if needed <= T4_USABLE_BYTES else "no")

    return ask


BY_KERNEL = "told eager where attention wrote its scores down"
CANIFINETUNE = (
    "QLoRA: rank, three sets of targets, checkpointing, optimizer, eager or sdpa; fp32 rest; fitted on an RTX 4080"
)
UNCALIBRATED = "called for a GPU of 14.74 GiB, its safety margin left out"
FULL = "full fine-tuning only"
TOOLS = (
    Tool(
        "driftlab", "this checkout", "Apache-2.0",
        "QLoRA: rank, targets, dropout, checkpointing, optimizer, attention kernel, fp32 or fp16 rest",
        "called; two coefficients of the allocator's were measured on these records, among others", "reserved", ours,
    ),
    Tool(
        "driftlab, trace", "this checkout", "Apache-2.0", "the same, for any decoder of transformers",
        "the libraries' own code on fake tensors, the allocator replayed; nothing fitted", "reserved", traced,
        slow=True,
    ),
    Tool(
        "fitcheck-llm", "0.3.1", "MIT",
        "QLoRA: rank, targets, checkpointing, optimizer, eager or flash; fp32 rest; fitted on a T4 with checkpointing",
        f"called with its T4 profile, {BY_KERNEL}; tensors are its total without its overhead", "process on a T4",
        peer(called.fitcheck),
    ),
    Tool(
        "canifinetune, sdpa", "0.4.1", "MIT", CANIFINETUNE, f"{UNCALIBRATED}, always told sdpa, which errs less here",
        "reserved", peer(called.canifinetune_sdpa),
    ),
    Tool(
        "canifinetune, kernel", "0.4.1", "MIT", CANIFINETUNE, f"{UNCALIBRATED}, {BY_KERNEL}",
        "reserved", peer(called.canifinetune),
    ),
    Tool(
        "vram-calc", "0.3.0, 20e94f4", "MIT",
        "QLoRA: rank, two sets of targets, checkpointing, optimizer, eager or sdpa; 16-bit rest; fitted on Qwen2.5",
        f"formula from its docs, {BY_KERNEL}; checked against its docs and its validation report", "process",
        peer(formulas.vram_calc),
    ),
    Tool(
        "gpu_poor", "05d18ab", "none stated",
        "QLoRA of rank 8 on attention, eager attention, Adam; checkpointing as 0.15 of all activations",
        "arithmetic from its source; checked against the same functions run under node", "process",
        peer(formulas.gpu_poor),
    ),
    Tool(
        "fm-training-estimator", "0.1.3", "Apache-2.0",
        "QLoRA: rank, targets; not checkpointing, not the optimizer, not the logits; its learned part needs own data",
        "formula from its source; checked against its QLoraEstimator, run", None,
        peer(formulas.fm_training_estimator),
    ),
    Tool(
        "accelerate, int4", "1.15.0", "Apache-2.0", "weights of a model in int4; no training",
        "called (estimate-memory's own sums) on an empty model", None, peer(called.accelerate_int4),
    ),
    Tool(
        "accelerate, Adam", "1.15.0", "Apache-2.0", f"{FULL}, no activations",
        "called (estimate-memory's own sums) on an empty model", None, peer(called.accelerate_adam),
    ),
    Tool(
        "EleutherAI cookbook", "069ae2e", "not in the copy read", f"{FULL}: checkpointing, mixed precision",
        "formula from its source; checked against 117.30 GiB that its script printed", None,
        peer(formulas.cookbook),
    ),
    Tool(
        "furiousteabag", "b367569", "MIT", f"{FULL}, no checkpointing",
        "formula from its source; checked against the numbers on its page", "process",
        peer(formulas.furiousteabag),
    ),
)  # fmt: skip

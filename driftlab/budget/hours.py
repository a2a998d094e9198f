"""How long an epoch of QLoRA takes, within a range: tokens times work a token, over what a GPU does in a second.

In: a decoder's shape, a `RunConfig`, a `Gpu` and a number of tokens. Out: `Hours`, and the way back: what a run that
took so long can have read. No torch.

The work of a token, as Kaplan et al. 2020 (arXiv 2001.08361, section 2.1) count it: 2 FLOPs a weight forward, since
each is multiplied and added once, and twice that backward, half for the inputs' gradients and half for the weights'.
A frozen weight needs only the first half: 2 + 2. LoRA's own weights are trained: 2 + 4. Gradient checkpointing runs the
layers forward once more: + 2; the head is not run again. Attention multiplies each query with the keys before it, and
the weights with the values: 4 s q a layer forward over a row of s tokens, half of it under the causal mask, and twice
that backward. PaLM's appendix B (Chowdhery et al. 2022, arXiv 2204.02311) counts the same products without the mask.
Its "model" utilisation leaves out what is run again, its "hardware" utilisation counts it, as we do.

What takes time and is no such work: batches too small to fill the GPU wait for the CPU that launches their kernels; NF4
weights become fp16 before each product, which is hardly any arithmetic and much traffic; and the attention of
grouped-query models on a T4 writes all its scores down. Each has a term here; their coefficients are measured on steps
of Llama-2-7B and TinyLlama on one H200, which tests/test_hours.py holds them against. `UTILISATION` is how much of the
peak the products themselves reach: 22 to 25% there, where batches were large; 32% at 1,024 and 2,048 tokens to 47% at
8,192 for 7B on an A100 by Qwen's table (README of QwenLM/Qwen, 8 rows an iteration). We have no such measurement of a
T4, whose 70 W keep it below its peak in long products.
Does not: know padding (`tokens` are those that the model sees), evaluation, saving, loading, or several GPUs that work
on one row; nothing here was measured on the GPUs that learners have. Twice or half as long is no surprise.
"""

import dataclasses
from collections.abc import Sequence
from typing import Literal

from driftlab.architectures import Architecture
from driftlab.budget.gpus import Gpu
from driftlab.cited import cite
from driftlab.config import RunConfig
from driftlab.errors import ConfigError

SECONDS = 3600
Case = Literal["low", "typical", "high"]
UTILISATION = {"low": 0.45, "typical": 0.25, "high": 0.15}
"""Share of the peak that matrix products reach, for the fewest, the typical and the most hours."""
LAUNCH_SECONDS = {"low": 0.007, "typical": 0.010, "high": 0.020}
"""A layer's least time forward and backward, however small the batch: 8.5 to 13.6 ms measured; slow CPUs double it."""
DEQUANTISED_BYTES = 2.52
"""Traffic of a weight before one product: half a byte and its scales read, two bytes written."""
SCORE_PASSES = {"low": 50, "typical": 80, "high": 120}
"""How often a step's fp32 scores cross the memory in the math kernel, checkpointed: 77 to 93 were measured."""


@dataclasses.dataclass(frozen=True, slots=True)
class Work:
    """FLOPs for one token of a training step, by what causes them."""

    forward: float
    """Frozen layers and head."""
    backward: float
    """Gradients of activations through them; none for the frozen weights."""
    recomputed: float
    """The layers once more, under checkpointing."""
    adapter: float
    """LoRA's weights, forward, backward and, under checkpointing, forward again."""
    attention: float
    """Scores and weighted values, all passes."""

    @property
    def total(self) -> float:
        """The sum."""
        return self.forward + self.backward + self.recomputed + self.adapter + self.attention


@dataclasses.dataclass(frozen=True, slots=True)
class Hours:
    """How long one epoch takes."""

    hours: float
    """At the typical or the stated utilisation, one GPU working at a time."""
    low: float
    high: float
    tokens: int
    flops: float
    utilisation: float
    """Share of the peak that the products reach in `hours`."""
    basis: str
    """What the numbers assume, and what they cannot say."""


@dataclasses.dataclass(frozen=True, slots=True)
class Reach:
    """How much a run of known length can have read."""

    mean_length: int
    """Tokens a row that are assumed here."""
    hours: float
    tokens: int
    """At the typical utilisation, one GPU working at a time."""
    low: int
    high: int

    @property
    def rows(self) -> tuple[int, int, int]:
        """Rows of the mean length: low, typical, high."""
        return self.low // self.mean_length, self.tokens // self.mean_length, self.high // self.mean_length


def work(shape: Architecture, config: RunConfig, length: int) -> Work:
    """FLOPs for one token in rows of `length` tokens."""
    checkpointed = config.training.gradient_checkpointing
    layers, head = shape.linear_weights, shape.hidden * shape.vocab
    adapter = _adapter(shape, config)
    scores = 2 * length * shape.queries * shape.layers  # 4 s q, of which the mask leaves half
    return Work(
        forward=2 * (layers + head),
        backward=2 * (layers + head),
        recomputed=2 * layers if checkpointed else 0,
        adapter=(8 if checkpointed else 6) * adapter,
        attention=(4 if checkpointed else 3) * scores,
    )


def epoch_hours(
    shape: Architecture,
    config: RunConfig,
    gpu: Gpu,
    tokens: int,
    utilisation: float | None = None,
    *,
    mean_length: int | None = None,
) -> Hours:
    """Hours of one epoch over `tokens` tokens, in rows of `mean_length` (without it: `max_length`, full rows).

    With several GPUs, `hours` and `high` let one work at a time, as a model split over them by layers does and as
    driftlab does, which uses one; `low` lets all work at once on rows of their own.

    Raises:
        ConfigError: nothing to count, a utilisation that cannot be, or a GPU whose speed for this is not known.
    """
    length = _checked(config, gpu, tokens, mean_length)
    if utilisation is not None and not 0 < utilisation <= 1:
        raise ConfigError(
            f"a utilisation of {utilisation!r} cannot be.", "Give a share of the GPU's peak, for example 0.25."
        )
    cases: tuple[Case, ...] = ("low", "typical", "high") if utilisation is None else ("typical",) * 3
    each = [_seconds(shape, config, gpu, length, case, utilisation) * tokens / SECONDS for case in cases]
    used = UTILISATION["typical"] if utilisation is None else utilisation
    flops = work(shape, config, length).total * tokens
    return Hours(each[1], each[0] / gpu.count, each[2], tokens, flops, used, _basis(gpu, length, utilisation))


def tokens_in(
    shape: Architecture, config: RunConfig, gpu: Gpu, hours: float, *, mean_length: int | None = None
) -> Reach:
    """The way back: how many tokens an epoch of `hours` can have held, in rows of `mean_length`.

    Raises:
        ConfigError: as `epoch_hours`.
    """
    length = _checked(config, gpu, hours, mean_length)
    low, typical, high = (
        hours * SECONDS / _seconds(shape, config, gpu, length, case, None) for case in ("high", "typical", "low")
    )
    return Reach(length, hours, int(typical), int(low), int(high * gpu.count))


def published_run(
    shape: Architecture, config: RunConfig, gpu: Gpu, lengths: Sequence[int] = (128, 256, 512)
) -> list[Reach]:
    """What the published run's one epoch can have held, for mean lengths that its source does not give.

    The source gives the hours (about), two T4s, the longest row and where rows were cut. It gives neither rows nor
    tokens, nor says whether both GPUs worked at once. So this bounds the size of its data, to within a factor of about
    five, and cannot check the estimate: any size of data agrees with some utilisation.
    """
    hours = float(cite("published_run.hours").value())
    cut = int(cite("published_run.length").value("cut"))
    return [tokens_in(shape, config, gpu, hours, mean_length=length) for length in (*lengths, cut)]


def _seconds(
    shape: Architecture, config: RunConfig, gpu: Gpu, length: int, case: Case, utilisation: float | None
) -> float:
    """Seconds for one token on one GPU."""
    training, bandwidth = config.training, _known(gpu.bandwidth, gpu)
    share = UTILISATION[case] if utilisation is None else utilisation
    products = work(shape, config, length).total / (share * _known(gpu.peak, gpu))
    passes = 3 if training.gradient_checkpointing else 2
    dequantised = passes * DEQUANTISED_BYTES * shape.linear_weights if config.quantization.scheme == "nf4" else 0.0
    batch = training.batch_size * length
    launched = LAUNCH_SECONDS[case] * shape.layers * passes / 2
    return max(products + dequantised / bandwidth / batch, launched / batch) + _scores(shape, config, gpu, length, case)


def _scores(shape: Architecture, config: RunConfig, gpu: Gpu, length: int, case: Case) -> float:
    """Seconds for a token that the math kernel spends on scores: grouped-query heads on GPUs before Ampere."""
    if shape.kv_heads == shape.heads or gpu.bf16:
        return 0.0
    share = 1.0 if config.training.gradient_checkpointing else 0.75
    written = 4 * shape.heads * length * shape.layers
    return share * SCORE_PASSES[case] * written / _known(gpu.bandwidth, gpu)


def _adapter(shape: Architecture, config: RunConfig) -> int:
    """LoRA's weights."""
    adapter = config.adapter
    sides = sum(linear.inputs + linear.outputs for linear in shape.linears if linear.name in adapter.targets)
    return shape.layers * adapter.rank * sides


def _checked(config: RunConfig, gpu: Gpu, amount: float, mean_length: int | None) -> int:
    """The rows' length, once everything else is known to make sense."""
    length = config.training.max_length if mean_length is None else mean_length
    if amount <= 0 or length < 1:
        raise ConfigError(
            "hours are only known of something that has tokens.", "Give tokens, hours and mean length above 0."
        )
    _known(gpu.peak, gpu)
    dtype = config.quantization.compute_dtype
    if dtype == "fp32" or (dtype == "bf16" and not gpu.bf16):
        raise ConfigError(
            f"the peak of {gpu.label} is that of fp16 products, not of {dtype!r}.", "Set compute_dtype to fp16 or auto."
        )
    return length


def _known(value: float | None, gpu: Gpu) -> float:
    if value is None:
        raise ConfigError(f"how fast {gpu.label} is cannot be told from its memory.", "Name a GPU, for example t4.")
    return value


def _basis(gpu: Gpu, length: int, utilisation: float | None) -> str:
    low, typical, high = (f"{100 * UTILISATION[case]:.0f}%" for case in ("high", "typical", "low"))
    reached = (
        f"products at {typical} of the peak ({low} to {high})"
        if utilisation is None
        else f"products at {100 * utilisation:g}% of the peak, as stated"
    )
    several = f"; one of {gpu.count} GPUs at a time, all at once for the fewest hours" if gpu.count > 1 else ""
    return f"arithmetic for rows of {length:,} tokens, {reached}{several}; not measured on this GPU"

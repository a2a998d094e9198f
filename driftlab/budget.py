"""How much memory a QLoRA step takes, by name, before anything is loaded: a closed form, no torch.

In: a decoder's shape and a `RunConfig`. Out: a `Budget`: bytes by term at the moment of the peak, the peak allocated
and reserved; `check` holds it against what a device offers.
How right it is: tests/test_budget.py holds it against 46 measured peaks (Llama-2-7B and TinyLlama on an H200 that ran
a T4's attention kernels; three steps of a bare loop). Peak allocated: median error 0.3%, from 2.4% too low to 1.2% too
high. Peak reserved: median 1.6%, from 3.8% too low to 24% too high (grouped-query models reuse what we count as
slack). At a T4's 14.74 GiB no verdict is wrong and 2 are "close". Two coefficients are measured on these same records
rather than derived, and say so. Nothing here was measured under Trainer or on a real T4.
Does not: cover sliding windows, mixtures of experts, more than one GPU, or flash attention's savings on newer GPUs; the
figure for a CPU is a rough estimate (1.33 GiB for pocket batches of full length, where 1.31 was measured and the slack
taken from that; a whole pocket run, whose examples are shorter, peaked at 0.71). How many bytes are usable is asked of
the machine elsewhere (`provenance`).

Letters as in the papers: T tokens in a batch, s tokens in its longest row, h hidden, f intermediate, q and k the widths
of queries and of keys, a heads, V vocabulary, L layers, r rank. Regime A: embeddings, head and norms in fp16;
regime B: in fp32, as peft's `prepare_model_for_kbit_training` leaves them, and as driftlab opens a model.
"""

import dataclasses
from typing import Literal, Protocol

from driftlab.config import RunConfig

Fits = Literal["yes", "no", "close"]
RestDtype = Literal["fp32", "fp16"]
Attention = Literal["auto", "mem-efficient", "math"]

MIB = 2**20
CONTEXT_BYTES = 144 * MIB
"""CUDA's own memory in a process on a T4: 140.9 MiB measured by fitcheck-llm's authors. Newer GPUs take 300 to 650."""
T4_USABLE_BYTES = int(14.74 * 2**30)
"""What a T4 of 16 GB offers to CUDA."""
CUBLAS_BYTES = 64 * MIB
"""cuBLAS workspace, as in the measured records (an H200); a T4 takes about 8 MiB, so this errs on the safe side."""
PAGED_FROM = 100_000
LIBRARIES_BYTES = 560 * MIB
"""A process with torch's CPU build, transformers, peft, bitsandbytes and the statistics loaded: 532 MiB measured."""
INPUTS = {
    "q_proj": "h", "k_proj": "h", "v_proj": "h", "o_proj": "q", "gate_proj": "h", "up_proj": "h", "down_proj": "f",
}  # fmt: skip
OUTPUTS = {
    "q_proj": "q", "k_proj": "k", "v_proj": "k", "o_proj": "h", "gate_proj": "f", "up_proj": "f", "down_proj": "h",
}  # fmt: skip


# ruff: noqa: D102 - the nine sizes of a Shape are their names
class Shape(Protocol):
    """What the closed form must know of a decoder; `models.describe` gives it, and so does `Architecture`."""

    @property
    def hidden(self) -> int: ...
    @property
    def layers(self) -> int: ...
    @property
    def heads(self) -> int: ...
    @property
    def kv_heads(self) -> int: ...
    @property
    def head_dim(self) -> int: ...
    @property
    def intermediate(self) -> int: ...
    @property
    def vocab(self) -> int: ...
    @property
    def tied(self) -> bool: ...
    @property
    def parameters(self) -> int: ...


@dataclasses.dataclass(frozen=True, slots=True)
class Architecture:
    """The shape of a decoder that is known by name."""

    name: str
    hidden: int
    layers: int
    heads: int
    kv_heads: int
    head_dim: int
    intermediate: int
    vocab: int
    tied: bool
    parameters: int


LLAMA2_7B = Architecture("Llama-2-7B", 4096, 32, 32, 32, 128, 11008, 32000, tied=False, parameters=6_738_415_616)


@dataclasses.dataclass(frozen=True, slots=True)
class Budget:
    """A prediction. The terms are those of the moment of the peak; they add up to `peak_allocated`."""

    terms: dict[str, int]
    peak_reserved: int
    """Allocated and what the allocator keeps beside it."""
    context: int
    """What the driver takes outside the allocator; 0 on a CPU."""
    basis: str
    """How far to trust it, in words."""

    @property
    def peak_allocated(self) -> int:
        """The sum of the terms."""
        return sum(self.terms.values())


def check(budget: Budget, usable: int) -> Fits:
    """Whether it fits into `usable` bytes; "close" where that depends on the allocator's luck."""
    if budget.peak_reserved + budget.context <= usable:
        return "yes"
    return "no" if budget.peak_allocated + budget.context > usable else "close"


def estimate(
    shape: Shape,
    config: RunConfig,
    *,
    device: Literal["cuda", "cpu"] = "cuda",
    rest_dtype: RestDtype = "fp32",
    attention: Attention = "auto",
    kv_cache: bool = False,
) -> Budget:
    """The peak of training with `config`, at its full batch and length.

    `attention`: "auto" is what a T4 runs: the math kernel for grouped-query heads, else the memory-efficient one.
    `kv_cache`: the model is called with use_cache and without checkpointing, as a bare loop does; Trainer does not.
    """
    step = _Step(shape, config, rest_dtype, attention, kv_cache)
    if device == "cpu":
        return step.on_cpu()
    moments = (step.at_loss(), step.at_layer_backward(), step.at_last_layer(), step.at_attention(), step.at_update())
    terms = max(moments, key=lambda moment: sum(moment.values()))
    # logits come in blocks too large for anything else: three and a half of them stay reserved
    slack = 14 * step.tokens * shape.vocab + sum(terms.values()) // 100
    basis = "closed form, for one GPU and a T4's attention kernels"
    return Budget(_without_zeros(terms), sum(terms.values()) + slack, CONTEXT_BYTES, basis)


def _without_zeros(terms: dict[str, int]) -> dict[str, int]:
    return {name: round(value) for name, value in terms.items() if value}


class _Step:
    """The pieces of one training step."""

    def __init__(
        self, shape: Shape, config: RunConfig, rest_dtype: RestDtype, attention: Attention, kv_cache: bool
    ) -> None:
        self.shape, self.config, self.rest, self.kv_cache = shape, config, 4 if rest_dtype == "fp32" else 2, kv_cache
        self.tokens = config.training.batch_size * config.training.max_length
        grouped = shape.kv_heads != shape.heads
        self.math = attention == "math" or (attention == "auto" and grouped)
        self.widths = {
            "h": shape.hidden,
            "q": shape.heads * shape.head_dim,
            "k": shape.kv_heads * shape.head_dim,
            "f": shape.intermediate,
        }

    @property
    def linear(self) -> int:
        """Weights of the seven projections of all layers."""
        return self.shape.layers * sum(self.widths[INPUTS[name]] * self.widths[OUTPUTS[name]] for name in INPUTS)

    @property
    def trainable(self) -> int:
        """LoRA weights: r rows of the input's width and r columns of the output's, for each target."""
        adapter = self.config.adapter
        per_rank = sum(self.widths[INPUTS[name]] + self.widths[OUTPUTS[name]] for name in adapter.targets)
        return self.shape.layers * adapter.rank * per_rank

    def fixed(self) -> dict[str, int]:
        """What is there all the time."""
        quantization, training = self.config.quantization, self.config.training
        # half a byte; a scale a block of 64: one byte and an fp32 for 256 of them, or an fp32 each
        per_weight = 0.5 + (1 / 64 + 4 / (64 * 256) if quantization.double_quant else 4 / 64)
        if quantization.scheme == "none" or quantization.kernel == "roundtrip":
            per_weight = 4.0 if quantization.kernel == "roundtrip" else 2.0
        return {
            "weights": int(per_weight * self.linear),
            "embeddings, head and norms": self.rest * (self.shape.parameters - self.linear),
            "adapter": 4 * self.trainable,
            "optimizer states": self.states(),
            # Trainer frees gradients after an update; within an accumulation they stay
            "gradients": 4 * self.trainable if training.accumulation > 1 else 0,
            "cuBLAS workspace": CUBLAS_BYTES,
        }

    def states(self) -> int:
        """Both of Adam's moments: 8 bytes a weight, or 2 and an fp32 scale a block of 256; paged ones are not counted.

        bitsandbytes pages tensors of 100,000 elements and more: the driver holds them, and moves them out when needed.
        """
        optimizer, adapter = self.config.training.optimizer, self.config.adapter
        if optimizer == "adamw":
            return 8 * self.trainable
        sides = (width for name in adapter.targets for width in (INPUTS[name], OUTPUTS[name]))
        sizes = [adapter.rank * self.widths[side] for side in sides]
        resident = sum(size for size in sizes if optimizer == "adamw_8bit" or size < PAGED_FROM)
        return 2 * self.shape.layers * resident + self.trainable * 2 * 4 // 256

    def layer(self) -> int:
        """Bytes that one layer keeps for its backward pass; on a GPU under fp16 autocast."""
        adapter, (h, q, k, f) = self.config.adapter, (self.widths[name] for name in "hqkf")
        inputs = sum(self.widths[INPUTS[name]] for name in adapter.targets)
        norms = 8 * h + 8  # two norms: the fp32 residual stream, and a scale a token
        adapters = 2 * inputs + 2 * adapter.rank * len(adapter.targets)  # fp16 input and rank-r output of each target
        masks = inputs if adapter.dropout else 0  # a byte each
        activation = (3 * self.rest) * f  # gate, silu(gate), up; the layers' outputs have the residual stream's type
        heads = 12 * q if self.math else 4 * q + 4 * k + 4 * self.shape.heads  # math: fp32 and expanded
        return self.tokens * (norms + adapters + masks + activation + heads) + 4 * self.scores

    @property
    def scores(self) -> int:
        """Attention scores of a layer where a kernel writes them down, else 0."""
        training = self.config.training
        return self.shape.heads * training.max_length**2 * training.batch_size if self.math else 0

    def kept(self) -> dict[str, int]:
        """Activations that wait for the backward pass when the forward pass has ended."""
        if self.config.training.gradient_checkpointing:
            return {"activations kept": self.shape.layers * self.tokens * self.shape.hidden * self.rest}
        # fp32 keys and values where the layers' outputs are fp32; in fp16 they are the tensors that attention keeps
        cache = 2 * self.rest * self.widths["k"] * self.tokens if self.kv_cache and self.rest == 4 else 0
        return {
            "activations kept": self.shape.layers * self.layer(),
            "key-value cache": self.shape.layers * cache,
        }

    def casts(self) -> dict[str, int]:
        """Autocast's fp16 copies of the adapter and, where it is fp32, of the head."""
        head = 2 * self.shape.hidden * self.shape.vocab if self.rest == 4 else 0
        return {"fp16 copies": 2 * self.trainable + head}

    def at_loss(self) -> dict[str, int]:
        """The forward pass has ended: fp16 logits, their fp32 copy, their log-softmax."""
        checkpointed = self.config.training.gradient_checkpointing
        final = (12 if checkpointed else 16) + self.rest  # final norm and head input, measured
        forward = {
            **self.fixed(), **self.kept(), **self.casts(),
            "logits and loss": self.tokens * (10 * self.shape.vocab + final * self.shape.hidden),
        }  # fmt: skip
        if checkpointed:
            return forward
        backward = {**forward, "logits and loss": self.tokens * (12 * self.shape.vocab + 14 * self.shape.hidden)}
        backward.pop("key-value cache")  # the model's output is dropped before the backward pass
        return max(forward, backward, key=lambda moment: sum(moment.values()))

    def at_layer_backward(self) -> dict[str, int]:
        """The first layer to go backward, recomputed where it was not kept."""
        if not self.config.training.gradient_checkpointing:
            return {}
        h, f = self.shape.hidden, self.shape.intermediate
        return {
            **self.fixed(), **self.kept(),
            "activations recomputed": self.layer() + self.tokens * (2 * self.rest * f + 8 * h),
            "dequantised weight": 2 * h * f,
        }  # fmt: skip

    def at_last_layer(self) -> dict[str, int]:
        """The last layer to go backward, when all other layers' gradients are there and nothing else is kept."""
        h, f = self.shape.hidden, self.shape.intermediate
        return {
            **self.fixed(),
            "gradients": 4 * self.trainable,
            "activations recomputed": self.layer() + self.tokens * (2 * self.rest * f + 8 * h),
            "dequantised weight": 2 * h * f,
        }

    def at_attention(self) -> dict[str, int]:
        """Backward through the math kernel: scores, probabilities and their two gradients, fp32."""
        if not self.math:
            return {}
        kept, tokens, h = self.kept(), self.tokens, self.shape.hidden
        kept.pop("key-value cache", 0)
        if self.config.training.gradient_checkpointing:
            attention = 16 * self.scores + tokens * 26 * h  # with the attention's own part of the recomputed layer
        else:
            attention = 12 * self.scores - tokens * 3 * self.rest * self.shape.intermediate  # the MLP's part is freed
        return {**self.fixed(), **kept, "fp16 copies": 2 * self.trainable, "attention": attention}

    def at_update(self) -> dict[str, int]:
        """The optimizer's step; torch's AdamW works on all tensors at once and needs one more copy of them."""
        copy = 4 * self.trainable if self.config.training.optimizer == "adamw" else 0
        return {**self.fixed(), "gradients": 4 * self.trainable, "optimizer workspace": copy}

    def on_cpu(self) -> Budget:
        """The process's memory: libraries, everything in fp32, dense weights after the quantisation's round trip."""
        adapter, tokens, vocab = self.config.adapter, self.tokens, self.shape.vocab
        h, q, k, f = (self.widths[name] for name in "hqkf")
        inputs = sum(self.widths[INPUTS[name]] for name in adapter.targets)
        # norms, inputs and dropout masks of the targets, gate and up and their product, attention
        layer = 4 * tokens * (2 * h + 2 * inputs + adapter.rank * len(adapter.targets) + 3 * f + 2 * q + 2 * k)
        if self.config.training.gradient_checkpointing:
            layer = layer // self.shape.layers + 4 * tokens * h
        terms = {
            "Python and libraries": LIBRARIES_BYTES,
            "weights, dense fp32": 4 * self.shape.parameters,
            "adapter": 4 * self.trainable,
            "gradients": 4 * self.trainable,
            "optimizer states": 8 * self.trainable,
            "activations kept": self.shape.layers * layer,
            "logits and loss": 12 * tokens * vocab,
        }
        # the C library keeps freed blocks; four fifths is what one pocket step showed
        slack = (terms["activations kept"] + terms["logits and loss"]) * 4 // 5
        basis = "rough estimate of the process's memory, for batches of full length"
        return Budget(terms, sum(terms.values()) + slack, 0, basis)

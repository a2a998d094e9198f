"""What a QLoRA step keeps in memory, piece by piece: weights, states, a layer's halves, copies, the allocator's slack.

In: a decoder's `Architecture`, a `RunConfig`, `Conditions`. Out: a `StepMemory`, whose methods give bytes.
Each size counts tensors that PyTorch, transformers, peft and bitsandbytes hold, by their element types; where a number
was measured instead, its comment says so. `trace` runs the same code on fake tensors and counts what it finds.
Does not: know when in a step which pieces are there (`budget` does). Letters as there.
"""

import dataclasses
from typing import Literal

from driftlab.architectures import Architecture, Linear
from driftlab.config import RunConfig
from driftlab.errors import ConfigError

RestDtype = Literal["fp32", "fp16"]
Attention = Literal["auto", "flash", "mem-efficient", "math"]
Kernel = Literal["flash", "mem-efficient", "math", "eager"]
Loop = Literal["plain", "trainer"]
"""plain: `loss = model(input_ids, labels=labels).loss; loss.backward()`, as tutorials write it. It keeps a key-value
cache that nobody reads (transformers' default where nothing is checkpointed), and through the variable `loss` the last
step's embeddings and their gradient. trainer: transformers' Trainer, which keeps neither; driftlab trains with it. What
driftlab computes again it computes in 16 bits (`quantize.in_16_bits`): it reserves up to a twentieth less than this."""

MIB = 2**20
CONTEXT_BYTES = 144 * MIB
"""CUDA's own memory in a process on a T4: 140.9 MiB measured by fitcheck-llm's authors. Newer GPUs take 300 to 650."""
CUBLAS_BYTES = 64 * MIB
"""cuBLAS's workspaces, one for the forward and one for the backward thread. PyTorch gives each 32 MiB on an H200, where
the records were made, and about 8 MiB on a T4; the larger is taken everywhere, which errs on the safe side."""
PAGED_FROM = 100_000
"""Elements from which on bitsandbytes' paged optimizers put a tensor's states into managed memory."""
EIGHT_BIT_FROM = 4096
"""Elements from which on bitsandbytes' 8-bit optimizers keep a tensor's states in 8 bits."""
BLOCK_WASTE = 64 * 1024
"""What the allocator counts on average beyond a block of over 1 MiB: it does not split off a rest of up to 1 MiB. The
records show between 0 and 0.28 MiB a block, by the order in which a model was loaded."""
BLOCK_FROM = MIB


@dataclasses.dataclass(frozen=True, slots=True)
class Conditions:
    """How and where a step is run, beside what its `RunConfig` says."""

    rest_dtype: RestDtype = "fp32"
    attention: Attention = "auto"
    """auto: what PyTorch picks on a GPU of that capability, for rows without padding."""
    capability: tuple[int, int] = (7, 5)
    loop: Loop = "trainer"
    context: int = CONTEXT_BYTES
    replicas: int = 1
    """GPUs that each hold the whole model and exchange gradients (DDP)."""


TRAINER_ON_T4 = Conditions()
"""As driftlab trains, on a T4."""
NO_CONTEXT = dataclasses.replace(TRAINER_ON_T4, context=0)
"""The same where the free memory has been asked for: what the driver takes is taken already."""


def kernel_of(shape: Architecture, attention: Attention, capability: tuple[int, int]) -> Kernel:
    """The attention kernel that PyTorch runs.

    A soft cap on scores fits no fused kernel. Before capability 8.0 there is no flash attention, and the
    memory-efficient kernel takes no grouped heads: then the math kernel runs, which writes all scores down.
    """
    if shape.attention_cap:
        return "eager"
    if attention != "auto":
        return attention
    if capability >= (8, 0):
        return "flash"
    return "mem-efficient" if shape.kv_heads == shape.heads else "math"


class StepMemory:
    """The pieces of one training step, in bytes."""

    def __init__(self, shape: Architecture, config: RunConfig, conditions: Conditions) -> None:
        self.shape, self.config, self.conditions = shape, config, conditions
        self.rest = 4 if conditions.rest_dtype == "fp32" else 2
        self.rows, self.length = config.training.batch_size, config.training.max_length
        self.tokens = self.rows * self.length
        self.checkpointed = config.training.gradient_checkpointing
        self.kernel = kernel_of(shape, conditions.attention, conditions.capability)
        self.targets = _targets(shape, config.adapter.targets)
        # one number for each pair of tokens and each head
        self.scores = shape.heads * self.length**2 * self.rows

    @property
    def trainable(self) -> int:
        """LoRA weights: r rows of the input's width and r columns of the output's, for each target."""
        return self.shape.layers * self.config.adapter.rank * sum(each.inputs + each.outputs for each in self.targets)

    def fixed(self) -> dict[str, float]:
        """What is there all the time."""
        accumulating = self.config.training.accumulation > 1
        return {
            "weights": self.weights(),
            "embeddings, head and norms": self.rest * (self.shape.parameters - self.shape.linear_weights),
            "adapter": 4 * self.trainable,
            "optimizer states": self.states(),
            # freed after an update; within an accumulation they stay
            "gradients": 4 * self.trainable if accumulating else 0,
            # DDP keeps gradients in buckets of its own
            "gradient buckets": 4 * self.trainable if self.conditions.replicas > 1 else 0,
            "cuBLAS workspace": CUBLAS_BYTES,
            "allocator's rounding": self.rounding(),
        }

    def rounding(self) -> int:
        """What whole blocks take beyond the tensors in them: weights and adapter, and activations that are all kept."""
        rank, packed = self.config.adapter.rank, 0.5 if self.quantised else 2.0
        sizes = [packed * each.inputs * each.outputs for each in self.shape.linears]
        sizes += [4.0 * rank * width for each in self.targets for width in (each.inputs, each.outputs)]
        if not self.checkpointed:
            # a fp16 input and a mask for each adapter; MLP, norms, attention
            sizes += [2.0 * self.tokens * each.inputs for each in self.targets]
            sizes += [1.0 * self.tokens * each.inputs for each in self.targets if self.config.adapter.dropout]
            sizes += 3 * [float(self.rest * self.tokens * self.shape.intermediate)]
            sizes += 2 * [4.0 * self.tokens * self.shape.hidden] + 4 * [2.0 * self.tokens * self.shape.queries]
        return self.shape.layers * sum(size > BLOCK_FROM for size in sizes) * BLOCK_WASTE

    @property
    def quantised(self) -> bool:
        """Whether the decoder's linear layers lie in memory as 4-bit codes."""
        return self.config.quantization.scheme == "nf4" and self.config.quantization.kernel != "roundtrip"

    def weights(self) -> float:
        """The decoder's linear layers: half a byte a weight and scales (Dettmers et al. 2023), or 2 or 4 bytes."""
        quantization = self.config.quantization
        if quantization.kernel == "roundtrip":
            return 4 * self.shape.linear_weights
        if quantization.scheme == "none":
            return 2 * self.shape.linear_weights
        return self.shape.layers * sum(
            nf4_bytes(each.inputs * each.outputs, double_quant=quantization.double_quant) for each in self.shape.linears
        )

    def states(self) -> int:
        """Both of Adam's moments: 8 bytes a weight, or 2 and an fp32 scale a block of 256; paged ones are not counted.

        bitsandbytes keeps small tensors in fp32 and pages large ones: the driver holds those, and moves them out when
        memory is needed.
        """
        optimizer, rank = self.config.training.optimizer, self.config.adapter.rank
        if optimizer == "adamw":
            return 8 * self.trainable
        sizes = [rank * width for each in self.targets for width in (each.inputs, each.outputs)]
        return self.shape.layers * sum(_state_bytes(size, paged=optimizer.startswith("paged")) for size in sizes)

    # what a layer keeps

    def shares(self, part: str) -> int:
        """Bytes a token that the adapters of a half of a layer keep.

        Each keeps its input in fp16 and the r numbers between its two matrices, and its dropout a byte a number.
        In fp32 each makes its own fp16 copy of the input; in fp16 without dropout they share the one that is there.
        """
        adapter = self.config.adapter
        masks = 1 if adapter.dropout else 0
        targets = [each for each in self.targets if each.part == part]
        shared = self.rest == 2 and not adapter.dropout
        inputs = sum({_source(each): each.inputs for each in targets}.values()) if shared else 0
        own = sum((0 if shared else 2 * each.inputs) + masks * each.inputs for each in targets)
        return 2 * inputs + own + 2 * adapter.rank * len(targets)

    @property
    def norms(self) -> int:
        """Bytes a token of the norms of half a layer: the fp32 input and its fp32 scale."""
        return self.shape.norms // 2 * (4 * self.shape.hidden + 4)

    def attention_half(self) -> float:
        """What the attention half of a layer keeps for its backward pass."""
        q, k, heads = self.shape.queries, self.shape.keys, self.shape.heads
        head_norms = 4 * (q + k) + 4 * (heads + self.shape.kv_heads) if self.shape.head_norms else 0
        padded = -(-self.length // 32) * 32 / self.length  # log-sum-exp, one fp32 a head, in rows of 32
        wide = q if self.kernel != "flash" else k  # only flash reads grouped heads as they are
        kernels: dict[Kernel, float] = {
            "flash": 4 * q + 4 * k + 4 * heads,  # fp16: queries, output; keys, values
            "mem-efficient": 4 * q + 4 * wide + 4 * heads * padded,
            "math": 12 * q,  # fp32: queries, and keys and values for every head
            "eager": 6 * q,  # fp16, the same three
        }
        scores = {"math": 4, "eager": 8}.get(self.kernel, 0)  # fp32 probabilities; eager: capped and fp16 ones too
        per_token = self.norms + self.shares("attention") + head_norms + kernels[self.kernel]
        return self.tokens * per_token + scores * self.scores

    def mlp_half(self) -> float:
        """What the MLP half of a layer keeps: gate, its activation, and up, in the type of the layers' outputs."""
        return self.tokens * (self.norms + self.shares("mlp") + 3 * self.rest * self.shape.intermediate)

    def layer(self) -> float:
        """What a layer keeps for its backward pass."""
        return self.attention_half() + self.mlp_half()

    def kept(self) -> dict[str, float]:
        """Activations that wait for the backward pass when the forward pass has ended."""
        if self.checkpointed:
            return {"activations kept": self.shape.layers * self.tokens * self.shape.hidden * self.rest}
        return {"activations kept": self.shape.layers * self.layer()}

    def cache(self) -> float:
        """Keys and values that a plain loop keeps; in fp16 they are those that attention keeps anyhow."""
        used = self.conditions.loop == "plain" and not self.checkpointed
        if not used or (self.rest == 2 and self.kernel in ("flash", "mem-efficient")):
            return 0
        return self.shape.layers * 2 * self.rest * self.shape.keys * self.tokens

    def stale(self) -> int:
        """The last step's embeddings and their gradient, which hang on the variable `loss` of a plain loop."""
        return 2 * self.rest * self.shape.hidden * self.tokens if self.conditions.loop == "plain" else 0

    def head_copy(self) -> int:
        """Autocast's fp16 copy of an output layer in fp32."""
        return 2 * self.shape.hidden * self.shape.vocab if self.rest == 4 else 0

    def layer_copies(self) -> float:
        """Autocast's fp16 copies of the adapter in the backward pass: of all layers, or of the recomputed one."""
        return 2 * self.trainable / (self.shape.layers if self.checkpointed else 1)

    def work(self) -> dict[str, float]:
        """Backward through an MLP: the gradients of gate and up, and one weight dequantised to fp16."""
        largest = max(each.inputs * each.outputs for each in self.shape.linears)
        return {
            "activations' gradients": self.tokens * (2 * self.rest * self.shape.intermediate + 8 * self.shape.hidden),
            "dequantised weight": 2 * largest if self.quantised else 0,
        }

    def slack(self, allocated: int, *, at_attention: bool) -> int:
        """What the allocator keeps beside the peak.

        Blocks of the loss are too large for a layer, and those of a layer too small for the loss: each phase finds some
        of the other's memory free and of no use. Over 98 measured peaks that came to an fp16 copy of the logits and one
        and three quarters of a layer without its scores, and for AdamW, which works on all tensors at once, half a copy
        of the adapter; where scores are written down and the peak is another moment, to between none and two of them.
        Two layers, one tensor of scores and a hundredth of all are taken: too much is the safe side.
        """
        written = 4 * self.scores if self.kernel in ("math", "eager") else 0
        layer = self.layer() - (2 * written if self.kernel == "eager" else written)
        workspace = 2 * self.trainable if self.config.training.optimizer == "adamw" else 0
        unfit = 2 * self.tokens * self.shape.vocab + 2 * layer + (0 if at_attention else written)
        return round(unfit + workspace + allocated / 100)


def nf4_bytes(weights: int, *, double_quant: bool) -> int:
    """One matrix in NF4: half a byte a weight; a scale a block of 64: one byte and an fp32 for 256 of them, or an fp32.

    bitsandbytes keeps three small tables with each matrix, of 64 bytes, 1 KiB and (double quantisation) 4 bytes, in
    allocations of at least 512 bytes.
    """
    blocks = -(-weights // 64)
    if not double_quant:
        return -(-weights // 2) + 4 * blocks + 512
    return -(-weights // 2) + blocks + 4 * -(-blocks // 256) + 2048


def _state_bytes(size: int, *, paged: bool) -> int:
    """The 8-bit optimizer's states of one tensor that stay in the allocator."""
    if size < EIGHT_BIT_FROM:
        return 8 * size
    scales = 2 * 4 * -(-size // 256)
    return scales if paged and size >= PAGED_FROM else 2 * size + scales


def _source(linear: Linear) -> str:
    """What a layer reads; layers that read the same tensor have the same source."""
    return linear.name if linear.name in ("o_proj", "down_proj") else linear.part


def _targets(shape: Architecture, names: tuple[str, ...]) -> tuple[Linear, ...]:
    """The layers of a block that get an adapter.

    Raises:
        ConfigError: the model has no layer of one of the names.
    """
    there = {each.name: each for each in shape.linears}
    missing = [name for name in names if name not in there]
    if missing:
        raise ConfigError(
            f"a {shape.family} model has no layer {missing[0]!r}.", f"Its layers are: {', '.join(there)}."
        )
    return tuple(there[name] for name in names)

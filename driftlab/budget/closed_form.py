"""How much memory a QLoRA step takes, by name, before anything is loaded: a closed form, no torch.

In: a decoder's `Architecture`, a `RunConfig`, `Conditions`. Out: a `Budget`: bytes by term at the moment of the peak,
allocated and reserved; `check` holds it against what a device offers.
A step's memory rises and falls. The closed form reckons the moments at which it can be highest, each as a sum of pieces
(`step_memory`), and takes the largest. How right that is stands in `STATED_ERROR`.
Does not: know mixtures of experts or other families than `architectures.FAMILIES` (`trace` takes most dense decoders), or
offloading; sliding windows save nothing here. For a CPU it is a rough estimate of the process's memory.

Letters as in the papers: T tokens in a batch, s tokens in its longest row, h hidden, f intermediate, q and k the widths
of queries and of keys, a heads, V vocabulary, L layers, r rank, P adapter weights, R bytes of what is not quantised:
4 (regime B: fp32, as peft's `prepare_model_for_kbit_training` leaves it and as driftlab opens a model) or 2 (regime A).
"""

import dataclasses
from typing import Literal

from driftlab.architectures import Architecture
from driftlab.budget.pieces import MIB, TRAINER_ON_T4, Conditions, StepMemory
from driftlab.config import RunConfig

Fits = Literal["yes", "no", "close"]
AT_ATTENTION = "attention's backward pass"

T4_USABLE_BYTES = int(14.74 * 2**30)
"""What a T4 of 16 GB offers to CUDA."""
LIBRARIES_BYTES = 560 * MIB
"""A process with torch's CPU build, transformers, peft, bitsandbytes and the statistics loaded: 532 MiB measured."""
STATED_ERROR = 0.03
"""How far the allocated peak was from the closed form at most, as a share of it, in either direction: 98 measured peaks
of nine models, median 0.2%. tests/test_budget.py holds it."""
STATED_ERROR_RESERVED = 0.20
"""The same of the reserved peak: from 4% too low to 18% too high, median 2%."""


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
    moment: str = ""
    """When in a step the peak comes."""

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
    shape: Architecture,
    config: RunConfig,
    conditions: Conditions = TRAINER_ON_T4,
    *,
    device: Literal["cuda", "cpu"] = "cuda",
) -> Budget:
    """The peak of training with `config`, at its full batch and length, without padding.

    Raises:
        ConfigError: an adapter is asked for on layers that the model does not have.
    """
    step = StepMemory(shape, config, conditions)
    if device == "cpu":
        return _on_cpu(step)
    moments = {
        "the end of the forward pass": _at_loss(step),
        "the loss's backward pass": _at_logits(step),
        "the last layer's backward pass": _at_mlp(step),
        AT_ATTENTION: _at_attention(step),
        "the first layer's backward pass": _at_first_layer(step),
        "the optimizer's step": _at_update(step),
    }
    moment = max(moments, key=lambda name: sum(moments[name].values()))
    terms = {name: round(size) for name, size in moments[moment].items() if size}
    allocated = sum(terms.values())
    basis = f"closed form; {step.kernel} attention on rows without padding, {conditions.loop} loop"
    slack = step.slack(allocated, at_attention=moment == AT_ATTENTION)
    return Budget(terms, allocated + slack, conditions.context, basis, moment)


def _at_loss(step: StepMemory) -> dict[str, float]:
    """The forward pass has ended: fp16 logits, their fp32 copy, their log-softmax."""
    vocab = (10 + (2 if step.shape.logit_cap else 0)) * step.shape.vocab
    final = 8 * step.shape.hidden  # the last norm's input and output, and its input in fp32 where it is another
    return {
        **step.fixed(), **step.kept(),
        "fp16 copies": 2 * step.trainable + step.head_copy(),
        "key-value cache": step.cache(),
        "last step's embeddings": step.stale(),
        "logits and loss": step.tokens * (vocab + final),
    }  # fmt: skip


def _at_logits(step: StepMemory) -> dict[str, float]:
    """Backward through the loss: log-softmax, its gradient and that of the fp32 logits."""
    vocab = (12 + (2 if step.shape.logit_cap else 0)) * step.shape.vocab
    copies = step.head_copy() + (0 if step.checkpointed else 2 * step.trainable)
    return {
        **step.fixed(), **step.kept(),
        "fp16 copies": copies,
        "logits and loss": step.tokens * (vocab + 4 * step.shape.hidden),  # and the last norm's fp32 input
    }  # fmt: skip


def _at_mlp(step: StepMemory) -> dict[str, float]:
    """The last layer goes backward first, recomputed where it was not kept."""
    return {
        **step.fixed(), **step.kept(), **step.work(),
        "fp16 copies": step.layer_copies(),
        "activations recomputed": step.layer() if step.checkpointed else 0,
    }  # fmt: skip


def _at_first_layer(step: StepMemory) -> dict[str, float]:
    """The first layer goes backward last, when the gradients of all others are there and nothing else is kept."""
    return {
        **step.fixed(),
        **step.work(),
        "gradients": 4 * step.trainable,
        "activations recomputed": step.layer(),
    }


def _at_attention(step: StepMemory) -> dict[str, float]:
    """Backward through scores that were written down: the MLP half is done by then.

    Beside the probabilities that were kept there are, in the math kernel, three tensors of their size in fp32: their
    gradient, its product with them (PyTorch's softmax makes one), and the scores' gradient.
    """
    if step.kernel not in ("math", "eager"):
        return {}
    kept = sum(step.kept().values())
    return {
        **step.fixed(),
        "activations kept": kept if step.checkpointed else kept - step.mlp_half(),
        "fp16 copies": step.layer_copies(),
        "activations recomputed": step.attention_half() if step.checkpointed else 0,
        "attention": (12 if step.kernel == "math" else 10) * step.scores,
    }  # fmt: skip


def _at_update(step: StepMemory) -> dict[str, float]:
    """The optimizer's step; torch's AdamW works on all tensors at once and needs one more copy of them.

    Trainer takes the fused one (`driftlab.trainer`), which does not.
    """
    foreach = step.config.training.optimizer == "adamw" and step.conditions.loop == "plain"
    copy = 4 * step.trainable if foreach else 0
    return {**step.fixed(), "gradients": 4 * step.trainable, "optimizer workspace": copy}


def _on_cpu(step: StepMemory) -> Budget:
    """The process's memory: libraries, everything in fp32, dense weights after the quantisation's round trip."""
    adapter, tokens, shape = step.config.adapter, step.tokens, step.shape
    inputs = sum(each.inputs for each in step.targets)
    # norms, inputs and dropout masks of the targets, gate and up and their product, attention
    numbers = 2 * shape.hidden + 2 * inputs + adapter.rank * len(step.targets) + 3 * shape.intermediate
    layer = 4 * tokens * (numbers + 2 * shape.queries + 2 * shape.keys)
    if step.checkpointed:
        layer = layer // shape.layers + 4 * tokens * shape.hidden
    terms = {
        "Python and libraries": LIBRARIES_BYTES,
        "weights, dense fp32": 4 * shape.parameters,
        "adapter": 4 * step.trainable,
        "gradients": 4 * step.trainable,
        "optimizer states": 8 * step.trainable,
        "activations kept": shape.layers * layer,
        "logits and loss": 12 * tokens * shape.vocab,
    }
    # the C library keeps freed blocks; four fifths is what one pocket step showed
    slack = (terms["activations kept"] + terms["logits and loss"]) * 4 // 5
    basis = "rough estimate of the process's memory, for batches of full length"
    return Budget(terms, sum(terms.values()) + slack, 0, basis, "the loss's backward pass")

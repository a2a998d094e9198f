"""Calculators that are web pages or do not install beside us: their arithmetic, written anew.

In: a measured run. Out: bytes. Each function says where the arithmetic stands; tests/test_benchmark_estimators.py
holds it against numbers that the calculator itself gave.
Does not: improve on them, or cover what the benchmark does not ask (inference, several GPUs).

Letters: T tokens in a batch, s tokens in a row, h hidden, f intermediate, q and k the widths of queries and of keys,
a heads, V vocabulary, L layers, P parameters, r rank.
"""

import math
from typing import NamedTuple

from driftlab.architectures import Architecture
from memory_peers.measured import ATTENTION, Case, lora, sides

MIB, GIB = 2**20, 2**30
ALL_LINEAR = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
ONLY_ATTENTION = ALL_LINEAR[:4]


class Prediction(NamedTuple):
    """What a calculator says of a run, in bytes."""

    tensors: float
    """What the allocator hands out: the total without what the calculator adds for CUDA and fragments."""
    total: float | None
    """With that; None where it adds nothing."""


def vram_calc(case: Case) -> Prediction:
    """lix77777777/vram-calc 0.3, docs/formulas.md and src/vram_calc/memory.py; targets are all or attention's four."""
    targets = ONLY_ATTENTION if ATTENTION.issuperset(case.targets) else ALL_LINEAR
    adapter = lora(case.shape, targets, case.rank)
    states = 2 if case.optimizer == "adamw_8bit" else 8
    activations = vram_calc_activations(
        case.shape, case.seq, case.batch, checkpointing=case.checkpointing, eager=case.writes_scores, adapted=True
    )
    tensors = vram_calc_weights(case.shape, adapter) + (4 + states) * adapter + activations
    return Prediction(tensors, tensors * 1.08 + 0.75 * GIB)


def vram_calc_weights(shape: Architecture, adapter: int) -> float:
    """NF4 with double quantisation for the linear layers, two bytes for the rest, four for the adapter."""
    rest = shape.vocab * shape.hidden * (1 if shape.tied else 2) + (2 * shape.layers + 1) * shape.hidden
    return (shape.parameters - rest) * (0.5 + 0.127 / 8) + 2 * rest + 4 * adapter


def vram_calc_activations(
    shape: Architecture, seq: int, batch: int, *, checkpointing: bool, eager: bool, adapted: bool
) -> float:
    """A layer keeps T(31h + 8f), and 6Tas where attention writes its scores down; logits 3TV; an adapter adds 13%."""
    tokens = seq * batch
    layer = tokens * (31 * shape.hidden + 8 * shape.intermediate + (6 * shape.heads * seq if eager else 0))
    layers = 2 * shape.layers * tokens * shape.hidden + layer if checkpointing else shape.layers * layer
    return (layers + 3 * tokens * shape.vocab) * (1.13 if adapted else 1)


def gpu_poor(case: Case) -> Prediction:
    """RahulSChand/gpu_poor, src/App.js, "QLoRA" with Adam: rank 8 of attention and eager attention, whatever is asked.

    Its float factors are collected here; 650 MiB are its "cuda + other overhead".
    """
    shape = case.shape
    h, f, layers = shape.hidden, shape.intermediate, shape.layers
    parameters = 2 * shape.vocab * h + layers * (4 * h * h + 3 * h * f)
    activations = layers * case.tokens * (32 * h + 12 * f + 8 * shape.heads * case.seq + 8)
    workspace = 37.5 * layers * (15 * h + 6 * f) * math.sqrt(max(1.0, case.seq / 50)) * case.batch
    kept = 0.15 if case.checkpointing else 1.0
    tensors = 0.58875 * parameters + 48 * layers * h + workspace + kept * activations
    return Prediction(tensors, tensors + 650 * MIB)


def fm_training_estimator(case: Case) -> Prediction:
    """IBM's fm-training-estimator 0.1.3, memory/qlora/qlora.py, the theory without its learned part.

    All weights in NF4, gradients and states in the precision asked for (fp16 here), and of the activations only the
    inputs of LoRA's matrices.
    """
    widths = [sides(case.shape)[name].inputs for name in case.targets]
    activations = 2 * case.tokens * (case.shape.hidden + case.shape.layers * sum(width + case.rank for width in widths))
    weights = (case.shape.parameters + case.adapter) * (0.5 + 0.015875)
    return Prediction(weights + 6 * case.adapter + activations, None)


def cookbook(case: Case) -> Prediction:
    """EleutherAI/cookbook, calc/calc_transformer_mem.py, one GPU, three linears an MLP: full fine-tuning with Adam."""
    shape = case.shape
    h, layers = shape.hidden, shape.layers
    attention = int(2 * (1 + shape.kv_heads / shape.heads) * layers * h * h)
    parameters = (2 * shape.vocab + case.seq + 8 * layers + 2) * h + attention + 3 * layers * h * shape.intermediate
    scores = 0 if case.checkpointing else 5 * shape.heads * case.seq
    return Prediction(18 * parameters + case.tokens * layers * (34 * h + scores), None)


def furiousteabag(case: Case) -> Prediction:
    """furiousteabag/vram-calculator, app/_lib/index.ts, mixed precision, Adam: full fine-tuning, no checkpointing."""
    parts = furiousteabag_parts(case.shape, case.seq, case.batch)
    total = sum(parts.values())
    return Prediction(total - parts["CUDA kernels"], total)


def furiousteabag_parts(shape: Architecture, seq: int, batch: int) -> dict[str, int]:
    """The lines of its page."""
    tokens, q, k = seq * batch, shape.heads * shape.head_dim, shape.kv_heads * shape.head_dim
    layer = tokens * (10 * shape.hidden + 4 * q + 4 * k + 4 * shape.intermediate + 5 * shape.heads * seq)
    return {
        "CUDA kernels": 1000 * MIB,
        "parameters": 6 * shape.parameters,
        "activations": shape.layers * layer,
        "gradients": 4 * shape.parameters,
        "first moments": 4 * shape.parameters,
        "second moments": 4 * shape.parameters,
        "output": 8 * tokens * shape.vocab,
    }

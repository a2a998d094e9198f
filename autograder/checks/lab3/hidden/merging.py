"""Layers with an adapter, what merging them comes to, and what slips make of it.

In: a generator. Out: plain lists, for `public.test_merge.layer`.
Does not: count parameters (`reference` does).
"""

import math
import random
from typing import Any

import numpy as np

Matrix = Any
KINDS = ((5, 4, 3, False), (4, 4, 2, False), (6, 5, 3, True), (4, 4, 3, True))
"""Out, in, rank, rslora. With square layers, a product that is turned round raises nothing."""


def layers(rng: random.Random) -> list[tuple[Any, ...]]:
    """One of each kind."""
    return [_layer(rng, *kind) for kind in KINDS]


def _layer(rng: random.Random, out: int, inside: int, rank: int, rslora: bool) -> tuple[Any, ...]:
    def drawn(*shape: int) -> Matrix:
        return np.array([[round(rng.uniform(-1, 1), 2) for _ in range(shape[1])] for _ in range(shape[0])])

    weight, a, b = drawn(out, inside), drawn(rank, inside), drawn(out, rank)
    alpha = rng.choice([4, 5, 7, 8])
    config = {"r": rank, "lora_alpha": alpha, "use_rslora": rslora}
    scale = alpha / math.sqrt(rank) if rslora else alpha / rank
    slips = [(name, value.tolist()) for name, value in _slips(weight, b @ a, alpha, rank, rslora)]
    return (weight.tolist(), a.tolist(), b.tolist(), config, (weight + scale * (b @ a)).tolist(), slips)


def _slips(weight: Matrix, product: Matrix, alpha: int, rank: int, rslora: bool) -> list[tuple[str, Matrix]]:
    scale, root = (alpha / math.sqrt(rank) if rslora else alpha / rank), math.sqrt(rank)
    return [
        ("alpha-not-divided", weight + alpha * product),
        ("scale-turned-round", weight + (root if rslora else rank) / alpha * product),
        ("scale-turned-round", weight + rank / alpha * product),
        ("scale-left-out", weight + product),
        ("only-one-over-r", weight + product / rank),
        ("subtracted", weight - scale * product),
        ("update-alone", scale * product),
        ("root-left-out" if rslora else "root-always-taken", weight + alpha / (rank if rslora else root) * product),
        ("turned-round", weight + scale * product.T.reshape(weight.shape)),
    ]

"""Which examples are trained on together and in what order, and how they become tensors.

In: rows and their lengths, settings, a seed. Out: a plan (every forward pass, as row numbers), and padded batches.
Rows of like length share a batch, so that little is padded; the plan follows from the seed alone, on every machine.
Does not: cut rows (`data` does), drop the last batch, or look at what a row says.
"""

import math
import random
from collections.abc import Sequence
from typing import TYPE_CHECKING

from driftlab.config import Training
from driftlab.data import MASKED, TokenRow

if TYPE_CHECKING:
    import torch

Batch = tuple[int, ...]
WINDOW = 8
"""Batches whose rows are sorted by length together. Larger windows pad less and mix less."""


def plan(lengths: Sequence[int], training: Training, seed: int) -> list[Batch]:
    """Every forward pass of the training, in order. A whole epoch holds every row once.

    The first batch of the first epoch has the longest row: where memory is short, that shows at once.
    """
    per_epoch = math.ceil(len(lengths) / training.batch_size)
    wanted = max(1, math.ceil(training.epochs * per_epoch)) if lengths else 0
    batches: list[Batch] = []
    for epoch in range(math.ceil(wanted / per_epoch) if wanted else 0):
        batches += _epoch(lengths, training.batch_size, random.Random(f"batches {seed} {epoch}"))  # noqa: S311
    if batches:
        longest = max(range(per_epoch), key=lambda n: max(lengths[row] for row in batches[n]))
        batches[0], batches[longest] = batches[longest], batches[0]
    return batches[:wanted]


def planned_steps(rows: int, training: Training) -> int:
    """Optimizer steps of a training on that many rows."""
    return math.ceil(math.ceil(training.epochs * math.ceil(rows / training.batch_size)) / training.accumulation)


def _epoch(lengths: Sequence[int], size: int, chance: random.Random) -> list[Batch]:
    order = list(range(len(lengths)))
    chance.shuffle(order)
    batches: list[Batch] = []
    for start in range(0, len(order), size * WINDOW):
        window = sorted(order[start : start + size * WINDOW], key=lambda row: lengths[row])
        batches += [tuple(window[n : n + size]) for n in range(0, len(window), size)]
    chance.shuffle(batches)
    return batches


def by_length(lengths: Sequence[int], size: int) -> list[Batch]:
    """All rows once, the longest first: the order in which nothing is learnt from."""
    order = sorted(range(len(lengths)), key=lambda row: -lengths[row])
    return [tuple(order[n : n + size]) for n in range(0, len(order), size)]


def collate(rows: Sequence[TokenRow], pad: int, width: int | None = None) -> "dict[str, torch.Tensor]":
    """Input ids and labels of shape (rows, tokens), padded on the right to the longest row or to `width`.

    There is no attention mask: a causal model never looks to the right, where the padding is, and padding has no label,
    so a mask changes no number that counts and costs a slower attention kernel.
    """
    import torch

    width = width or max(len(row.input_ids) for row in rows)
    ids = [row.input_ids + [pad] * (width - len(row.input_ids)) for row in rows]
    labels = [row.labels + [MASKED] * (width - len(row.labels)) for row in rows]
    return {"input_ids": torch.tensor(ids), "labels": torch.tensor(labels)}

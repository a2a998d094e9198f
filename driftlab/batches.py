"""Which examples are trained on together and in what order, and how they become tensors.

In: rows and their lengths, settings, a seed. Out: a plan (every forward pass, as row numbers), and padded batches.
Rows of like length share a batch, so that little is padded; the plan follows from the seed alone, on every machine.
Where several processes train together, each takes its part of every step (`share`).
Does not: cut rows (`data` does), drop the last batch, or look at what a row says.
"""

import math
import random
from collections.abc import Sequence
from typing import TYPE_CHECKING

from driftlab.config import Training
from driftlab.data import MASKED, TokenRow
from driftlab.errors import ConfigError

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


def share(batches: Sequence[Batch], training: Training, rank: int, count: int) -> tuple[list[Batch], int]:
    """One process's part of a plan, and how many forward passes it makes for a step.

    All parts of a step together hold the rows that one process alone would have, so the effective batch is the same.
    Forward passes are divided where that comes out even, else the rows of each. All processes make the same number of
    passes: where there is nothing left for one, its batch is empty.

    Raises:
        ConfigError: neither can be divided among so many processes.
    """
    size, accumulation = training.batch_size, training.accumulation
    if count == 1:
        return list(batches), accumulation
    if accumulation % count and size % count:
        raise ConfigError(
            f"a step of {accumulation} forward passes of {size} cannot be divided among {count} processes.",
            f"Give a multiple of {count} with --accumulation, or start fewer processes.",
        )
    own: list[Batch] = []
    for start in range(0, len(batches), accumulation):
        step = batches[start : start + accumulation]
        if accumulation % count:
            own += [batch[rank::count] for batch in step]
        else:
            mine = list(step[rank::count])
            own += mine + [()] * (math.ceil(len(step) / count) - len(mine))
    return own, accumulation if accumulation % count else accumulation // count


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
    so a mask changes no number that counts and costs a slower attention kernel. No rows make one token without a label.
    """
    import torch

    width = width or max((len(row.input_ids) for row in rows), default=1)
    rows = rows or [TokenRow("", [pad], [MASKED])]
    ids = [row.input_ids + [pad] * (width - len(row.input_ids)) for row in rows]
    labels = [row.labels + [MASKED] * (width - len(row.labels)) for row in rows]
    return {"input_ids": torch.tensor(ids), "labels": torch.tensor(labels)}

"""Which examples are trained on together and in what order, and how they become tensors.

In: rows and their lengths, settings, a seed. Out: a plan (every forward pass, as row numbers), and padded batches.
Rows of like length share a batch, so that little is padded; the plan follows from the seed alone, on every machine.
Or several examples are packed into a row, each with positions of its own and blind to the others.
Where several processes train together, each takes its part of every step (`share`).
Does not: cut rows (`data` does), drop the last batch, or look at what a row says.
"""

import math
import random
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from driftlab.config import Training
from driftlab.data import MASKED, TokenRow
from driftlab.errors import ConfigError
from driftlab.lengths.counting import pack

if TYPE_CHECKING:
    import torch

Batch = tuple[int, ...]
WINDOW = 8
"""Batches whose rows are sorted by length together. Larger windows pad less and mix less."""


LONGEST_PACKED = 8192
"""Tokens of a packed row: who may look at whom is one byte for each pair of tokens, 64 MiB a row at this length."""


class PackedRow(NamedTuple):
    """Several examples, one behind the other; `lengths` are theirs. No label stands on an example's first token."""

    id: str
    input_ids: list[int]
    labels: list[int]
    lengths: tuple[int, ...]


Rows = Sequence[TokenRow] | Sequence[PackedRow]


def pack_rows(rows: Sequence[TokenRow], capacity: int, seed: int) -> list[PackedRow]:
    """The examples in rows of at most `capacity` tokens: the longest first, each into the first row that has room.

    Which of several examples of one length goes where follows from the seed.

    Raises:
        ConfigError: the rows would be longer than a packed row may be.
    """
    if capacity > LONGEST_PACKED:
        raise ConfigError(
            f"rows of {capacity:,} tokens cannot be packed; the most is {LONGEST_PACKED:,}.",
            "Lower --max-length, or give --batching sorted.",
        )
    order = list(range(len(rows)))
    random.Random(f"packs {seed}").shuffle(order)  # noqa: S311  (no secret)
    waiting: dict[int, list[TokenRow]] = {}
    for number in order:
        waiting.setdefault(len(rows[number].input_ids), []).append(rows[number])
    return [_packed([waiting[length].pop() for length in row]) for row in pack(map(len, _ids(rows)), capacity)]


def _ids(rows: Sequence[TokenRow]) -> list[list[int]]:
    return [row.input_ids for row in rows]


def _packed(rows: Sequence[TokenRow]) -> PackedRow:
    return PackedRow(
        id=" ".join(row.id for row in rows),
        input_ids=[token for row in rows for token in row.input_ids],
        # The first token of an example would be learnt from the last one of the example before it.
        labels=[label for row in rows for label in (MASKED, *row.labels[1:])],
        lengths=tuple(len(row.input_ids) for row in rows),
    )


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


def collate(rows: Rows, pad: int, width: int | None = None) -> "dict[str, torch.Tensor]":
    """Input ids and labels of shape (rows, tokens), padded on the right to the longest row or to `width`.

    There is no attention mask: a causal model never looks to the right, where the padding is, and padding has no label,
    so a mask changes no number that counts and costs a slower attention kernel. Packed rows need one, and positions.
    No rows make one token without a label.
    """
    import torch

    width = width or max((len(row.input_ids) for row in rows), default=1)
    rows = rows or [TokenRow("", [pad], [MASKED])]
    ids = [row.input_ids + [pad] * (width - len(row.input_ids)) for row in rows]
    labels = [row.labels + [MASKED] * (width - len(row.labels)) for row in rows]
    batch = {"input_ids": torch.tensor(ids), "labels": torch.tensor(labels)}
    lengths = [row.lengths for row in rows if isinstance(row, PackedRow)]
    return batch | separated(lengths, width) if lengths else batch


def separated(lengths: Sequence[Sequence[int]], width: int) -> "dict[str, torch.Tensor]":
    """Positions that begin anew with each example, and a mask by which none looks into another one.

    The mask has the shape (rows, 1, tokens, tokens); True where the token of the row may look at that of the column.
    Padding is a last example of its own, so that no token is left with nothing to look at.
    """
    import torch

    parts = [[*row, width - sum(row)] for row in lengths]
    positions = torch.tensor([[place for part in row for place in range(part)] for row in parts])
    owners = torch.tensor([[number for number, part in enumerate(row) for _ in range(part)] for row in parts])
    same = owners[:, None, :, None] == owners[:, None, None, :]
    return {"position_ids": positions, "attention_mask": same & torch.ones(width, width, dtype=torch.bool).tril()}

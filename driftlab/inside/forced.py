"""The same tokens read by the model with its adapter and without: what each thinks comes next, position by position.

In: a model with an adapter, rows of tokens, and the positions to look at. Out: log-probabilities and divergences, in
nats. Nothing is generated: one forward pass with the adapter and one without it say all about a batch of rows.
Rows of like length share a batch, padded on the right, where no position looks: so no mask is needed. Scores over the
vocabulary are made for the positions that are looked at alone, and only so many at once: not all fit into memory for
large vocabularies.
Does not: train, choose what is read, or average.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from driftlab.models import OpenedModel, memory_errors
from driftlab.quiet import quiet

SCORES = 2**22
"""Scores over the vocabulary that are held at once, in each of about six tensors of fp32: 16 MiB each. One row is
always read whole; with 64 positions and 128,000 tokens in the vocabulary that takes twice as much."""


class Watch(NamedTuple):
    """Sets of next tokens whose probability is summed."""

    these: frozenset[int]
    apart: frozenset[int]
    """Neither counted with these nor with the rest."""


class Row(NamedTuple):
    """Tokens to read, and the positions at which to look at what comes next."""

    ids: Sequence[int]
    looked: Sequence[int]
    """Positions in `ids`, ascending."""
    watched: Mapping[int, Watch] = {}
    """Some of these positions, with what is summed there."""


class Sides(NamedTuple):
    """A log-probability without the adapter and with it."""

    before: float
    after: float


class Look(NamedTuple):
    """What both think at one position."""

    kl: float
    """From the distribution without the adapter to the one with it: the mean of log p_before - log p_after where
    tokens are drawn from p_before. At least 0."""
    token: Sides | None
    """Of the row's own next token; None after its last one."""
    these: Sides | None = None
    rest: Sides | None = None


def read_both(opened: OpenedModel, rows: Sequence[Row], tokens_at_once: int) -> list[list[Look]]:
    """For each row a look at each of its positions, in their order.

    `tokens_at_once`: of a forward pass, padding counted; a longer row is read alone.

    Raises:
        ModelError: the device's memory does not suffice.
    """
    import torch

    found: list[list[Look]] = [[] for _ in rows]
    opened.model.eval()
    with quiet(), memory_errors("comparing before and after"), torch.inference_mode():
        for batch in _batches(rows, tokens_at_once, opened.architecture.vocab):
            chosen = [rows[n] for n in batch]
            for n, looks in zip(batch, _read(opened, chosen), strict=True):
                found[n] = looks
    return found


def _batches(rows: Sequence[Row], tokens_at_once: int, vocab: int) -> Iterator[list[int]]:
    """Rows of like length, the longest first, as many as the two limits allow."""
    batch: list[int] = []
    for n in sorted(range(len(rows)), key=lambda n: (-len(rows[n].ids), -_span(rows[n])[0])):
        if not rows[n].looked:
            continue
        more = [*batch, n]
        first, last = min(_span(rows[m])[0] for m in more), max(_span(rows[m])[1] for m in more)
        tokens, scores = len(more) * len(rows[more[0]].ids), len(more) * (last + 1 - first) * vocab
        if batch and (tokens > tokens_at_once or scores > SCORES):
            yield batch
            more = [n]
        batch = more
    if batch:
        yield batch


def _span(row: Row) -> tuple[int, int]:
    return (row.looked[0], row.looked[-1]) if row.looked else (0, 0)


def _read(opened: OpenedModel, rows: Sequence[Row]) -> list[list[Look]]:
    """One batch by both, and its looks."""
    import torch

    width, device = max(len(row.ids) for row in rows), opened.device
    pad = opened.tokenizer.pad_token_id
    first, last = min(_span(row)[0] for row in rows), max(_span(row)[1] for row in rows)
    inputs = {
        "input_ids": torch.tensor([[*row.ids, *[pad] * (width - len(row.ids))] for row in rows], device=device),
        "logits_to_keep": torch.arange(first, last + 1, device=device),
        "use_cache": False,
    }
    base = opened.model.get_base_model()
    after = base(**inputs).logits
    with opened.model.disable_adapter():
        before = base(**inputs).logits
    spots = [(number, position) for number, row in enumerate(rows) for position in row.looked]
    found: list[list[Look]] = [[] for _ in rows]
    for some in _portions(spots, before.shape[-1]):
        at = torch.tensor([number for number, _ in some], device=device)
        columns = torch.tensor([position - first for _, position in some], device=device)
        sides = [side[at, columns].float().log_softmax(-1) for side in (before, after)]
        for (number, _), look in zip(some, _looks(rows, some, sides[0], sides[1]), strict=True):
            found[number].append(look)
    return found


def _portions(spots: Sequence[tuple[int, int]], vocab: int) -> Iterator[Sequence[tuple[int, int]]]:
    size = max(1, SCORES // vocab)
    return (spots[start : start + size] for start in range(0, len(spots), size))


def _looks(rows: Sequence[Row], spots: Sequence[tuple[int, int]], before: Any, after: Any) -> list[Look]:
    """Looks at some spots; `before` and `after`: (spots, vocabulary), log-probabilities."""
    import torch

    divergences = (before.exp() * (before - after)).sum(-1).clamp(min=0).tolist()
    nexts = [rows[number].ids[position + 1 : position + 2] for number, position in spots]
    index = torch.tensor([token[0] if token else 0 for token in nexts], device=before.device)[:, None]
    said = [[float(value) for value in side.gather(1, index)[:, 0].tolist()] for side in (before, after)]
    looks = [
        Look(kl, Sides(was, now) if token else None)
        for kl, was, now, token in zip(divergences, *said, nexts, strict=True)
    ]
    for n, (number, position) in enumerate(spots):
        watch = rows[number].watched.get(position)
        if watch is not None:
            (was, was_rest), (now, now_rest) = _summed(before[n], watch), _summed(after[n], watch)
            looks[n] = looks[n]._replace(these=Sides(was, now), rest=Sides(was_rest, now_rest))
    return looks


def _summed(scores: Any, watch: Watch) -> tuple[float, float]:
    """The log-probability of these tokens, and of the rest; each summed by itself, since one can be close to 1."""
    import torch

    these = torch.tensor(sorted(watch.these), dtype=torch.long, device=scores.device)
    rest = scores.clone()
    rest[torch.tensor(sorted(watch.these | watch.apart), dtype=torch.long, device=scores.device)] = -torch.inf
    return float(scores[these].logsumexp(0)), float(rest.logsumexp(0))

"""Rows under way: keys and values in slots that are used again, so that a new prompt takes the place of an ended one.

In: an opened model; prompts for empty slots. Out: the most likely next token of every slot, step by step.
All slots write the same column next, and a row's own columns end there: a new prompt is written so that it ends where
the others stand, and nothing of theirs moves. What lies before a row's first column is masked for it. Columns that no
row needs any more are cut off on the left. Nothing is joined anew at each step, as transformers' own cache does.
Does not: know what ends a row, or what comes next; read logits other than the most likely token.
"""

import functools
from collections.abc import Collection, Sequence
from typing import Any

from driftlab.models import OpenedModel

GROW = 64
"""Columns that are added when they run out, and that may lie unused on the left before they are cut off."""
READ_TOKENS = 1024
"""Tokens of prompts that are read in one forward pass, at most (one prompt may have more)."""


class Slots:
    """So many rows at once, each with a prompt that was read and a token that comes next."""

    def __init__(self, opened: OpenedModel, count: int) -> None:
        """`count` slots, all empty."""
        import torch

        self._opened = opened
        self._model = opened.model.get_base_model() if hasattr(opened.model, "get_base_model") else opened.model
        self._layers: list[Any] = []
        self._columns = Columns()
        self._next = torch.zeros(count, dtype=torch.long, device=opened.device)
        self._starts = [0] * count
        """The first column of each row."""

    def __len__(self) -> int:
        return len(self._next)

    def read(self, places: Sequence[int], prompts: Sequence[Sequence[int]]) -> list[int]:
        """Read a prompt into each of these slots, whatever stood there; the token that comes next in each.

        Into slots that are all empty any prompts fit; later ones must be no longer than the columns so far.
        """
        if not self._layers:
            self._columns.length = max(map(len, prompts))
        first, tokens = 0, []
        while first < len(prompts):
            width = max(map(len, prompts[first:]))
            last = first + max(1, READ_TOKENS // width)
            tokens += self._read(places[first:last], prompts[first:last])
            first = last
        return tokens

    def step(self) -> list[int]:
        """Read the token that came next in every slot; the token that follows it in each."""
        import torch

        length = self._columns.length
        starts = torch.tensor(self._starts, device=self._next.device)[:, None]
        output: Any = self._model(
            input_ids=self._next[:, None],
            attention_mask=torch.arange(length + 1, device=self._next.device) >= starts,
            position_ids=length - starts,
            past_key_values=_cache(self._layers),
            use_cache=True,
            logits_to_keep=1,
        )
        self._columns.length += 1
        self._next = output.logits[:, -1].argmax(-1)
        return [int(token) for token in self._next.tolist()]

    def keep(self, places: Sequence[int]) -> None:
        """Go on with these slots only, in this order."""
        import torch

        index = torch.tensor(places, device=self._next.device)
        self._next, self._starts = self._next[index], [self._starts[place] for place in places]
        for layer in self._layers:
            layer.keys, layer.values = layer.keys[index], layer.values[index]

    def trim(self, going: Collection[int], widest: int) -> None:
        """Cut off the columns that none of the slots `going` needs; a prompt of `widest` tokens must still fit."""
        spare = min(min(self._starts[place] for place in going), self._columns.length - widest)
        if spare < GROW:
            return
        end = self._columns.length
        for layer in self._layers:
            for kept in (layer.keys, layer.values):
                kept[:, :, : end - spare] = kept[:, :, spare:end].clone()
        self._columns.length = end - spare
        # Rows that have ended may have begun before; what is left of them is of no use to anybody.
        self._starts = [max(0, start - spare) for start in self._starts]

    def _read(self, places: Sequence[int], prompts: Sequence[Sequence[int]]) -> list[int]:
        import torch
        from transformers import DynamicCache

        width, device = max(map(len, prompts)), self._opened.device
        pad = self._opened.tokenizer.pad_token_id
        ids = torch.tensor([[pad] * (width - len(row)) + list(row) for row in prompts], device=device)
        mask = torch.tensor([[0] * (width - len(row)) + [1] * len(row) for row in prompts], device=device)
        read: Any = DynamicCache()  # no window in it, and none of its columns is let go of
        output: Any = self._model(
            input_ids=ids,
            attention_mask=mask,
            position_ids=(mask.cumsum(-1) - 1).clamp(min=0),
            past_key_values=read,
            use_cache=True,
            logits_to_keep=1,
        )
        index = torch.tensor(places, device=device)
        if not self._layers:
            self._layers = [_layer_class()(self._columns, len(self), layer) for layer in read.layers]
        for layer, new in zip(self._layers, read.layers, strict=True):
            _write(layer.keys, index, new.keys, self._columns.length)
            _write(layer.values, index, new.values, self._columns.length)
        tokens = output.logits[:, -1].argmax(-1)
        self._next[index] = tokens
        for place, row in zip(places, prompts, strict=True):
            self._starts[place] = self._columns.length - len(row)
        return [int(token) for token in tokens.tolist()]


class Columns:
    """How many columns are in use: one number that all layers share."""

    length = 0


def _cache(layers: list[Any]) -> Any:
    from transformers import Cache

    return Cache(layers=layers)


def _write(kept: Any, index: Any, new: Any, end: int) -> None:
    """A prompt's columns into slots, so that they end where all others stand."""
    kept[index, :, end - new.shape[-2] : end] = new


def _longer(kept: Any) -> Any:
    """The same with room for more columns. Zeros, not whatever is there: a masked NaN is still a NaN."""
    slots, heads, columns, width = kept.shape
    longer = kept.new_zeros(slots, heads, columns + GROW, width)
    longer[:, :, :columns] = kept
    return longer


@functools.cache
def _layer_class() -> type[Any]:
    """The keys and values of one layer: (slots, heads, columns, head's width), with room for more columns."""
    import torch
    from transformers import cache_utils

    mixin: Any = cache_utils.CacheLayerMixin

    class Layer(mixin):  # type: ignore[misc]
        is_sliding = False  # all columns are kept: where a model has a window, its mask sees to it

        def __init__(self, columns: Columns, slots: int, like: Any) -> None:
            super().__init__()
            self.columns = columns
            self.keys: torch.Tensor
            self.values: torch.Tensor
            heads, width = like.keys.shape[1], like.keys.shape[3]
            self.keys = like.keys.new_zeros(slots, heads, columns.length + GROW, width)
            self.values = torch.zeros_like(self.keys)
            self.is_initialized = True

        def update(self, keys: torch.Tensor, values: torch.Tensor, *args: Any, **kwargs: Any) -> Any:
            at = self.columns.length
            if at == self.keys.shape[-2]:
                self.keys, self.values = _longer(self.keys), _longer(self.values)
            self.keys[:, :, at], self.values[:, :, at] = keys[:, :, 0], values[:, :, 0]
            return self.keys[:, :, : at + 1], self.values[:, :, : at + 1]

        def get_seq_length(self) -> int:
            return self.columns.length

        def get_mask_sizes(self, query_length: int) -> tuple[int, int]:
            return self.columns.length + query_length, 0

        def get_max_length(self) -> int:
            return -1

        get_max_cache_shape = get_max_length  # its name before transformers 5.17

        def lazy_initialization(self, key_states: torch.Tensor, value_states: torch.Tensor) -> None:
            """Nothing is left to be made ready."""

    return Layer

"""The loop that keeps a batch full: every row's answer is its own, whoever sat in its slot before."""

import dataclasses
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from driftlab import generate, slots
from driftlab.errors import ModelError
from driftlab.generate import decode
from driftlab.kept import Said
from driftlab.models import OpenedModel
from driftlab.quiet import quiet

FAMILIES: dict[str, dict[str, Any]] = {
    "llama": {},
    "mistral": {"sliding_window": 12},  # answers run past the window, and so do some prompts
    "qwen2": {"use_sliding_window": True, "sliding_window": 9, "max_window_layers": 1},
    "qwen3": {"head_dim": 16},
}
PROMPTS = [[1, 5, *range(40 + n, 40 + n + 1 + 7 * n % 23), 6] for n in range(24)]
LIMITS = [1 + 11 * n % 30 for n in range(24)]


def of_family(family: str, opened: OpenedModel) -> OpenedModel:
    """A model of that family with random weights, in place of the opened one."""
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM

    shape: dict[str, Any] = {
        "vocab_size": 320, "hidden_size": 64, "intermediate_size": 96, "num_hidden_layers": 2,
        "num_attention_heads": 4, "num_key_value_heads": 2, "max_position_embeddings": 128, "initializer_range": 0.25,
        "tie_word_embeddings": False, "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2,
    }  # fmt: skip
    torch.manual_seed(0)
    config = AutoConfig.for_model(family, **shape, **FAMILIES[family])
    with quiet():
        model = AutoModelForCausalLM.from_config(config, attn_implementation="sdpa").eval()
    return dataclasses.replace(opened, model=model)


def alone(opened: OpenedModel, prompt: list[int], limit: int) -> list[int]:
    """The tokens that transformers' own greedy generation gives for one prompt."""
    import torch
    from transformers import GenerationConfig

    plain = GenerationConfig(do_sample=False, max_new_tokens=limit, pad_token_id=0, eos_token_id=[2])
    ids = torch.tensor([prompt])
    with quiet():
        made = opened.model.generate(input_ids=ids, attention_mask=torch.ones_like(ids), generation_config=plain)
    return [int(token) for token in made[0, len(prompt) :]]


@pytest.mark.parametrize("family", FAMILIES)
def test_a_slot_that_is_used_again_knows_nothing_of_who_sat_there(
    opened: OpenedModel, family: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Five slots for 24 prompts of all lengths, columns that run out and are cut off every three steps."""
    monkeypatch.setattr(slots, "GROW", 3)
    monkeypatch.setattr(slots, "READ_TOKENS", 20)
    opened = of_family(family, opened)
    said = decode(opened, PROMPTS, LIMITS, at_once=5)
    for prompt, limit, each in zip(PROMPTS, LIMITS, said, strict=True):
        tokens = alone(opened, prompt, limit)
        assert each == Said(tokens[:-1] if tokens[-1] == 2 else tokens, len(tokens), tokens[-1] == 2)


# --- the loop by itself, with rows whose tokens are known ---


class Scripted:
    """Slots that say what a script has for each prompt, and see that they are used as they must be."""

    scripts: Sequence[Sequence[int]] = ()
    most = 10**9

    def __init__(self, opened: Any, count: int) -> None:
        self.refuse_above(count)
        self.rows: list[Iterator[int] | None] = [None] * count
        self.length = 0

    def __len__(self) -> int:
        return len(self.rows)

    def refuse_above(self, count: int) -> None:
        import torch

        if count > self.most:
            raise torch.OutOfMemoryError("too many rows")

    def read(self, places: Sequence[int], prompts: Sequence[Sequence[int]]) -> list[int]:
        assert len(set(places)) == len(places) == len(prompts) > 0
        self.length = self.length or max(map(len, prompts))
        assert all(len(prompt) <= self.length for prompt in prompts), "a prompt must end where the others stand"
        for place, prompt in zip(places, prompts, strict=True):
            self.rows[place] = iter(self.scripts[prompt[0]])
        return [self._next(place) for place in places]

    def step(self) -> list[int]:
        self.length += 1
        return [self._next(place) for place in range(len(self.rows))]

    def keep(self, places: Sequence[int]) -> None:
        self.rows = [self.rows[place] for place in places]

    def trim(self, going: Any, widest: int) -> None:
        self.length = max(widest, 1, self.length - 2)

    def _next(self, place: int) -> int:
        row = self.rows[place]
        return 99 if row is None else next(row, 99)


ROWS = st.lists(st.tuples(st.integers(0, 12), st.integers(1, 15), st.integers(1, 9)), min_size=1, max_size=40)


@settings(max_examples=80)
@given(ROWS, st.integers(1, 50), st.integers(1, 50))
def test_every_row_is_answered_to_its_end_in_the_order_of_the_prompts(
    rows: list[tuple[int, int, int]], at_once: int, most: int
) -> None:
    """Answers of random lengths, limits and prompts; a device that holds so many rows at most."""
    scripts = [[*(100 + n for n in range(length)), 2] for length, _, _ in rows]
    ended = 0

    def on_end() -> None:
        nonlocal ended
        ended += 1

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(generate, "Slots", Scripted)
        patch.setattr(Scripted, "scripts", scripts)
        patch.setattr(Scripted, "most", most)
        prompts = [[n] * width for n, (_, _, width) in enumerate(rows)]
        limits = [limit for _, limit, _ in rows]
        said = decode(None, prompts, limits, at_once=at_once, ends=frozenset({2}), on_end=on_end)  # type: ignore[arg-type]
    for (length, limit, _), script, each in zip(rows, scripts, said, strict=True):
        finished = length + 1 <= limit
        assert each == Said(script[: length if finished else limit], min(length + 1, limit), finished)
    assert ended == len(rows)


def test_memory_that_does_not_suffice_for_one_row_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generate, "Slots", Scripted)
    monkeypatch.setattr(Scripted, "most", 0)
    with pytest.raises(ModelError, match="out of memory while answering"):
        decode(None, [[0], [1]], [4, 4], at_once=2, ends=frozenset({2}))  # type: ignore[arg-type]

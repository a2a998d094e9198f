"""Ask a model: greedy decoding in batches, the same code before and after fine-tuning.

In: an opened model, with an adapter or without, and probes. Out: one `Answer` a probe, in the order of the probes.
Prompts of like length share a batch, padded on the left; a row leaves the batch when its answer has ended, and the
batch ends with its last row. Token for token this is what `model.generate(do_sample=False)` says to one prompt alone.
Settings that a model ships for its answers (temperature, penalties, suppressed tokens) play no part; only its
end-of-turn tokens do.
Does not: sample, train, or look at what was asked or answered.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from driftlab.chat import prompt_ids
from driftlab.config import Generation
from driftlab.errors import ConfigError, DataError
from driftlab.models import OpenedModel, memory_errors
from driftlab.quiet import quiet
from driftlab.records import Answer, Message, Phase, Probe

OnProgress = Callable[[int, int], None]
COMPACT_BELOW = 0.75
"""A batch is made smaller once fewer than this share of its rows go on: copying the cache costs about one step."""


class Decoded(NamedTuple):
    """An answer in tokens, its end-of-turn token left out. `drawn` counts that one too."""

    tokens: list[int]
    drawn: int
    finished: bool


def generate(
    opened: OpenedModel,
    prompts: Sequence[Probe],
    settings: Generation,
    *,
    phase: Phase,
    on_progress: OnProgress | None = None,
) -> list[Answer]:
    """Answer every probe. An answer's `tokens` include its end-of-turn token; its text has no surrounding space.

    Raises:
        ConfigError: the limit or the batch size is under 1.
        DataError: a prompt does not fit the model's window or its chat template.
        ModelError: the device's memory does not suffice.
    """
    if settings.max_new_tokens < 1 or settings.batch_size < 1:
        raise ConfigError(
            f"{settings.max_new_tokens} new tokens in batches of {settings.batch_size} were asked for.",
            "Give 1 or more of each.",
        )
    ids = prompt_ids(opened.tokenizer, [_messages(probe) for probe in prompts])
    limits = [_limit(opened, probe, row, settings) for probe, row in zip(prompts, ids, strict=True)]
    # The longest first: where memory is short, that shows at once.
    order = sorted(range(len(ids)), key=lambda n: -len(ids[n]))
    answers: list[Answer | None] = [None] * len(ids)
    opened.model.eval()
    for start in range(0, len(order), settings.batch_size):
        batch = order[start : start + settings.batch_size]
        decoded = decode(opened, [ids[n] for n in batch], [limits[n] for n in batch])
        for n, answer in zip(batch, decoded, strict=True):
            text = opened.tokenizer.decode(answer.tokens, skip_special_tokens=True).strip()
            answers[n] = Answer(prompts[n].id, phase, text, answer.drawn, answer.finished)
        if on_progress:
            on_progress(start + len(batch), len(order))
    return [answer for answer in answers if answer is not None]


def _messages(probe: Probe) -> tuple[Message, ...]:
    system = (Message("system", probe.system),) if probe.system is not None else ()
    return (*system, Message("user", probe.prompt))


def _limit(opened: OpenedModel, probe: Probe, ids: Sequence[int], settings: Generation) -> int:
    """How many tokens may follow a prompt: never more than the model has positions for."""
    room = opened.architecture.positions - len(ids)
    if room < 1:
        raise DataError(
            f"probe {probe.id!r} has {len(ids)} tokens; {opened.source!r} reads {opened.architecture.positions}.",
            "Shorten that probe, or take it out.",
        )
    return min(settings.max_new_tokens, room)


def end_ids(opened: OpenedModel) -> frozenset[int]:
    """The tokens that end an answer: what the model's own settings name, and its tokenizer's end of sequence."""
    ends: set[int | None] = set()
    for settings in (opened.model.generation_config, opened.model.config, opened.tokenizer):
        named = getattr(settings, "eos_token_id", None)
        ends |= set(named if isinstance(named, list | tuple) else [named])
    return frozenset(end for end in ends if end is not None)


def decode(opened: OpenedModel, prompts: Sequence[list[int]], limits: Sequence[int]) -> list[Decoded]:
    """The most likely continuation of each prompt, token by token, until all have ended."""
    import torch

    ends = end_ids(opened)
    drawn: list[list[int]] = [[] for _ in prompts]
    # No autocast: 4-bit layers compute in their own type anyway, and in 16 bits the output layer would tie tokens.
    with quiet(), memory_errors("answering"), torch.inference_mode():
        state = _Batch(opened, prompts)
        # Places in the batch whose answers go on, and whose answers they are.
        going = [(row, row) for row in range(len(prompts))]
        while going:
            tokens = state.step()
            for place, row in going:
                drawn[row].append(tokens[place])
            going = [(place, row) for place, row in going if not _ended(drawn[row], limits[row], ends)]
            if 0 < len(going) < COMPACT_BELOW * len(tokens):
                state.keep([place for place, _ in going])
                going = [(place, row) for place, (_, row) in enumerate(going)]
    return [_decoded(tokens, ends) for tokens in drawn]


def _ended(tokens: list[int], limit: int, ends: frozenset[int]) -> bool:
    return tokens[-1] in ends or len(tokens) >= limit


def _decoded(tokens: list[int], ends: frozenset[int]) -> Decoded:
    finished = tokens[-1] in ends
    return Decoded(tokens[:-1] if finished else tokens, len(tokens), finished)


class _Batch:
    """Rows under way: what was read (the cache) and what comes next."""

    def __init__(self, opened: OpenedModel, prompts: Sequence[list[int]]) -> None:
        import torch
        from transformers import DynamicCache

        width = max(map(len, prompts))
        pad = opened.tokenizer.pad_token_id
        self.model = opened.model.get_base_model() if hasattr(opened.model, "get_base_model") else opened.model
        self.cache = DynamicCache(config=self.model.config)
        self.ids = torch.tensor([[pad] * (width - len(row)) + row for row in prompts], device=opened.device)
        self.mask = torch.tensor([[0] * (width - len(row)) + [1] * len(row) for row in prompts], device=opened.device)
        self.positions = (self.mask.cumsum(-1) - 1).clamp(min=0)

    def step(self) -> list[int]:
        """Read `ids`, and return the most likely next token of every row."""
        import torch

        output: Any = self.model(
            input_ids=self.ids,
            attention_mask=self.mask,
            position_ids=self.positions,
            past_key_values=self.cache,
            use_cache=True,
            logits_to_keep=1,
        )
        tokens = output.logits[:, -1].argmax(-1)
        self.ids = tokens[:, None]
        self.mask = torch.cat([self.mask, self.mask.new_ones(len(tokens), 1)], dim=-1)
        self.positions = self.positions[:, -1:] + 1
        return [int(token) for token in tokens.tolist()]

    def keep(self, places: list[int]) -> None:
        """Go on with these rows only."""
        import torch

        index = torch.tensor(places, device=self.ids.device)
        self.cache.batch_select_indices(index)
        self.ids, self.mask, self.positions = self.ids[index], self.mask[index], self.positions[index]

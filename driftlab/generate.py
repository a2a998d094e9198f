"""Ask a model: greedy decoding in batches, the same code before and after fine-tuning.

In: an opened model, with an adapter or without, and probes. Out: one `Answer` a probe, in the order of the probes.
Prompts are taken by length, and a row that has ended makes room for the next one, so that the batch stays full. Token
for token this is what `model.generate(do_sample=False)` says to one prompt alone.
Settings that a model ships for its answers (temperature, penalties, suppressed tokens) play no part; only its
end-of-turn tokens do. What is kept of an earlier asking is not asked again. Where the caller can tell that the rest of
an answer would change nothing (`Settled`), nobody waits for it.
Does not: sample, train, or look at what was asked or answered.
"""

from collections import deque
from collections.abc import Callable, Sequence

from driftlab.chat import prompt_ids
from driftlab.config import Generation
from driftlab.errors import ConfigError, DataError
from driftlab.kept import Kept, Said
from driftlab.models import OpenedModel, memory_errors
from driftlab.provenance import usable_bytes
from driftlab.quiet import quiet
from driftlab.records import Answer, Message, Phase, Probe
from driftlab.slots import GROW, Slots

OnProgress = Callable[[int, int], None]
Settled = Callable[[str], bool]
"""From an answer so far to whether nothing that may follow could change what is made of it."""
REFILL = 4
"""New prompts are read once one in so many rows has ended: all others wait about a step for it."""
COMPACT_BELOW = 0.75
"""Where no prompt is left, a batch is made smaller once fewer than this share of its rows go on."""
ROUNDS = 8
"""So many batches of prompts are a part of the work; what a part said is kept at its end."""
LOOK_EVERY = 8
"""Tokens between two looks at whether an answer is settled."""
SHARE_OF_FREE = 0.7
"""Of a GPU's free memory, for keys and values; the rest is for reading prompts and for the next token's scores."""


def generate(
    opened: OpenedModel,
    prompts: Sequence[Probe],
    settings: Generation,
    *,
    phase: Phase,
    on_progress: OnProgress | None = None,
    kept: Kept | None = None,
    settled: Settled | None = None,
) -> list[Answer]:
    """Answer every probe. An answer's `tokens` include its end-of-turn token; its text has no surrounding space.

    An answer that was settled before its end is not finished, like one that the limit cut.

    Raises:
        ConfigError: the limit or the batch size is under 1.
        DataError: a prompt does not fit the model's window or its chat template.
        ModelError: the device's memory does not suffice.
    """
    found = say(opened, prompts, settings, on_progress=on_progress, kept=kept, settled=settled)
    texts = [_text(opened, each.tokens) for each in found]
    return [
        Answer(probe.id, phase, text, each.drawn, each.finished)
        for probe, text, each in zip(prompts, texts, found, strict=True)
    ]


def say(
    opened: OpenedModel,
    prompts: Sequence[Probe],
    settings: Generation,
    *,
    on_progress: OnProgress | None = None,
    kept: Kept | None = None,
    settled: Settled | None = None,
) -> list[Said]:
    """The same as `generate`, in tokens."""
    if settings.max_new_tokens < 1 or settings.batch_size < 1:
        raise ConfigError(
            f"{settings.max_new_tokens} new tokens in batches of {settings.batch_size} were asked for.",
            "Give 1 or more of each.",
        )
    ids = probe_ids(opened, prompts)
    limits = [_limit(opened, probe, row, settings) for probe, row in zip(prompts, ids, strict=True)]
    kept = Kept() if kept is None else kept
    opened.model.eval()
    done = 0

    def tell(more: int = 1) -> None:
        nonlocal done
        done += more
        if on_progress:
            on_progress(done, len(ids))

    for part in _parts([len(row) for row in ids], settings.batch_size):
        if all(n in kept.said for n in part):
            tell(len(part))
            continue
        at_once = rows_that_fit(opened, settings.batch_size, max(len(ids[n]) + limits[n] for n in part))
        said = decode(
            opened, [ids[n] for n in part], [limits[n] for n in part], at_once=at_once, settled=settled, on_end=tell
        )
        kept.add(dict(zip(part, said, strict=True)))
    _let_go(opened)
    return [kept.said[n] for n in range(len(ids))]


def probe_ids(opened: OpenedModel, prompts: Sequence[Probe]) -> list[list[int]]:
    """The tokens of each probe, up to where the assistant begins to speak.

    Raises:
        DataError: the chat template refuses it.
    """
    return prompt_ids(opened.tokenizer, [_messages(probe) for probe in prompts])


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


def _parts(lengths: Sequence[int], batch_size: int) -> list[list[int]]:
    """The prompts by length in parts of about equal size, whatever of them is known already: batches stay the same."""
    # The longest first: where memory is short, that shows at once.
    order = sorted(range(len(lengths)), key=lambda n: -lengths[n])
    count = max(1, round(len(order) / (ROUNDS * batch_size)))
    size = max(1, -(-len(order) // count))
    return [order[start : start + size] for start in range(0, len(order), size)]


def rows_that_fit(opened: OpenedModel, wanted: int, columns: int) -> int:
    """How many rows of so many tokens find room for their keys and values, at most `wanted` and at least one."""
    import torch

    if opened.device == "cpu":
        return wanted
    shape = opened.architecture
    size = opened.model.get_input_embeddings().weight.element_size()  # keys come in the type of the hidden states
    kept = torch.cuda.memory_reserved() - torch.cuda.memory_allocated()
    have = SHARE_OF_FREE * (usable_bytes(on_gpu=True) + kept)
    a_row = 2 * shape.layers * shape.keys * size * (columns + 2 * GROW)
    return max(1, min(wanted, int(have / a_row)))


def _let_go(opened: OpenedModel) -> None:
    """Give back what held keys and values: a training measures its own peak, and needs memory in one piece."""
    import torch

    if opened.device == "cuda":
        torch.cuda.empty_cache()


def end_ids(opened: OpenedModel) -> frozenset[int]:
    """The tokens that end an answer: what the model's own settings name, and its tokenizer's end of sequence."""
    ends: set[int | None] = set()
    for settings in (opened.model.generation_config, opened.model.config, opened.tokenizer):
        named = getattr(settings, "eos_token_id", None)
        ends |= set(named if isinstance(named, list | tuple) else [named])
    return frozenset(end for end in ends if end is not None)


def decode(
    opened: OpenedModel,
    prompts: Sequence[list[int]],
    limits: Sequence[int],
    *,
    at_once: int | None = None,
    ends: frozenset[int] | None = None,
    settled: Settled | None = None,
    on_end: Callable[[], None] | None = None,
) -> list[Said]:
    """The most likely continuation of each prompt, token by token, `at_once` rows at a time, until all have ended.

    `ends` are the tokens that end a row, where they are not the model's own. Out of memory, it goes on with half as
    many rows.

    Raises:
        ModelError: the device's memory does not suffice for a single row.
    """
    import torch

    rows = _Rows(opened, prompts, limits, end_ids(opened) if ends is None else ends, settled, on_end)
    count = min(at_once or len(prompts), len(prompts))
    # No autocast: 4-bit layers compute in their own type anyway, and in 16 bits the output layer would tie tokens.
    with quiet(), memory_errors("answering"), torch.inference_mode():
        while not rows.work(count):
            count //= 2
            torch.cuda.empty_cache()
    return rows.said()


class _Rows:
    """All rows of a part: those that wait, those under way, those that have ended."""

    def __init__(
        self,
        opened: OpenedModel,
        prompts: Sequence[list[int]],
        limits: Sequence[int],
        ends: frozenset[int],
        settled: Settled | None,
        on_end: Callable[[], None] | None,
    ) -> None:
        self._opened, self._prompts, self._limits, self._ends = opened, prompts, limits, ends
        self._settled, self._on_end = settled, on_end
        self._drawn: list[list[int]] = [[] for _ in prompts]
        self._waiting = deque(sorted(range(len(prompts)), key=lambda n: -len(prompts[n])))
        self._going: dict[int, int] = {}
        """Slots whose rows go on, and which rows those are."""

    def work(self, count: int) -> bool:
        """Go on with so many rows at once; False where that is too much for the device, and fewer could be tried."""
        import torch

        try:
            self._work(Slots(self._opened, count))
        except torch.OutOfMemoryError:
            if count == 1:
                raise
            for row in sorted(self._going.values(), key=lambda n: len(self._prompts[n])):
                self._drawn[row] = []
                self._waiting.appendleft(row)
            self._going = {}
            return False
        return True

    def said(self) -> list[Said]:
        """What came of the rows, in the order of the prompts."""
        finished = [bool(tokens) and tokens[-1] in self._ends for tokens in self._drawn]
        return [
            Said(tokens[:-1] if ended else tokens, len(tokens), ended)
            for tokens, ended in zip(self._drawn, finished, strict=True)
        ]

    def _work(self, slots: Slots) -> None:
        while self._waiting or self._going:
            free = [place for place in range(len(slots)) if place not in self._going]
            if self._waiting and len(free) * REFILL >= len(slots):
                self._read(slots, free)
                continue
            if not self._waiting and len(self._going) < COMPACT_BELOW * len(slots):
                slots.keep(list(self._going))
                self._going = dict(enumerate(self._going.values()))
            slots.trim(self._going, len(self._prompts[self._waiting[0]]) if self._waiting else 0)
            tokens = slots.step()
            self._draw({place: tokens[place] for place in self._going})

    def _read(self, slots: Slots, free: Sequence[int]) -> None:
        """The next prompts into slots that are free."""
        places = free[: len(self._waiting)]
        # Under way before they are read: should memory not suffice, they wait again.
        self._going |= {place: self._waiting.popleft() for place in places}
        tokens = slots.read(places, [self._prompts[self._going[place]] for place in places])
        self._draw(dict(zip(places, tokens, strict=True)))

    def _draw(self, tokens: dict[int, int]) -> None:
        for place, token in tokens.items():
            row = self._going[place]
            self._drawn[row].append(token)
            if self._over(row):
                del self._going[place]
                if self._on_end:
                    self._on_end()

    def _over(self, row: int) -> bool:
        drawn = self._drawn[row]
        if drawn[-1] in self._ends or len(drawn) >= self._limits[row]:
            return True
        if self._settled is None or len(drawn) % LOOK_EVERY:
            return False
        # Bytes that are no letter yet are still to come: what stands before them is the answer so far.
        return self._settled(_text(self._opened, drawn).rstrip("\ufffd").rstrip())


def _text(opened: OpenedModel, tokens: list[int]) -> str:
    return str(opened.tokenizer.decode(tokens, skip_special_tokens=True)).strip()

"""The text side of a chat model: its tokenizer, and its chat template applied to prompts and to whole conversations.

In: a model's folder; messages. Out: a tokenizer that can pad, token ids, and which of them the assistant says.
What the assistant says is found by applying the template to the conversation up to each answer and comparing, so it
needs no marks inside the template.
Does not: write a template itself, truncate, or pad.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from driftlab.architectures import Architecture
from driftlab.errors import DataError, ModelError
from driftlab.quiet import first_line, quiet
from driftlab.records import Message

FIXED_DATE = "01 Jan 2025"
"""For templates that write the day into the prompt (Llama 3 does): a run must not depend on when it is made."""
_TOKENIZER_FILES = ("tokenizer.json", "tokenizer.model", "vocab.json")


def open_tokenizer(folder: Path, source: str, shape: Architecture) -> Any:
    """The model's tokenizer, with a chat template and a pad token.

    Padding is masked by position, never by its id, so any token that is not the end of a turn may pad.

    Raises:
        ModelError: it is missing or damaged, has no chat template, no token to pad with, or ids the model lacks.
    """
    if not any((folder / name).is_file() for name in _TOKENIZER_FILES):
        raise ModelError(
            f"{source!r} has no tokenizer: none of {', '.join(_TOKENIZER_FILES)} is there.",
            "Fetch the model again with its tokenizer files.",
        )
    with quiet():
        from transformers import AutoTokenizer

        try:
            tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
        except Exception as error:  # tokenizers raises bare Exceptions for a damaged file
            raise ModelError(
                f"the tokenizer of {source!r} cannot be opened ({first_line(error)}).",
                "Fetch its tokenizer files again.",
            ) from error
    if not tokenizer.chat_template:
        raise ModelError(
            f"{source!r} has no chat template: it looks like a base model.",
            "Give the chat or instruct version of it, or put the right chat_template.jinja into its folder.",
        )
    if len(tokenizer) > shape.vocab:
        raise ModelError(
            f"the tokenizer of {source!r} has {len(tokenizer)} tokens, the model has {shape.vocab}.",
            "They do not belong together; fetch both from one place.",
        )
    _ensure_pad(tokenizer, source)
    return tokenizer


def _ensure_pad(tokenizer: Any, source: str) -> None:
    if tokenizer.pad_token_id is not None:
        return
    ends = {tokenizer.eos_token_id, tokenizer.bos_token_id}
    spare = [str(token) for token in tokenizer.added_tokens_decoder.values()]
    named = [token for mark in ("pad", "reserved") for token in spare if mark in token.lower()]
    for token in [tokenizer.unk_token, *named]:
        if token is not None and tokenizer.convert_tokens_to_ids(token) not in ends:
            tokenizer.pad_token = token
            return
    raise ModelError(
        f"the tokenizer of {source!r} has no pad token, no unknown token and none in reserve.",
        'Name one that is not the end of a turn in its tokenizer_config.json, such as "pad_token": "<pad>".',
    )


class Conversation(NamedTuple):
    """A templated conversation up to the end of its last answer. `said[i]`: token i is the assistant's."""

    ids: list[int]
    said: list[bool]


def prompt_ids(tokenizer: Any, prompts: Sequence[Sequence[Message]]) -> list[list[int]]:
    """The tokens of each prompt, up to where the assistant begins to speak.

    Raises:
        DataError: the template refuses the messages (a system message where it knows none, say).
    """
    return _tokens(tokenizer, [_render(tokenizer, messages, opens=True) for messages in prompts])


def conversations(tokenizer: Any, examples: Sequence[Sequence[Message]]) -> list[Conversation]:
    """Each conversation's tokens, with the assistant's marked: every answer and its end-of-turn token, nothing else.

    Raises:
        DataError: the template refuses the messages.
    """
    texts: list[str] = []
    spans: list[list[int]] = []
    for messages in examples:
        full = _render(tokenizer, messages, opens=False)
        answers = [turn for turn, message in enumerate(messages) if message.role == "assistant"]
        cuts = [cut for turn in answers for cut in _answer_in(tokenizer, messages, turn, full)]
        spans.append(list(range(len(texts) + 1, len(texts) + 1 + len(cuts))))
        texts += [full, *(full[:cut] for cut in cuts)]
    ids = _tokens(tokenizer, texts)
    specials = _special_ids(tokenizer)
    return [_marked(ids[span[0] - 1], [ids[n] for n in span], specials) for span in spans]


def _answer_in(tokenizer: Any, messages: Sequence[Message], turn: int, full: str) -> tuple[int, int]:
    """Where the answer at `turn` begins and ends in the whole text, in characters."""
    before = _render(tokenizer, messages[:turn], opens=True)
    after = full if turn == len(messages) - 1 else _render(tokenizer, messages[: turn + 1], opens=False)
    # Common prefixes rather than lengths: some templates open an answer with text that a finished one lacks.
    return _shared(before, full), _shared(after, full)


def _marked(ids: list[int], prefixes: list[list[int]], specials: frozenset[int]) -> Conversation:
    """Turn the token prefixes before and after each answer into marks, and cut what follows the last answer."""
    said = [False] * len(ids)
    for before, after in zip(prefixes[::2], prefixes[1::2], strict=True):
        start, stop = (_shared(prefix, ids) for prefix in (before, after))
        # What a template writes after the end-of-turn token (a line break, often) is not the assistant's.
        ends = [n for n in range(start, stop) if ids[n] in specials]
        stop = ends[-1] + 1 if ends else stop
        said[start:stop] = [True] * (stop - start)
    length = max((n + 1 for n, mark in enumerate(said) if mark), default=len(ids))
    return Conversation(ids[:length], said[:length])


def _shared(one: Sequence[object], other: Sequence[object]) -> int:
    """How many leading items two texts, or two lists of tokens, have in common."""
    if other[: len(one)] == one:
        return len(one)
    return next(n for n, item in enumerate(one) if n >= len(other) or item != other[n])


def _render(tokenizer: Any, messages: Sequence[Message], *, opens: bool) -> str:
    from jinja2 import TemplateError

    rows = [{"role": message.role, "content": message.content} for message in messages]
    try:
        text = tokenizer.apply_chat_template(rows, tokenize=False, add_generation_prompt=opens, date_string=FIXED_DATE)
    except (TemplateError, TypeError, ValueError) as error:
        raise DataError(
            f"the model's chat template refuses a conversation of {', '.join(row['role'] for row in rows)}: "
            f"{first_line(error)}",
            "User and assistant must alternate; leave out a system message if the model knows none.",
        ) from error
    return str(text)


def _tokens(tokenizer: Any, texts: list[str]) -> list[list[int]]:
    # The template writes the beginning-of-text token itself; a second one would be wrong. `verbose` would warn of rows
    # that are longer than the model's window; they are cut and counted, or refused, later.
    return list(tokenizer(texts, add_special_tokens=False, verbose=False)["input_ids"]) if texts else []


def _special_ids(tokenizer: Any) -> frozenset[int]:
    added = {number for number, token in tokenizer.added_tokens_decoder.items() if token.special}
    return frozenset(added | set(tokenizer.all_special_ids))

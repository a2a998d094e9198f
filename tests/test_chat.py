"""chat: what the assistant says is found token by token, under templates of several makes."""

import re
from typing import Any

import pytest
from conftest import make_tokenizer
from hypothesis import given, settings
from hypothesis import strategies as st

from driftlab.chat import Conversation, conversations, prompt_ids
from driftlab.errors import DataError
from driftlab.records import Message

PLAIN = (
    "{{ '<s>' }}{% for m in messages %}{{ '<|' + m['role'] + '|>' + m['content'] + '</s>' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}"
)
LINES = (
    "{% for m in messages %}{{ '<|' + m['role'] + '|>\n' + m['content'] + '</s>\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|assistant|>\n' }}{% endif %}"
)
BRACKETS = (
    "{% for m in messages %}{% if (m['role'] == 'user') != (loop.index0 % 2 == 0) %}"
    "{{ raise_exception('user and assistant must alternate') }}{% endif %}"
    "{% if m['role'] == 'user' %}{{ '<s>[INST] ' + m['content'] + ' [/INST]' }}"
    "{% else %}{{ ' ' + m['content'] | trim + ' </s>' }}{% endif %}{% endfor %}"
)
"""In the manner of Llama-2: no token for the roles, no generation prompt, a space before the answer."""
THINKING = (
    "{% for m in messages %}{{ '<|' + m['role'] + '|>' }}{{ m['content'] + '</s>' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|assistant|><think></think>' }}{% endif %}"
)
"""Opens an answer with text that a finished conversation does not have."""
TEMPLATES = {"plain": PLAIN, "lines": LINES, "brackets": BRACKETS}
TALK = (
    Message("user", "how is the cat?"),
    Message("assistant", "it sat on a mat"),
    Message("user", "and you"),
    Message("assistant", "ok!"),
)


def said(tokenizer: Any, talk: Conversation) -> list[str]:
    """The stretches that are marked as the assistant's, as text."""
    text = "".join(tokenizer.decode([i]) if mark else "\0" for i, mark in zip(talk.ids, talk.said, strict=True))
    return [part for part in re.split("\0+", text) if part]


@pytest.mark.parametrize(
    ("template", "answers"),
    [
        ("plain", ["it sat on a mat</s>", "ok!</s>"]),
        ("lines", ["it sat on a mat</s>", "ok!</s>"]),
        ("brackets", [" it sat on a mat </s>", " ok! </s>"]),
    ],
)
def test_every_answer_and_its_end_of_turn_is_marked_and_nothing_else(template: str, answers: list[str]) -> None:
    tokenizer = make_tokenizer(TEMPLATES[template])
    (talk,) = conversations(tokenizer, [TALK])
    assert said(tokenizer, talk) == answers
    assert talk.said[-1], "nothing follows the last answer's end"


def test_what_the_template_adds_after_the_end_of_turn_is_not_the_assistants() -> None:
    tokenizer = make_tokenizer(LINES)
    (talk,) = conversations(tokenizer, [TALK])
    first_end = talk.said.index(True) + talk.said[talk.said.index(True) :].index(False)
    assert tokenizer.decode([talk.ids[first_end]]) == "\n"


def test_a_template_that_opens_answers_with_text_of_its_own() -> None:
    tokenizer = make_tokenizer(THINKING)
    (talk,) = conversations(tokenizer, [TALK])
    assert said(tokenizer, talk) == ["it sat on a mat</s>", "ok!</s>"]


def test_a_template_without_an_end_of_turn_still_marks_the_answer() -> None:
    bare = (
        "{% for m in messages %}{{ m['role'] + ': ' + m['content'] + '\n' }}{% endfor %}"
        "{% if add_generation_prompt %}assistant: {% endif %}"
    )
    tokenizer = make_tokenizer(bare)
    (talk,) = conversations(tokenizer, [TALK])
    assert "".join(said(tokenizer, talk)).split() == "it sat on a mat ok!".split()


text = st.text(st.characters(codec="utf-8", exclude_characters="<>"), min_size=1, max_size=20).filter(str.strip)


@pytest.mark.parametrize("template", list(TEMPLATES))
@settings(max_examples=40)
@given(turns=st.lists(st.tuples(text, text), min_size=1, max_size=3))
def test_any_text_comes_back_out_of_the_marks(template: str, turns: list[tuple[str, str]]) -> None:
    tokenizer = _tokenizers[template]
    messages = [Message(role, part) for turn in turns for role, part in zip(("user", "assistant"), turn, strict=True)]
    (talk,) = conversations(tokenizer, [messages])
    spans, span = [], []
    for token, mark in [*zip(talk.ids, talk.said, strict=True), (0, False)]:
        if mark:
            span.append(token)
        elif span:
            spans.append(tokenizer.decode(span).removesuffix("</s>").strip())
            span = []
    assert spans == [answer.strip() for _, answer in turns]


_tokenizers = {name: make_tokenizer(template) for name, template in TEMPLATES.items()}


@pytest.mark.parametrize("template", list(TEMPLATES))
def test_a_prompt_is_what_training_shows_before_the_answer(template: str) -> None:
    tokenizer = make_tokenizer(TEMPLATES[template])
    (prompt,) = prompt_ids(tokenizer, [TALK[:1]])
    (talk,) = conversations(tokenizer, [TALK[:2]])
    assert talk.ids[: len(prompt)] == prompt
    assert talk.said == [False] * len(prompt) + [True] * (len(talk.ids) - len(prompt))


def test_the_beginning_of_text_stands_once() -> None:
    tokenizer = make_tokenizer(PLAIN)
    (talk,) = conversations(tokenizer, [TALK])
    assert talk.ids.count(tokenizer.bos_token_id) == 1


def test_a_pad_token_that_is_also_the_end_keeps_its_label() -> None:
    tokenizer = make_tokenizer(PLAIN, **{"pad_token": "</s>"})
    (talk,) = conversations(tokenizer, [TALK])
    assert talk.ids[-1] == tokenizer.pad_token_id
    assert talk.said[-1]


def test_a_template_that_writes_the_day_gets_a_fixed_one() -> None:
    dated = "{{ date_string if date_string is defined else strftime_now('%d %b %Y') }}" + PLAIN
    tokenizer = make_tokenizer(dated)
    (prompt,) = prompt_ids(tokenizer, [TALK[:1]])
    assert tokenizer.decode(prompt).startswith("01 Jan 2025")


def test_a_template_that_refuses_the_roles_is_an_error_with_their_names() -> None:
    with pytest.raises(DataError, match="system, user, assistant: user and assistant must alternate") as caught:
        conversations(make_tokenizer(BRACKETS), [(Message("system", "be kind"), *TALK[:2])])
    assert "leave out a system message" in caught.value.remedy


def test_no_prompts_are_no_tokens() -> None:
    assert prompt_ids(make_tokenizer(PLAIN), []) == []
    assert conversations(make_tokenizer(PLAIN), []) == []

"""generate: token for token what the model says to one prompt alone, in the order of the probes."""

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import config_for, make_tokenizer, save_model
from hypothesis import given, settings
from hypothesis import strategies as st

from driftlab.chat import prompt_ids
from driftlab.config import Generation
from driftlab.errors import ConfigError, DataError
from driftlab.generate import decode, end_ids, generate, rows_that_fit
from driftlab.models import OpenedModel, open_model, unload_adapter
from driftlab.records import Message, Probe

WORDS = ("cat", "mat", "rain", "june", "how", "can", "you", "sit?", "ok", "may", "the cat sat on a mat and ran")
LIMIT = 24


def probe(number: int, prompt: str, system: str | None = None) -> Probe:
    return Probe(f"p{number}", prompt, "safe", "x", system=system)


PROBES = [
    probe(n, " ".join(WORDS[n % 11 :][: 1 + n % 7]) + str(n), "be brief" if n % 5 == 0 else None) for n in range(40)
]


def alone(opened: OpenedModel, one: Probe, limit: int = LIMIT) -> list[int]:
    """The tokens that transformers' own greedy generation gives for one prompt."""
    import torch
    from transformers import GenerationConfig

    plain = GenerationConfig(
        do_sample=False, max_new_tokens=limit, pad_token_id=opened.tokenizer.pad_token_id, eos_token_id=[2]
    )
    messages = [Message("user", one.prompt)]
    if one.system is not None:
        messages.insert(0, Message("system", one.system))
    (ids,) = prompt_ids(opened.tokenizer, [messages])
    prompt = torch.tensor([ids])
    made = opened.model.generate(input_ids=prompt, attention_mask=torch.ones_like(prompt), generation_config=plain)
    return [int(token) for token in made[0, len(ids) :]]


def check(opened: OpenedModel) -> None:
    answers = generate(opened, PROBES, Generation(LIMIT, 16), phase="before")
    assert [answer.probe_id for answer in answers] == [each.id for each in PROBES]
    for each, answer in zip(PROBES, answers, strict=True):
        tokens = alone(opened, each)
        assert answer.text == opened.tokenizer.decode(tokens, skip_special_tokens=True).strip()
        assert answer.tokens == len(tokens)
        assert answer.finished == (tokens[-1] == 2)
    assert {answer.finished for answer in answers} == {True, False}, "both kinds of ends are tested"


def test_it_says_what_the_model_says_to_one_prompt_alone(opened: OpenedModel) -> None:
    check(opened)


def test_so_it_does_with_an_adapter(opened: OpenedModel, adapted: OpenedModel) -> None:
    check(adapted)
    after = generate(adapted, PROBES, Generation(LIMIT, 16), phase="after")
    unload_adapter(adapted)
    before = generate(opened, PROBES, Generation(LIMIT, 16), phase="after")
    assert [answer.text for answer in after] != [answer.text for answer in before]


@settings(max_examples=10)
@given(st.integers(1, 50), st.permutations(range(12)))
def test_neither_batch_size_nor_order_changes_an_answer(batch_size: int, order: list[int]) -> None:
    opened = _opened["it"]
    plain = _plain()
    mixed = generate(opened, [PROBES[n] for n in order], Generation(LIMIT, batch_size), phase="before")
    assert mixed == [plain[n] for n in order]


_opened: dict[str, OpenedModel] = {}
_answers: dict[str, Any] = {}


@pytest.fixture(autouse=True)
def _remember(opened: OpenedModel) -> None:
    _opened["it"] = opened


def _plain() -> Any:
    if "it" not in _answers:
        _answers["it"] = generate(_opened["it"], PROBES[:12], Generation(LIMIT, 12), phase="before")
    return _answers["it"]


def test_settings_that_a_model_ships_play_no_part(
    spoilt: Callable[..., Path], opened: OpenedModel, saved_model: Path
) -> None:
    folder = spoilt()
    shipped = json.loads((folder / "generation_config.json").read_text())
    shipped |= {"do_sample": True, "temperature": 5.0, "top_k": 3, "repetition_penalty": 9.0, "max_new_tokens": 2}
    (folder / "generation_config.json").write_text(json.dumps(shipped))
    other = open_model(config_for(folder))
    assert generate(other, PROBES, Generation(LIMIT, 40), phase="before") == generate(
        opened, PROBES, Generation(LIMIT, 40), phase="before"
    )


def test_every_end_of_turn_that_a_model_names_ends_an_answer(spoilt: Callable[..., Path]) -> None:
    folder = spoilt()
    shipped = json.loads((folder / "generation_config.json").read_text())
    (folder / "generation_config.json").write_text(json.dumps(shipped | {"eos_token_id": [2, 77]}))
    assert end_ids(open_model(config_for(folder))) == {2, 77}


def test_the_limit_is_kept_and_shown(opened: OpenedModel) -> None:
    short = generate(opened, PROBES, Generation(3, 16), phase="before")
    assert {answer.tokens for answer in short if not answer.finished} == {3}
    assert max(answer.tokens for answer in short) == 3


def test_an_answer_never_leaves_the_models_window(opened: OpenedModel) -> None:
    """128 positions; a prompt near that leaves room for few tokens, the others in its batch are not cut."""
    long = probe(99, "ok " * 60)
    (ids,) = prompt_ids(opened.tokenizer, [[Message("user", long.prompt)]])
    while len(ids) < 120:
        long = dataclasses.replace(long, prompt=long.prompt + "!")
        (ids,) = prompt_ids(opened.tokenizer, [[Message("user", long.prompt)]])
    answers = generate(opened, [*PROBES[:3], long], Generation(LIMIT, 4), phase="before")
    assert answers[3].tokens <= 8
    assert answers[:3] == generate(opened, PROBES[:3], Generation(LIMIT, 1), phase="before")
    with pytest.raises(DataError, match=r"'p99' has \d+ tokens; .* reads 128"):
        generate(opened, [dataclasses.replace(long, prompt=long.prompt * 2)], Generation(LIMIT, 4), phase="before")


def test_progress_is_told_after_every_answer(opened: OpenedModel) -> None:
    told: list[tuple[int, int]] = []
    generate(opened, PROBES, Generation(2, 16), phase="before", on_progress=lambda *at: told.append(at))
    assert told == [(n, 40) for n in range(1, 41)]


@pytest.mark.parametrize("free", [0, 2**20, 2**24, 2**31])
def test_a_gpu_is_asked_for_no_more_than_it_has(
    opened: OpenedModel, free: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two layers, two heads of 16 numbers, keys and values in fp32: 512 bytes a token."""
    monkeypatch.setattr("driftlab.generate.usable_bytes", lambda *, on_gpu: free)
    monkeypatch.setattr("torch.cuda.memory_reserved", lambda: 0)
    monkeypatch.setattr("torch.cuda.memory_allocated", lambda: 0)
    on_gpu = dataclasses.replace(opened, device="cuda")
    rows = rows_that_fit(on_gpu, 32, 100)
    assert rows == 1 or rows * 512 * 100 < free
    assert rows == {0: 1, 2**20: 6, 2**24: 32, 2**31: 32}[free]
    assert rows_that_fit(opened, 32, 10**9) == 32, "on a CPU it is the system's business"


def test_nothing_asked_is_nothing_answered(opened: OpenedModel) -> None:
    assert generate(opened, [], Generation(2, 16), phase="before") == []
    assert decode(opened, [[1, 5, 40]], [1])[0].drawn == 1


@pytest.mark.parametrize("wrong", [Generation(0, 16), Generation(16, 0)])
def test_impossible_settings(opened: OpenedModel, wrong: Generation) -> None:
    with pytest.raises(ConfigError, match="were asked for"):
        generate(opened, PROBES, wrong, phase="before")


def test_a_system_message_that_the_template_refuses(tmp_path: Path) -> None:
    template = (
        "{% if messages[0]['role'] == 'system' %}{{ raise_exception('no system here') }}{% endif %}"
        "{{ messages[0]['content'] }}"
    )
    opened = open_model(config_for(save_model(tmp_path / "model", make_tokenizer(template))))
    with pytest.raises(DataError, match="no system here"):
        generate(opened, [probe(1, "hello", system="be brief")], Generation(2, 1), phase="before")


def test_the_phase_is_only_written_down(opened: OpenedModel) -> None:
    before, after = (generate(opened, PROBES[:8], Generation(4, 8), phase=phase) for phase in ("before", "after"))
    assert [dataclasses.replace(answer, phase="before") for answer in after] == before

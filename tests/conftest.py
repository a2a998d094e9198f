"""Shared fixtures: a tiny chat model with random weights, saved to disk as a real one would be."""

import dataclasses
import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from chromium import Chromium, find_chromium
from hypothesis import settings

# The tiny models below are slower on two threads than on one, and one core's results are the same everywhere.
os.environ.setdefault("OMP_NUM_THREADS", "1")
# Workers must name all tests alike, and a set in a test's name has an order that this decides.
os.environ.setdefault("PYTHONHASHSEED", "0")
# No test is answered from what another one, or the user, was told before.
os.environ["DRIFTLAB_CACHE"] = "off"

from driftlab.checkpoints import finish_adapter
from driftlab.config import POCKET, RunConfig
from driftlab.finetune import adapter_on
from driftlab.models import OpenedModel, load_adapter, open_model, unload_adapter
from driftlab.quiet import quiet

# No test fails by being slow: machines are busy at times.
settings.register_profile("driftlab", deadline=None)
settings.load_profile("driftlab")
collect_ignore = ["attacks"]
"""The battery is graded, not collected: `test_attacks.py` has it graded."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files of slow tests alone start first, so that at the end no worker is left with one while the others wait."""
    quick = {item.path for item in items if item.get_closest_marker("slow") is None}
    items.sort(key=lambda item: item.path in quick)


@pytest.fixture(scope="module")
def browser() -> Iterator[Chromium]:
    """A real browser, where there is one."""
    program = find_chromium()
    if program is None:
        pytest.skip("no Chromium on this machine (apt-get install chromium)")
    with Chromium(program) as opened:
        yield opened


TEMPLATE = (
    "{{ '<s>' }}{% for message in messages %}"
    "{{ '<|' + message['role'] + '|>' + message['content'] + '</s>' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}"
)
SPECIAL = ["<pad>", "<s>", "</s>", "<unk>", "<|system|>", "<|user|>", "<|assistant|>"]
WORDS = "the cat sat on a mat and ran to see what you can do for me when it rains in may or june . ? ! how is that ok"


def make_tokenizer(template: str | None = TEMPLATE, **tokens: str) -> Any:
    """A real byte-level BPE tokenizer of 320 entries; `tokens` names its special ones."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    bpe = Tokenizer(models.BPE())
    bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bpe.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=320, special_tokens=SPECIAL, initial_alphabet=alphabet, show_progress=False, min_frequency=1
    )
    bpe.train_from_iterator([WORDS] * 3, trainer)
    named = {"bos_token": "<s>", "eos_token": "</s>", "pad_token": "<pad>"} | tokens
    named = {name: token for name, token in named.items() if token}
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=bpe, additional_special_tokens=SPECIAL[4:], clean_up_tokenization_spaces=False, **named
    )
    if template is not None:
        tokenizer.chat_template = template
    return tokenizer


def make_model(**settings: Any) -> Any:
    """A Llama with random weights, wide enough apart that the likeliest token is never a matter of rounding."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    shape: dict[str, Any] = {
        "vocab_size": 320,
        "hidden_size": 64,
        "intermediate_size": 128,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "max_position_embeddings": 128,
        "initializer_range": 0.25,
        "tie_word_embeddings": False,
        "pad_token_id": 0,
        "bos_token_id": 1,
        "eos_token_id": 2,
    }
    torch.manual_seed(0)
    model = LlamaForCausalLM(LlamaConfig(**(shape | settings)))
    with torch.no_grad():
        model.get_output_embeddings().weight[2] *= 1.5  # some answers end early, some never
    return model


def save_model(folder: Path, tokenizer: Any = None, **settings: Any) -> Path:
    """Save a tiny model, and its tokenizer unless that is False."""
    with quiet():
        make_model(**settings).save_pretrained(folder)
        if tokenizer is not False:
            (tokenizer or make_tokenizer()).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def saved_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a tiny chat model; read only."""
    return save_model(tmp_path_factory.mktemp("model") / "tiny")


@pytest.fixture
def spoilt(saved_model: Path, tmp_path: Path) -> Callable[..., Path]:
    """Copies of the tiny model's folder with something changed: files left out, config.json entries replaced."""

    def copy(*without: str, **config: Any) -> Path:
        folder = tmp_path / "spoilt"
        shutil.copytree(saved_model, folder)
        for name in without:
            (folder / name).unlink()
        if config:
            settings = json.loads((folder / "config.json").read_text())
            (folder / "config.json").write_text(json.dumps(settings | config))
        return folder

    return copy


def config_for(folder: Path, **training: Any) -> RunConfig:
    """A run on that model: small batches, everything else as in the pocket preset."""
    settings = {"batch_size": 4, "max_length": 128, "checkpoint_steps": 3} | training
    return dataclasses.replace(POCKET, model=str(folder), training=dataclasses.replace(POCKET.training, **settings))


@pytest.fixture(scope="session")
def opened(saved_model: Path) -> OpenedModel:
    """The tiny model, opened as a run opens it. Tests give it back as they got it."""
    return open_model(config_for(saved_model))


@pytest.fixture
def adapted(opened: OpenedModel, saved_model: Path, tmp_path: Path) -> Iterator[OpenedModel]:
    """The tiny model with an adapter that changes what it says."""
    import torch

    with adapter_on(opened, config_for(saved_model)) as model:
        torch.manual_seed(1)
        for name, weight in model.named_parameters():
            if "lora_B" in name:
                torch.nn.init.normal_(weight, std=0.05)
        finish_adapter(model, tmp_path, "tiny")
    loaded = load_adapter(opened, tmp_path / "adapter")
    yield loaded
    unload_adapter(loaded)

"""Activation checkpointing works whichever of its two names the installed transformers has."""

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from driftlab import activation_checkpointing

SETTINGS = {"use_reentrant": False}


def model(name: str) -> Any:
    """A model of a version that knows that name alone, and what was asked of it."""
    asked: list[Any] = []
    methods = {
        f"{name}_enable": lambda self, kwargs=None: asked.append(kwargs),
        f"{name}_disable": lambda self: asked.append("off"),
        "asked": asked,
    }
    return type("Model", (), methods)()


@pytest.mark.parametrize("name", activation_checkpointing.NAMES)
def test_a_model_of_either_version(name: str) -> None:
    found = model(name)
    activation_checkpointing.enable(found, SETTINGS)
    activation_checkpointing.disable(found)
    assert found.asked == [SETTINGS, "off"]


@pytest.mark.parametrize("name", activation_checkpointing.NAMES)
def test_training_arguments_of_either_version(name: str) -> None:
    fields = [(name, bool, False), (f"{name}_kwargs", dict, None), ("fp16", bool, False)]
    known: Any = dataclasses.make_dataclass("TrainingArguments", fields)
    made = known(**activation_checkpointing.arguments(known, on=True, settings=SETTINGS))
    assert getattr(made, name) is True
    assert getattr(made, f"{name}_kwargs") == SETTINGS


def test_the_installed_version(tmp_path: Path) -> None:
    """A real model and the real arguments; a warning of an old name would be an error here."""
    from transformers import LlamaConfig, LlamaForCausalLM, TrainingArguments

    small = {"hidden_size": 16, "intermediate_size": 16, "num_attention_heads": 2, "vocab_size": 8}
    found: Any = LlamaForCausalLM(LlamaConfig(num_hidden_layers=1, **small))
    activation_checkpointing.enable(found, SETTINGS)
    assert all(layer.gradient_checkpointing for layer in found.model.layers)
    activation_checkpointing.disable(found)
    assert not any(layer.gradient_checkpointing for layer in found.model.layers)
    named = activation_checkpointing.arguments(TrainingArguments, on=True, settings=SETTINGS)
    TrainingArguments(output_dir=str(tmp_path), **named)

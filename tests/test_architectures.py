"""The shapes of decoders: the table against the models' cards, and every family against what transformers makes."""

from typing import Any

import pytest

from driftlab.architectures import (
    FAMILIES,
    architecture,
    known_architecture,
    known_config,
    known_models,
)
from driftlab.errors import ModelError

SMALL = {
    "vocab_size": 96,
    "hidden_size": 64,
    "intermediate_size": 160,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
}


@pytest.mark.parametrize("name", list(known_models()))
def test_sizes_amount_to_the_number_of_parameters_on_the_models_card(name: str) -> None:
    assert known_architecture(name).parameters == known_models()[name]["parameters"]


@pytest.mark.parametrize(
    ("family", "settings"),
    [
        *((family, {}) for family in FAMILIES),
        ("llama", {"attention_bias": True, "mlp_bias": True}),
        ("llama", {"tie_word_embeddings": True, "head_dim": 32}),
        ("mistral", {"head_dim": 8}),
        ("qwen3", {"attention_bias": True, "head_dim": 32}),
        ("gemma2", {"head_dim": 32}),
    ],
)
def test_a_family_has_the_linear_layers_and_the_parameters_that_transformers_makes(
    family: str, settings: dict[str, Any]
) -> None:
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM

    padding = {"pad_token_id": 0} if family == "phi3" else {}
    config = AutoConfig.for_model(family, **SMALL, **padding, **settings)
    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(config)
    shape = architecture(config.to_dict(), family)
    assert shape.parameters == sum(weight.numel() for weight in model.parameters())
    block = dict(model.model.layers[0].named_modules())
    made = {
        (name.split(".")[-1], layer.in_features, layer.out_features, layer.bias is not None)
        for name, layer in block.items()
        if isinstance(layer, torch.nn.Linear)
    }
    assert {(each.name, each.inputs, each.outputs, each.bias) for each in shape.linears} == made


def test_a_model_is_found_by_name_and_by_its_hub_id_in_any_case() -> None:
    assert known_config("Llama-2-7b") == known_config("meta-llama/llama-2-7B-chat-hf")
    assert known_config("meta-llama/Llama-9-7b") is None
    with pytest.raises(ModelError, match=r"no model 'llama-9'") as caught:
        known_architecture("llama-9")
    assert "tinyllama-1.1b" in caught.value.remedy


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"model_type": "mamba"}, "family 'mamba'"),
        ({"hidden_size": None}, "hidden_size = None"),
        ({"num_hidden_layers": 0}, "num_hidden_layers = 0"),
        ({"vocab_size": True}, "vocab_size = True"),
        ({"num_key_value_heads": 3}, "4 heads and 3 key-value heads"),
        ({"hidden_size": 66}, "66 dimensions"),
    ],
)
def test_what_is_no_decoder_that_we_know_is_refused(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(ModelError, match=said) as caught:
        architecture({"model_type": "llama", **SMALL, **changes}, "it")
    assert caught.value.remedy


def test_widths() -> None:
    gemma = known_architecture("gemma-2-2b")
    assert (gemma.queries, gemma.keys, gemma.hidden) == (2048, 1024, 2304)
    assert known_architecture("llama-2-7b").linear_weights == 6_476_005_376

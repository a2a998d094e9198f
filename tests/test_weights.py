"""weights: the tensors that a config.json implies are those that transformers makes of it."""

from typing import Any

import pytest

from driftlab.architectures import architecture
from driftlab.weights import expected_tensors

SHAPE = {
    "vocab_size": 96,
    "hidden_size": 64,
    "intermediate_size": 160,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 64,
}


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("Llama", {}),
        ("Llama", {"attention_bias": True, "mlp_bias": True}),
        ("Llama", {"tie_word_embeddings": True, "head_dim": 32}),
        ("Mistral", {"head_dim": 8}),
        ("Qwen2", {"tie_word_embeddings": True}),
        ("Qwen3", {"head_dim": 32}),
        ("Qwen3", {"attention_bias": True}),
    ],
)
def test_names_shapes_and_count(name: str, settings: dict[str, Any]) -> None:
    import torch
    import transformers

    config = getattr(transformers, f"{name}Config")(**SHAPE, **({"tie_word_embeddings": False} | settings))
    with torch.device("meta"):
        model = getattr(transformers, f"{name}ForCausalLM")(config)
    written = config.to_dict()
    shape = architecture(written, name)
    made = {name: tuple(tensor.shape) for name, tensor in model.state_dict().items()}
    if shape.tied:
        del made["lm_head.weight"]
    assert expected_tensors(shape) == made
    assert shape.parameters == sum(weight.numel() for weight in model.parameters())

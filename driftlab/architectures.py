"""The shape of a decoder, as its config.json describes it: widths, layers, heads, tables, linear layers by name.

In: the content of a config.json, or the name of a model that courses use. Out: an `Architecture`.
`known_models.json` holds the sizes of such models, from the config.json that their makers publish; the number of
parameters beside each is the one on the model's card, and a test holds it against what the sizes amount to.
Does not: open files of a model or the network (`weights` and `hub` do), or know mixtures of experts.
"""

import dataclasses
import functools
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, NamedTuple

from driftlab.errors import ModelError

TABLE = Path(__file__).with_name("known_models.json")
FAMILIES = ("llama", "mistral", "qwen2", "qwen3", "phi3", "gemma2")


class Linear(NamedTuple):
    """One linear layer of a decoder block; widths in numbers a token."""

    name: str
    inputs: int
    outputs: int
    part: Literal["attention", "mlp"]
    bias: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class Architecture:
    """The shape of a decoder."""

    family: str
    hidden: int
    layers: int
    heads: int
    kv_heads: int
    head_dim: int
    intermediate: int
    vocab: int
    positions: int
    tied: bool
    """Whether the output layer is the embedding table."""
    linears: tuple[Linear, ...]
    """The linear layers of one block, in the model's order; LoRA's targets are named after these."""
    norms: int = 2
    """Norms of a block over the hidden width."""
    head_norms: bool = False
    """Whether queries and keys are normed too, each over a head's width."""
    attention_cap: bool = False
    """Whether attention scores go through a soft cap, which no fused kernel of PyTorch does."""
    logit_cap: bool = False
    """Whether the logits go through a soft cap."""

    @property
    def queries(self) -> int:
        """Width of the queries, all heads together."""
        return self.heads * self.head_dim

    @property
    def keys(self) -> int:
        """Width of the keys, and of the values."""
        return self.kv_heads * self.head_dim

    @property
    def linear_weights(self) -> int:
        """Weights of the linear layers of all blocks: what NF4 quantises."""
        return self.layers * sum(linear.inputs * linear.outputs for linear in self.linears)

    @property
    def parameters(self) -> int:
        """All numbers of the model; a tied output layer counts once."""
        biases = sum(linear.outputs for linear in self.linears if linear.bias)
        norms = self.norms * self.hidden + (2 * self.head_dim if self.head_norms else 0)
        tables = self.vocab * self.hidden * (1 if self.tied else 2)
        return self.linear_weights + self.layers * (biases + norms) + tables + self.hidden


def architecture(config: Mapping[str, Any], source: str) -> Architecture:
    """The shape that a config.json describes.

    Raises:
        ModelError: it is of another family, or a size is missing or not a positive whole number.
    """
    family = config.get("model_type")
    if family not in FAMILIES:
        raise ModelError(
            f"{source!r} is of the family {family!r}.",
            f"Known in closed form are: {', '.join(FAMILIES)}. `driftlab budget --trace` takes most dense decoders of "
            "transformers.",
        )
    hidden, heads = _size(config, "hidden_size", source), _size(config, "num_attention_heads", source)
    kv_heads = _size({"num_key_value_heads": heads, **config}, "num_key_value_heads", source)
    if (hidden % heads and not config.get("head_dim")) or heads % kv_heads:
        raise ModelError(
            f"{source!r}: config.json has {hidden} dimensions, {heads} heads and {kv_heads} key-value heads.",
            "Dimensions must be a multiple of heads, and heads one of key-value heads; fetch the model again.",
        )
    head_dim, intermediate = config.get("head_dim") or hidden // heads, _size(config, "intermediate_size", source)
    return Architecture(
        family=family,
        hidden=hidden,
        layers=_size(config, "num_hidden_layers", source),
        heads=heads,
        kv_heads=kv_heads,
        head_dim=head_dim,
        intermediate=intermediate,
        vocab=_size(config, "vocab_size", source),
        positions=_size({"max_position_embeddings": 2048, **config}, "max_position_embeddings", source),
        tied=bool(config.get("tie_word_embeddings", family == "gemma2")),
        linears=_linears(config, hidden, heads * head_dim, kv_heads * head_dim, intermediate),
        norms=4 if family == "gemma2" else 2,
        head_norms=family == "qwen3",
        attention_cap=family == "gemma2" and config.get("attn_logit_softcapping", 50.0) is not None,
        logit_cap=family == "gemma2" and config.get("final_logit_softcapping", 30.0) is not None,
    )


def _linears(config: Mapping[str, Any], h: int, q: int, k: int, f: int) -> tuple[Linear, ...]:
    """The linear layers of a block, by family; widths hidden, queries, keys, intermediate."""
    family = config["model_type"]
    if family == "phi3":
        return (
            Linear("o_proj", q, h, "attention"),
            Linear("qkv_proj", h, q + 2 * k, "attention"),
            Linear("gate_up_proj", h, 2 * f, "mlp"),
            Linear("down_proj", f, h, "mlp"),
        )
    everywhere = family != "mistral" and bool(config.get("attention_bias"))
    into = everywhere or family == "qwen2"
    mlp = family == "llama" and bool(config.get("mlp_bias"))
    return (
        Linear("q_proj", h, q, "attention", into),
        Linear("k_proj", h, k, "attention", into),
        Linear("v_proj", h, k, "attention", into),
        Linear("o_proj", q, h, "attention", everywhere and family != "qwen2"),
        Linear("gate_proj", h, f, "mlp", mlp),
        Linear("up_proj", h, f, "mlp", mlp),
        Linear("down_proj", f, h, "mlp", mlp),
    )


@functools.cache
def known_models() -> dict[str, dict[str, Any]]:
    """The table of models that courses use: key -> hub ids, sizes as in config.json, parameters by the model's card."""
    table: dict[str, dict[str, Any]] = json.loads(TABLE.read_text(encoding="utf-8"))
    return table


def known_config(name: str) -> dict[str, Any] | None:
    """The config.json sizes of a model in the table, by its key or one of its hub ids; None where it is not there."""
    wanted = name.lower()
    for key, entry in known_models().items():
        if wanted == key or wanted in (each.lower() for each in entry["ids"]):
            return dict(entry["config"])
    return None


def known_architecture(name: str) -> Architecture:
    """The shape of a model of the table.

    Raises:
        ModelError: the table has no such model.
    """
    config = known_config(name)
    if config is None:
        raise ModelError(f"there is no model {name!r} in the table.", f"It has: {', '.join(known_models())}.")
    return architecture(config, name)


def _size(config: Mapping[str, Any], key: str, source: str) -> int:
    value = config.get(key)
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise ModelError(
            f"{source!r}: config.json has {key} = {value!r}.",
            "It must be a positive whole number; fetch the model again.",
        )
    return value

"""Activation checkpointing, by the name that the installed transformers has for it.

In: a model of transformers, bare or wrapped by peft. Out: its layers recompute what they do not keep, or no longer do.
transformers renamed `gradient_checkpointing_…` to `activation_checkpointing_…` within version 5, and warns of the old
name from then on; Colab, Kaggle and clusters have the versions that they have.
Does not: decide whether to checkpoint; `config` says so, and `budget` what it saves.
"""

from collections.abc import Mapping
from typing import Any

NAMES = ("activation_checkpointing", "gradient_checkpointing")
"""The newer one first."""

__all__ = ["arguments", "disable", "enable"]


def enable(model: Any, settings: Mapping[str, Any]) -> None:
    """Switch it on, with settings of `torch.utils.checkpoint.checkpoint`."""
    _method(model, "enable")(dict(settings))


def disable(model: Any) -> None:
    """Switch it off; nothing happens where it is off."""
    _method(model, "disable")()


def arguments(known: object, *, on: bool, settings: Mapping[str, Any]) -> dict[str, Any]:
    """As keyword arguments of `known`, the class `TrainingArguments`."""
    fields = getattr(known, "__dataclass_fields__", {})
    name = next(name for name in NAMES if name in fields)
    return {name: on, f"{name}_kwargs": dict(settings)}


def _method(model: Any, verb: str) -> Any:
    return next(getattr(model, f"{name}_{verb}") for name in NAMES if hasattr(model, f"{name}_{verb}"))

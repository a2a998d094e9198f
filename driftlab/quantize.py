"""NF4 (Dettmers et al. 2023, arXiv 2305.14314) through bitsandbytes, in two ways that give the same weights.

In: a model with dense weights, or settings for one about to be loaded. Out: decoder layers that hold NF4 values.
`bnb` is bitsandbytes' own 4-bit layers. `roundtrip` quantises each weight, dequantises it and keeps the dense result:
the numbers that a 4-bit layer multiplies with, without unpacking them again at every step.
Embeddings, the output layer and norms stay as they are, tied or not; `in_16_bits` narrows what lies between them.
Does not: choose a way (`models` does) or train.
"""

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from driftlab.config import Quantization
from driftlab.quiet import quiet, without_compiler

if TYPE_CHECKING:
    import torch

BLOCK = 64
"""Weights that share one scale; bitsandbytes' default for NF4, and the published run's."""


def load_bitsandbytes() -> Any:
    """The bitsandbytes package, imported without its messages and without torch's compiler."""
    with quiet(), without_compiler():
        import bitsandbytes
        import bitsandbytes.functional
    return bitsandbytes


def round_trip(model: "torch.nn.Module", quantization: Quantization) -> int:
    """Replace every decoder layer's weights with what NF4 keeps of them; returns how many layers that were."""
    import torch

    functional = load_bitsandbytes().functional
    layers = decoder_linears(model)
    with torch.no_grad():
        for layer in layers:
            packed, state = functional.quantize_4bit(
                layer.weight.data, blocksize=BLOCK, compress_statistics=quantization.double_quant, quant_type="nf4"
            )
            layer.weight.data.copy_(functional.dequantize_4bit(packed, state).reshape(layer.weight.shape))
    return len(layers)


def decoder_linears(model: "torch.nn.Module") -> list[Any]:
    """The linear layers inside the decoder blocks: seven a block in a Llama, never the output layer."""
    import torch

    blocks = model.get_decoder().layers  # type: ignore[operator]
    return [part for part in blocks.modules() if isinstance(part, torch.nn.Linear)]


def bnb_settings(quantization: Quantization, compute_dtype: str) -> Any:
    """What transformers needs to load a model straight into bitsandbytes' 4-bit layers."""
    import torch

    load_bitsandbytes()
    from transformers import BitsAndBytesConfig

    return BitsAndBytesConfig(  # type: ignore[no-untyped-call]
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=quantization.double_quant,
        bnb_4bit_compute_dtype=getattr(torch, compute_dtype),
    )


def keep_exact_on_cpu(model: "torch.nn.Module") -> None:
    """Turn off the bfloat16 repacking of 4-bit layers on CPUs that have AVX512-BF16.

    On such a CPU (bitsandbytes 0.50) the first answer rewrites a layer's scales in bfloat16 and cannot be undone: the
    base would no longer be bit-identical, and another machine would give other answers.
    """
    linear4bit = load_bitsandbytes().nn.Linear4bit
    for part in model.modules():
        if isinstance(part, linear4bit):
            part.support_avx512bf16_for_cpu = False


def widen_the_rest(model: "torch.nn.Module") -> None:
    """Hold whatever is not quantised (embeddings, output layer, norms) in fp32, and freeze everything.

    This is what peft's `prepare_model_for_kbit_training` does to the types, and what the budget reckons with
    (+1.0 GiB for Llama-2-7B). It happens when the model is opened, so that "before" and "after" share it.
    """
    with quiet():
        from peft import prepare_model_for_kbit_training

        prepare_model_for_kbit_training(  # type: ignore[no-untyped-call]
            model, use_gradient_checkpointing=False
        )


@contextlib.contextmanager
def in_16_bits(model: "torch.nn.Module", dtype: "torch.dtype") -> Iterator[None]:
    """Within the block, each attention and MLP reads its input in `dtype`; the sum that runs past them stays as it is.

    Norms in fp32 hand on fp32, of which each 4-bit layer and each adapter makes a 16-bit copy, and each layer an fp32
    one of its output. Rounded once behind the norm, the layers multiply the same numbers, and all between them moves
    half the bytes. Use it under autocast of the same type.
    """
    import torch

    def narrow(part: Any, given: tuple[Any, ...], named: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        if given and isinstance(given[0], torch.Tensor):
            given = (given[0].to(dtype), *given[1:])
        if isinstance(named.get("hidden_states"), torch.Tensor):
            named = {**named, "hidden_states": named["hidden_states"].to(dtype)}
        return given, named

    blocks = model.get_decoder().layers  # type: ignore[operator]
    parts = [part for block in blocks for part in (block.self_attn, block.mlp)]
    hooks = [part.register_forward_pre_hook(narrow, with_kwargs=True) for part in parts]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()

"""NF4 (Dettmers et al. 2023, arXiv 2305.14314) through bitsandbytes, in two ways that give the same weights.

In: a model with dense weights, or settings for one about to be loaded. Out: decoder layers that hold NF4 values.
`bnb` is bitsandbytes' own 4-bit layers. `roundtrip` quantises each weight, dequantises it and keeps the dense result:
the numbers that a 4-bit layer multiplies with, without unpacking them again at every step.
Embeddings, the output layer and norms stay as they are, tied or not.
Does not: choose a way (`models` does) or train.
"""

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

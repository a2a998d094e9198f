"""A model from its config.json as QLoRA trains it, of fake tensors: NF4 layers, an adapter, the rest in fp32 or fp16.

In: settings, a `RunConfig`. Out: peft's model around transformers', whose parameters lie in the ledger.
The classes are the real ones; only the weights' numbers are missing. Everything is built on torch's meta device, in
milliseconds, and gets its fake tensors at the end, so that nothing of the building is counted.
Does not: read weights, run a step, or open models whose blocks are not under `get_decoder().layers`.
"""

from typing import Any, Literal

from driftlab.config import Quantization, RunConfig
from driftlab.errors import ModelError
from driftlab.models import check_targets
from driftlab.quantize import BLOCK, decoder_linears, load_bitsandbytes, widen_the_rest
from driftlab.quiet import first_line
from driftlab.trace.ledger import Ledger

NESTED_BLOCK = 256
"""Scales that share a scale of their own, where they are quantised too."""
ADAPTER, WEIGHTS, REST = "adapter", "weights", "embeddings, head and norms"
PARAMS4BIT = (
    "blocksize",
    "compress_statistics",
    "quant_type",
    "quant_state",
    "quant_storage",
    "bnb_quantized",
    "module",
)
IGNORED = (
    "model_type",
    "architectures",
    "auto_map",
    "quantization_config",
    "dtype",
    "torch_dtype",
    "transformers_version",
)
"""Keys of a config.json that say nothing about the shape."""


def build(
    settings: dict[str, Any], config: RunConfig, rest_dtype: Literal["fp32", "fp16"], dtype: Any, loaded_in: Any
) -> Any:
    """The model with a fresh adapter, on the meta device; `dtype` is the compute type, `loaded_in` that of the weights.

    Raises:
        ModelError: transformers knows no such decoder, or the settings contradict each other.
        TrainingError: the model has no layers of the adapter's targets.
    """
    import torch
    from peft import LoraConfig, get_peft_model

    quantization, adapter = config.quantization, config.adapter
    with torch.device("meta"):
        model = _decoder(settings, loaded_in)
        check_targets(model, adapter.targets)
        if quantization.scheme == "nf4" and quantization.kernel != "roundtrip":
            _quantise(model, quantization, dtype)
            if rest_dtype == "fp32":
                widen_the_rest(model)
        model.requires_grad_(requires_grad=False)
        lora = LoraConfig(
            r=adapter.rank,
            lora_alpha=adapter.alpha,
            lora_dropout=adapter.dropout,
            bias=adapter.bias,
            target_modules=list(adapter.targets),
            task_type="CAUSAL_LM",
        )
        return get_peft_model(model, lora)


def _decoder(settings: dict[str, Any], dtype: Any) -> Any:
    from huggingface_hub.errors import StrictDataclassError
    from transformers import CONFIG_MAPPING, AutoConfig, AutoModelForCausalLM

    kind = str(settings.get("model_type"))
    if kind not in CONFIG_MAPPING:
        raise ModelError(
            f"transformers knows no model of the type {kind!r}.",
            "Give the content of a model's config.json; its model_type says the family, such as 'llama' or 'qwen2'.",
        )
    known = {name: value for name, value in settings.items() if name not in IGNORED}
    try:
        shape = AutoConfig.for_model(kind, **known)
        # soft-capped scores are computed step by step; the fused kernels do not know them
        attention = "eager" if getattr(shape, "attn_logit_softcapping", None) else "sdpa"
        make: Any = AutoModelForCausalLM
        model = make.from_config(shape, dtype=dtype, attn_implementation=attention)
        decoder_linears(model)
    except (StrictDataclassError, ValueError, TypeError, AttributeError, RuntimeError) as error:
        raise ModelError(
            f"no decoder with linear layers can be made of this {kind!r} configuration: {_cause(error)}",
            "Give the config.json of a causal language model of a family like llama, qwen2, gemma2, phi3 or mistral.",
        ) from error
    return model


def _cause(error: BaseException) -> str:
    """What transformers found wrong; its own checks put that into the cause."""
    return first_line(error.__cause__ or error)


def _quantise(model: Any, quantization: Quantization, dtype: Any) -> None:
    """Turn the decoder's linear layers into bitsandbytes' 4-bit ones, with the tensors that quantising leaves."""
    import torch

    bnb = load_bitsandbytes()
    new_state = bnb.functional.QuantState
    for layer in decoder_linears(model):
        rows, columns = layer.weight.shape
        layer.__class__ = bnb.nn.Linear4bit
        layer.compute_dtype, layer.compute_type_is_set = dtype, True
        layer.quant_storage, layer.support_avx512bf16_for_cpu = torch.uint8, False
        state = _quant_state(new_state, rows, columns, dtype, quantization.double_quant)
        layer.weight = bnb.nn.Params4bit(
            torch.empty((rows * columns + 1) // 2, 1, dtype=torch.uint8),
            requires_grad=False,
            quant_state=state,
            blocksize=BLOCK,
            compress_statistics=quantization.double_quant,
            quant_type="nf4",
            module=layer,
            bnb_quantized=True,
        )
        layer.quant_state = state
    model.is_loaded_in_4bit = True


def _quant_state(state: Any, rows: int, columns: int, dtype: Any, nested: bool) -> Any:
    import torch

    blocks = -(-rows * columns // BLOCK)
    scales = None
    if nested:
        scales = state(
            absmax=torch.empty(-(-blocks // NESTED_BLOCK)),
            shape=(blocks,),
            code=torch.empty(256),
            blocksize=NESTED_BLOCK,
            dtype=torch.float32,
        )
    return state(
        absmax=torch.empty(blocks, dtype=torch.uint8 if nested else torch.float32),
        shape=torch.Size((rows, columns)),
        code=torch.empty(16),
        blocksize=BLOCK,
        quant_type="nf4",
        dtype=dtype,
        offset=torch.empty(()) if nested else None,
        state2=scales,
    )


def materialise(model: Any, ledger: Ledger, narrow: Any) -> None:
    """Give each parameter and buffer of the meta model a fake tensor, within fake and counting modes.

    In the order of a real opening: the base as it is loaded, what is widened one tensor after the other, the adapter.
    `narrow`: the type that fp32 parameters of the base are loaded in.
    """
    import torch

    maker = _Maker(ledger)
    slots = [
        (_kind(name, module), tensors, key)
        for name, module in model.named_modules()
        for tensors in (module._parameters, module._buffers)
        for key in tensors
        if tensors[key] is not None
    ]
    waiting: dict[int, Any] = {}
    for kind, tensors, key in slots:
        tensor = tensors[key]
        if kind == ADAPTER:
            continue
        if isinstance(tensor, torch.nn.Parameter) and tensor.dtype == torch.float32 != narrow:
            waiting.setdefault(id(tensor), torch.empty(tensor.shape, dtype=narrow))
        else:
            tensors[key] = maker.fake(tensor, kind)
    ledger.mark("loaded")
    for kind, tensors, key in slots:
        if kind != ADAPTER and id(tensors[key]) in waiting:
            narrow_one = id(tensors[key])
            tensors[key] = maker.fake(tensors[key], kind)
            waiting[narrow_one] = None
    ledger.mark("base")
    for kind, tensors, key in slots:
        if kind == ADAPTER:
            tensors[key] = maker.fake(tensors[key], kind)


def _kind(name: str, module: Any) -> str:
    import torch

    if ".lora_" in name:
        return ADAPTER
    return WEIGHTS if ".layers." in name and isinstance(module, torch.nn.Linear) else REST


class _Maker:
    """Makes fake tensors for meta ones; a shared (tied) one stays shared."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.packed = load_bitsandbytes().nn.Params4bit
        self.made: dict[int, tuple[Any, Any]] = {}

    def fake(self, tensor: Any, kind: str) -> Any:
        import torch

        if id(tensor) not in self.made:
            packed = isinstance(tensor, self.packed)
            with self.ledger.all_as(kind):
                new: Any = torch.empty(tensor.shape, dtype=tensor.dtype)
                if isinstance(tensor, torch.nn.Parameter):
                    new = torch.nn.Parameter(new, requires_grad=tensor.requires_grad)
                if packed:
                    self._state(tensor.quant_state)
                    for name in PARAMS4BIT:
                        setattr(new, name, getattr(tensor, name))
            self.made[id(tensor)] = tensor, new  # the old one too, so that its id is not given to another
        return self.made[id(tensor)][1]

    def _state(self, state: Any) -> None:
        for part in (state, state.state2):
            if part is not None:
                for name in ("absmax", "code", "offset"):
                    old = getattr(part, name, None)
                    if old is not None:
                        # a fresh tensor each: bitsandbytes makes its tables for every layer
                        setattr(part, name, self._plain(old))

    def _plain(self, old: Any) -> Any:
        import torch

        return torch.empty(old.shape, dtype=old.dtype)

"""Open a chat model: the pocket model, a folder or a hub id; NF4 or not; on a GPU or a CPU; one interface for all.

In: a `RunConfig`. Out: an `OpenedModel`, which `generate` asks and `finetune` trains, quantised once for both.
One process uses one GPU: the first that is visible, or, where a launcher has started several, the one of its number.
On a GPU, NF4 is bitsandbytes' 4-bit layers in the compute type, and all that is not quantised is fp32 (see `quantize`);
on a CPU everything is computed in fp32. Nothing is ever offloaded to another device without being asked, and what does
not fit is an error.
Does not: open pickled weights, run code from a model's folder, train, or ask anything.
"""

import contextlib
import dataclasses
import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from driftlab import ranks, weights
from driftlab.architectures import Architecture
from driftlab.chat import open_tokenizer
from driftlab.config import Quantization, RunConfig
from driftlab.errors import ConfigError, ModelError, TrainingError
from driftlab.quantize import bnb_settings, decoder_linears, keep_exact_on_cpu, round_trip, widen_the_rest
from driftlab.quiet import first_line, quiet, share_cores

if TYPE_CHECKING:
    import torch

Device = Literal["cpu", "cuda"]
Kernel = Literal["roundtrip", "bnb", "none"]
Needs = Callable[[int], tuple[str, str]]
SMALLER = "The cheapest changes: gradient checkpointing, a batch size of 1, a shorter maximum length, a smaller model."
TORCH_NAMES = {"fp16": "float16", "bf16": "bfloat16", "fp32": "float32"}


class Numerics(NamedTuple):
    """Where and in what the model computes, once the machine has been looked at."""

    device: Device
    kernel: Kernel
    compute_dtype: str


@dataclasses.dataclass(frozen=True, slots=True)
class OpenedModel:
    """A model ready to be asked or trained. `model` is peft's wrapper where an adapter is loaded."""

    model: Any
    tokenizer: Any
    device: Device
    source: str
    is_pocket: bool
    kernel: Kernel
    compute_dtype: str
    """fp16, bf16 or fp32; on a CPU always fp32."""
    weights_sha256: str
    """Of the tensors as they lie in the files, before quantising."""
    architecture: Architecture


def describe(source: str, *, local_only: bool = False) -> Architecture:
    """The model's shape from its config.json alone: no weights are read or fetched, and torch is not imported.

    Raises:
        ModelError: there is no such model, it cannot be reached, or its family is not one of `weights.FAMILIES`.
    """
    folder = weights.locate(source, local_only=local_only, config_only=True)
    return weights.openable(weights.read_config(folder, source), source)


def open_model(config: RunConfig, *, for_training: bool = False) -> OpenedModel:
    """Check the model's folder, load it, and quantise it as `config.quantization` says.

    With `for_training`, it must also have the layers that `config.adapter.targets` names.

    Raises:
        ModelError: it cannot be found, opened or asked as a chat model; the message says what is wrong and what to do.
        ConfigError: the quantisation settings contradict each other or the machine.
        TrainingError: `for_training`, and there is nothing to train.
    """
    share_cores()
    source = config.model
    folder = weights.locate(source)
    settings = weights.read_config(folder, source)
    shape = weights.openable(settings, source)
    tensors = weights.read_headers(folder, source)
    weights.check_tensors(tensors, shape, weights.expected_tensors(shape), source)
    tokenizer = open_tokenizer(folder, source, shape)
    numerics = resolve(config.quantization)
    with quiet(), memory_errors(f"loading {source!r}"):
        model = _load(folder, config, numerics, weights.stored_dtype(tensors))
    model.requires_grad_(requires_grad=False).eval()
    if for_training:
        check_targets(model, config.adapter.targets)
    return OpenedModel(
        model=model,
        tokenizer=tokenizer,
        device=numerics.device,
        source=source,
        is_pocket=source == weights.POCKET,
        kernel=numerics.kernel,
        compute_dtype=numerics.compute_dtype,
        weights_sha256=weights.tensors_sha256(tensors),
        architecture=shape,
    )


def resolve(quantization: Quantization) -> Numerics:
    """The device, the kernel and the compute type that these settings come to on this machine.

    Raises:
        ConfigError: a kernel without quantisation, bf16 on a GPU that lacks it, or no GPU for this process.
    """
    share_cores()
    import torch

    device: Device = "cuda" if torch.cuda.is_available() else "cpu"
    if quantization.scheme == "none" and quantization.kernel != "auto":
        raise ConfigError(
            f"the kernel {quantization.kernel!r} was asked for without quantisation.",
            "Leave --kernel out, or quantise with nf4.",
        )
    kernel: Kernel = "none"
    if quantization.scheme == "nf4":
        by_device: dict[Device, Kernel] = {"cuda": "bnb", "cpu": "roundtrip"}
        kernel = by_device[device] if quantization.kernel == "auto" else quantization.kernel
    if device == "cpu":
        return Numerics(device, kernel, "fp32")
    _take_own_gpu()
    # Emulated bf16 (a T4 has that) is slower than fp16 and not what the name promises.
    has_bf16 = torch.cuda.is_bf16_supported(including_emulation=False)
    if quantization.compute_dtype == "bf16" and not has_bf16:
        raise ConfigError("this GPU has no bf16 (compute capability under 8.0).", "Use fp16, or leave it at auto.")
    if quantization.compute_dtype == "auto":
        return Numerics(device, kernel, "bf16" if has_bf16 else "fp16")
    return Numerics(device, kernel, quantization.compute_dtype)


def _take_own_gpu() -> None:
    """Make the GPU of this process's number the one that "cuda" means."""
    import torch

    own = ranks.local_rank()
    if not own:
        return
    visible = torch.cuda.device_count()
    if own >= visible:
        raise ConfigError(
            f"process {own + 1} of this machine has no GPU of its own: GPUs visible here: {visible}.",
            f"Start no more processes than that, with --nproc-per-node {visible}.",
        )
    torch.cuda.set_device(own)


def _load(folder: Path, config: RunConfig, numerics: Numerics, stored: str) -> Any:
    import torch
    from transformers import AutoModelForCausalLM

    dtype = "float32" if numerics.device == "cpu" or numerics.kernel == "roundtrip" else stored
    own = torch.device(f"cuda:{torch.cuda.current_device()}" if numerics.device == "cuda" else "cpu")
    options: dict[str, Any] = {"device_map": {"": str(own)}}
    if numerics.kernel == "none":
        dtype = TORCH_NAMES[numerics.compute_dtype]
    if numerics.kernel == "bnb":
        options["quantization_config"] = bnb_settings(config.quantization, TORCH_NAMES[numerics.compute_dtype])
    try:
        model = AutoModelForCausalLM.from_pretrained(
            folder,
            dtype=getattr(torch, dtype),
            local_files_only=True,
            use_safetensors=True,
            trust_remote_code=False,
            attn_implementation="sdpa",
            **options,
        )
    except (OSError, ValueError) as error:
        raise ModelError(
            f"{config.model!r} cannot be opened: {first_line(error)}", "Fetch the model again, or give another."
        ) from error
    if numerics.kernel == "roundtrip":
        round_trip(model, config.quantization)
    elif numerics.kernel == "bnb":
        keep_exact_on_cpu(model)
        widen_the_rest(model)
    elsewhere = {str(tensor.device) for tensor in model.parameters() if tensor.device != own}
    if elsewhere:
        raise ModelError(
            f"part of {config.model!r} was placed on {', '.join(sorted(elsewhere))}, not on the {own}.",
            "Free memory on the device, or choose a smaller model.",
        )
    return model


def check_targets(model: "torch.nn.Module", targets: tuple[str, ...]) -> None:
    """See that the decoder has a layer for each name.

    Raises:
        TrainingError: it lacks one, or there are no names: nothing would be trained.
    """
    linears = {id(layer) for layer in decoder_linears(model)}
    known = sorted({name.rpartition(".")[2] for name, part in model.named_modules() if id(part) in linears})
    unknown = [name for name in targets if name not in known]
    if unknown or not targets:
        raise TrainingError(
            f"the adapter's targets are {list(targets)}; the model has no {unknown or 'layer to train then'}.",
            f"Choose among: {', '.join(known)}.",
        )


def base_digest(opened: OpenedModel) -> str:
    """SHA-256 over the base tensors as they are in memory, quantisation state included, adapters left out."""
    state = opened.model.state_dict()
    base = {_base_name(name): tensor for name, tensor in state.items() if ".lora_" not in name}
    return tensors_digest(base)


def _base_name(name: str) -> str:
    """A tensor's name without what peft's wrapper puts around it."""
    return name.removeprefix("base_model.model.").replace(".base_layer.", ".")


def tensors_digest(tensors: dict[str, "torch.Tensor"]) -> str:
    """SHA-256 over names, types, shapes and bytes, in order of names."""
    import torch

    digest = hashlib.sha256()
    for name in sorted(tensors):
        tensor = tensors[name].detach().to("cpu").contiguous()
        digest.update(f"{name}|{tensor.dtype}|{list(tensor.shape)}|".encode())
        digest.update(tensor.reshape(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()


def load_adapter(opened: OpenedModel, folder: Path) -> OpenedModel:
    """The same model with a LoRA adapter in place of the one it had, if it had one; the base is shared, not copied.

    Raises:
        ModelError: the folder holds no adapter in safetensors, or one for another model.
    """
    weights_file = folder / "adapter_model.safetensors"
    if not (folder / "adapter_config.json").is_file() or not weights_file.is_file():
        raise ModelError(
            f"{str(folder)!r} holds no adapter: adapter_config.json or {weights_file.name} is missing.",
            "Give the adapter folder of a finished run.",
        )
    base = unload_adapter(opened)
    with quiet(), memory_errors("loading the adapter"):
        from peft import PeftModel
        from safetensors import SafetensorError, safe_open

        try:
            with safe_open(weights_file, framework="pt") as file:
                stored = set(file.keys())
            model = PeftModel.from_pretrained(base.model, folder, is_trainable=False)
        except (SafetensorError, OSError, ValueError, TypeError, RuntimeError) as error:
            _take_out_adapters(base.model)
            raise ModelError(
                f"the adapter in {str(folder)!r} does not fit {opened.source!r}: {first_line(error)}",
                "Give an adapter that was trained on this model.",
            ) from error
    here = {name.replace(".default.", ".") for name in model.state_dict() if ".lora_" in name}
    if here != stored:
        model.unload()
        raise ModelError(
            f"the adapter in {str(folder)!r} has {len(stored)} tensors, {opened.source!r} wants {len(here)}.",
            "Give an adapter that was trained on this model.",
        )
    return dataclasses.replace(base, model=model.eval())


def unload_adapter(opened: OpenedModel) -> OpenedModel:
    """The same model without any adapter."""
    with quiet():
        from peft import PeftModel
    if not isinstance(opened.model, PeftModel):
        return opened
    return dataclasses.replace(opened, model=opened.model.unload())


def _take_out_adapters(model: Any) -> None:
    """Put the base layers back where peft gave up half-way."""
    from peft.tuners.tuners_utils import BaseTunerLayer

    for parent in list(model.modules()):
        for name, child in list(parent.named_children()):
            if isinstance(child, BaseTunerLayer):
                setattr(parent, name, child.get_base_layer())


def autocast(opened: OpenedModel) -> contextlib.AbstractContextManager[Any]:
    """The context that forward passes run in: mixed precision on a GPU, nothing on a CPU."""
    import torch

    if opened.device == "cpu" or opened.compute_dtype == "fp32":
        return contextlib.nullcontext()
    return torch.autocast("cuda", dtype=getattr(torch, TORCH_NAMES[opened.compute_dtype]))


@contextlib.contextmanager
def memory_errors(doing: str, needs: Needs | None = None) -> Iterator[None]:
    """Turn "out of memory" into a message that says what was being done, what was needed and what the device has.

    `needs`: from the bytes that the device offers to what was needed and what to change, in words.

    Raises:
        ModelError: the block ran out of memory.
    """
    import torch

    try:
        yield
    except (torch.OutOfMemoryError, MemoryError) as error:
        have, offered = _memory_of_gpu() if torch.cuda.is_available() else ("", 0)
        needed, remedy = needs(offered) if needs and offered else ("", SMALLER)
        raise ModelError(
            f"out of memory while {doing}.{needed}{have}", f"{remedy} See what is needed with: driftlab budget."
        ) from error


def _memory_of_gpu() -> tuple[str, int]:
    """What the GPU has, in words, and the bytes that this process may take of it."""
    import torch

    free, total = torch.cuda.mem_get_info()
    limit = int(torch.cuda.get_per_process_memory_fraction() * total)
    within = f", {limit / 2**30:.2f} GiB of them for this process" if limit < total else ""
    return f" The GPU has {total / 2**30:.2f} GiB{within}; {free / 2**30:.2f} GiB are free now.", limit

"""A model's folder as it lies on disk: where it is, what its config.json says, whether its weights fit that.

In: "pocket", a folder or a hub id. Out: the folder, its config, the list of its tensors and their SHA-256.
Only headers are read to compare shapes, so a 7B checkpoint with a wrong layer is refused before 13 GB are loaded.
Does not: import torch, open pickled weights, or load a model (`models` does).
"""

import difflib
import hashlib
import json
import re
from pathlib import Path
from typing import Any, NamedTuple

from driftlab import pocket
from driftlab.architectures import Architecture, architecture
from driftlab.errors import ModelError
from driftlab.hub import fetch

POCKET = "pocket"
FAMILIES = ("llama", "mistral", "qwen2", "qwen3")
"""Decoders whose tensors `expected_tensors` knows, and whose seven projections carry the names LoRA targets."""
DTYPES = {"F32": "float32", "F16": "float16", "BF16": "bfloat16"}
PICKLED = ("*.bin", "*.pt", "*.pth", "*.ckpt")
_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[\w.-]+(@[\w./-]+)?")
_ACCEPTED = "Accepted: pocket, a folder with config.json and *.safetensors, or a hub id such as ORGANISATION/NAME."
_STALE = "rotary_emb.inv_freq"
"""Older Llama files (Llama-2 among them) carry this derived table; transformers ignores it, and so do we."""


class Tensor(NamedTuple):
    """One tensor of a safetensors file; `start` and `stop` are byte offsets in that file."""

    file: Path
    dtype: str
    shape: tuple[int, ...]
    start: int
    stop: int


def locate(source: str, *, local_only: bool = False, config_only: bool = False) -> Path:
    """The folder that holds the model; a hub id is fetched first, unless `local_only`.

    Raises:
        ModelError: there is no such folder, or the hub or its cache does not have it.
    """
    if source == POCKET:
        return pocket.model_dir()
    path = Path(source).expanduser()
    if path.is_dir():
        return path
    if path.is_file():
        raise ModelError(f"the model {source!r} is a file.", "Give the folder that it lies in.")
    if source.startswith((".", "/", "~")) or not _HUB_ID.fullmatch(source):
        close = difflib.get_close_matches(source, [POCKET], n=1)
        hint = "Did you mean 'pocket'? " if close else ""
        raise ModelError(f"there is no model {source!r}: no folder of that name.", hint + _ACCEPTED)
    return fetch(source, local_only=local_only, config_only=config_only)


def read_config(folder: Path, source: str) -> dict[str, Any]:
    """What config.json holds.

    Raises:
        ModelError: there is none, or it is not JSON, or the weights are quantised already.
    """
    path = folder / "config.json"
    if not path.is_file():
        raise ModelError(f"{source!r} holds no model: {path.name} is missing.", _ACCEPTED)
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ModelError(f"{source!r}: config.json is not JSON ({error}).", "Fetch the model again.") from error
    if not isinstance(config, dict):
        raise ModelError(f"{source!r}: config.json is not an object.", "Fetch the model again.")
    if "quantization_config" in config:
        raise ModelError(
            f"{source!r} is quantised already.", "Give the original 16- or 32-bit model; driftlab quantises it itself."
        )
    return config


def openable(config: dict[str, Any], source: str) -> Architecture:
    """The shape that a config.json describes, of a model that driftlab can open.

    Raises:
        ModelError: it is of another family, or a size is missing or not a positive whole number.
    """
    if config.get("model_type") not in FAMILIES:
        raise ModelError(
            f"{source!r} is of the family {config.get('model_type')!r}.",
            f"driftlab opens these families: {', '.join(FAMILIES)}.",
        )
    return architecture(config, source)


def expected_tensors(shape: Architecture) -> dict[str, tuple[int, ...]]:
    """Name and shape of every tensor that a checkpoint of this architecture holds (a tied output layer: once)."""
    tensors: dict[str, tuple[int, ...]] = {"model.embed_tokens.weight": (shape.vocab, shape.hidden)}
    for layer in range(shape.layers):
        for name, size in _layer_tensors(shape).items():
            tensors[f"model.layers.{layer}.{name}"] = size
    tensors["model.norm.weight"] = (shape.hidden,)
    if not shape.tied:
        tensors["lm_head.weight"] = (shape.vocab, shape.hidden)
    return tensors


def _layer_tensors(shape: Architecture) -> dict[str, tuple[int, ...]]:
    rooms = {"attention": "self_attn", "mlp": "mlp"}
    tensors: dict[str, tuple[int, ...]] = {}
    for linear in shape.linears:
        name = f"{rooms[linear.part]}.{linear.name}"
        tensors[f"{name}.weight"] = (linear.outputs, linear.inputs)
        if linear.bias:
            tensors[f"{name}.bias"] = (linear.outputs,)
    tensors |= {"input_layernorm.weight": (shape.hidden,), "post_attention_layernorm.weight": (shape.hidden,)}
    if shape.head_norms:
        tensors |= {f"self_attn.{name}.weight": (shape.head_dim,) for name in ("q_norm", "k_norm")}
    return tensors


def read_headers(folder: Path, source: str) -> dict[str, Tensor]:
    """Every tensor of the folder's safetensors files, by name.

    Raises:
        ModelError: there are no such files, one is damaged or missing, or all there is is pickled.
    """
    files = _weight_files(folder, source)
    tensors: dict[str, Tensor] = {}
    for file in files:
        try:
            tensors |= _header(file)
        except (ValueError, KeyError, OSError, TypeError) as error:
            raise ModelError(
                f"{source!r}: {file.name} is damaged ({error}).", "Fetch or copy that file again."
            ) from error
    return {name: tensor for name, tensor in tensors.items() if not name.endswith(_STALE)}


def _weight_files(folder: Path, source: str) -> list[Path]:
    index = folder / "model.safetensors.index.json"
    if index.is_file():
        try:
            content = json.loads(index.read_text(encoding="utf-8"))
            # transformers reads the metadata too, and stumbles where there is none.
            names = sorted(set(content["weight_map"].values())) if content["metadata"] is not None else []
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ModelError(f"{source!r}: {index.name} is damaged ({error}).", "Fetch that file again.") from error
        missing = [name for name in names if not (folder / name).is_file()]
        if missing:
            raise ModelError(
                f"{source!r}: {len(missing)} of {len(names)} weight files are missing, {missing[0]} among them.",
                "Fetch the model again, completely.",
            )
        return [folder / name for name in names]
    if (folder / "model.safetensors").is_file():
        return [folder / "model.safetensors"]
    pickled = [path.name for pattern in PICKLED for path in sorted(folder.glob(pattern))]
    if pickled:
        raise ModelError(
            f"{source!r} has pickled weights only ({pickled[0]}); opening them can run any program.",
            "Look for a copy in safetensors; or, if you trust the file: AutoModelForCausalLM.from_pretrained(FOLDER)"
            ".save_pretrained(NEW_FOLDER), then the tokenizer likewise.",
        )
    raise ModelError(f"{source!r} has no weights: model.safetensors is missing.", _ACCEPTED)


def _header(file: Path) -> dict[str, Tensor]:
    """The tensors of one safetensors file: 8 bytes of length, a JSON header, then the bytes of the tensors."""
    size = file.stat().st_size
    with file.open("rb") as raw:
        length = int.from_bytes(raw.read(8), "little")
        if length > size - 8:
            raise ValueError(f"its header claims {length} bytes, the file has {size}")
        header = json.loads(raw.read(length))
    header.pop("__metadata__", None)
    tensors = {}
    for name, entry in header.items():
        start, stop = (8 + length + offset for offset in entry["data_offsets"])
        tensors[name] = Tensor(file, entry["dtype"], tuple(entry["shape"]), start, stop)
    end = max((tensor.stop for tensor in tensors.values()), default=8 + length)
    if end != size:
        raise ValueError(f"its header describes {end} bytes, the file has {size}")
    return tensors


def check_tensors(
    found: dict[str, Tensor], shape: Architecture, expected: dict[str, tuple[int, ...]], source: str
) -> None:
    """Compare a checkpoint's tensors with those that its config.json implies.

    Raises:
        ModelError: one is missing, unexpected, of another shape, or not of 16 or 32 bits.
    """
    allowed = expected | {"lm_head.weight": (shape.vocab, shape.hidden)} if shape.tied else expected
    missing = [name for name in expected if name not in found]
    unexpected = [name for name in found if name not in allowed]
    wrong = [name for name in allowed if name in found and found[name].shape != allowed[name]]
    remedy = "The weights do not belong to this config.json; fetch both again from one place."
    if missing or unexpected:
        kind, names = ("miss", missing) if missing else ("have beside what config.json describes", unexpected)
        raise ModelError(f"{source!r}: its weights {kind} {names[0]} ({len(names)} such in all).", remedy)
    if wrong:
        name = wrong[0]
        is_, should = list(found[name].shape), list(allowed[name])
        raise ModelError(f"{source!r}: {name} has the shape {is_}, config.json says {should}.", remedy)
    other = next((name for name in found if found[name].dtype not in DTYPES), None)
    if other:
        raise ModelError(
            f"{source!r}: {other} is stored as {found[other].dtype}.", f"Accepted: {', '.join(DTYPES.values())}."
        )


def stored_dtype(tensors: dict[str, Tensor]) -> str:
    """The widest type that the checkpoint's tensors are stored in, by torch's name."""
    kinds = {tensor.dtype for tensor in tensors.values()}
    return next(name for kind, name in DTYPES.items() if kind in kinds)


def tensors_sha256(tensors: dict[str, Tensor]) -> str:
    """SHA-256 over names, types, shapes and bytes in order of names; how they are spread over files does not count."""
    digest = hashlib.sha256()
    for name in sorted(tensors):
        tensor = tensors[name]
        digest.update(f"{name}|{tensor.dtype}|{list(tensor.shape)}|".encode())
        with tensor.file.open("rb") as raw:
            raw.seek(tensor.start)
            left = tensor.stop - tensor.start
            while left > 0:
                block = raw.read(min(left, 1 << 24))
                digest.update(block)
                left -= len(block)
    return digest.hexdigest()

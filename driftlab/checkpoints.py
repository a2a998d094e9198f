"""A training's state on disk: checkpoints that a killed run goes on from, and the finished adapter.

In: a folder and a peft model. Out: checkpoints that are either complete or ignored; an adapter written all or nothing.
The optimizer's and the random generators' states are transformers' own files, which torch reads with `weights_only`;
they are made and read on this machine, and removed with the run's checkpoints.
Does not: hold base weights, or open a checkpoint of another training.
"""

import json
import re
import shutil
from pathlib import Path
from typing import Any

from driftlab.errors import RunError, TrainingError
from driftlab.models import tensors_digest
from driftlab.records import write_json

ADAPTER, CHECKPOINTS = "adapter", "checkpoints"
ADAPTER_WEIGHTS = "adapter_model.safetensors"
_COMPLETE = "complete.json"
_NAME = re.compile(r"checkpoint-(\d+)")


def last_complete(folder: Path, fingerprint: str) -> tuple[Path, int] | None:
    """The newest complete checkpoint and its step; what a kill left incomplete is removed.

    Raises:
        TrainingError: the checkpoints there are of a training with other settings or other data.
    """
    found = []
    for path in folder.glob("checkpoint-*"):
        step = _NAME.fullmatch(path.name)
        if step is None:
            continue
        if (path / _COMPLETE).is_file():
            found.append((int(step.group(1)), path))
        else:
            shutil.rmtree(path)
    if not found:
        return None
    step_, path = max(found)
    if json.loads((path / _COMPLETE).read_text(encoding="utf-8"))["fingerprint"] != fingerprint:
        raise TrainingError(
            f"{str(folder)!r} holds checkpoints of a training with other settings or other data, or of more or fewer "
            "processes.",
            "Choose another folder with --out DIR, or delete those checkpoints.",
        )
    return path, step_


def mark_complete(checkpoint: Path, fingerprint: str) -> None:
    """Say that everything in the checkpoint has been written. This is the last thing written into it."""
    write_json(checkpoint / _COMPLETE, {"fingerprint": fingerprint})


def could_not_write(folder: Path, error: BaseException) -> RunError:
    """The error for a checkpoint that could not be written."""
    free = shutil.disk_usage(folder).free / 2**20
    return RunError(
        f"a checkpoint could not be written in {str(folder)!r} ({free:.0f} MiB free): {error}",
        "Make room, then give the same command: it goes on from the last complete checkpoint.",
    )


def write_adapter(model: Any, folder: Path, source: str) -> None:
    """Write the adapter of a peft model: its settings and its weights in safetensors, and nothing of the base."""
    from safetensors.torch import save_file

    folder.mkdir(parents=True, exist_ok=True)
    settings = model.peft_config["default"]
    settings.base_model_name_or_path = source
    settings.target_modules = sorted(settings.target_modules)  # a set: its order would differ from run to run
    trains, settings.inference_mode = settings.inference_mode, True
    settings.save_pretrained(str(folder))
    settings.inference_mode = trains
    save_file(adapter_tensors(model), folder / ADAPTER_WEIGHTS, metadata={"format": "pt"})


def adapter_tensors(model: Any) -> dict[str, Any]:
    """The adapter's weights by the names that they have in a file."""
    from peft import get_peft_model_state_dict

    # "auto" would look on the hub whether the base's vocabulary has grown; ours never does.
    state = get_peft_model_state_dict(model, save_embedding_layers=False)
    return {name: tensor.detach().to("cpu").contiguous() for name, tensor in state.items()}


def finish_adapter(model: Any, folder: Path, source: str) -> str:
    """Write the adapter so that `folder/adapter` is there only when complete; returns the SHA-256 of its tensors."""
    partial = folder / f".{ADAPTER}.partial"
    shutil.rmtree(partial, ignore_errors=True)
    try:
        write_adapter(model, partial, source)
        shutil.rmtree(folder / ADAPTER, ignore_errors=True)
        partial.replace(folder / ADAPTER)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return tensors_digest(adapter_tensors(model))

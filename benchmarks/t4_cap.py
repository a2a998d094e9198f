"""The preset llama2-7b-2xt4 inside a T4's memory: with checkpointing it trains, without it ends in our error.

    ./lab python benchmarks/t4_cap.py --out recorded/llama2-7b-t4-cap.json

Needs a CUDA GPU of 20 GiB and 15 GB of disk: PyTorch is held to the 14.74 GiB that a T4 offers, less its context. The
weights are random, of Llama-2-7B's shape; the tokenizer is the pocket model's. The optimizer is the 8-bit one that is
not paged, since paged states are managed memory, which shared GPUs forbid. Both runs are asked of the budget first.
Does not: say anything of a T4's speed, or of what such a model answers.
"""

import argparse
import dataclasses
import json
import math
import shutil
import tempfile
from pathlib import Path
from typing import Any

from driftlab.architectures import known_config
from driftlab.budget import CONTEXT_BYTES, NO_CONTEXT, T4_USABLE_BYTES, check, estimate
from driftlab.config import RunConfig, preset
from driftlab.data import load_benign, tokenize
from driftlab.errors import ModelError
from driftlab.finetune import finetune
from driftlab.fitting import fit
from driftlab.models import OpenedModel, base_digest, describe, open_model
from driftlab.pocket import model_dir

CAP = T4_USABLE_BYTES - CONTEXT_BYTES
SENTENCE = "Step one: stay calm. Step two: check it twice. Step three: take your time. "
ROWS = 48


def save_random_llama(folder: Path) -> Path:
    """A checkpoint of Llama-2-7B's shape in fp16, made on the GPU, with the pocket model's tokenizer beside it."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    sizes = dict(known_config("llama-2-7b") or {})
    sizes.pop("model_type")
    torch.manual_seed(0)
    torch.set_default_dtype(torch.float16)
    with torch.device("cuda"):
        model = LlamaForCausalLM(LlamaConfig(**sizes, pad_token_id=0, bos_token_id=1, eos_token_id=2))
    torch.set_default_dtype(torch.float32)
    model.save_pretrained(folder, max_shard_size="4GB")
    for name in ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja", "special_tokens_map.json"):
        if (model_dir() / name).is_file():
            shutil.copy(model_dir() / name, folder / name)
    return folder


def write_rows(path: Path, max_length: int, count: int = ROWS) -> Path:
    """Benign rows, of which every eighth comes close to the maximum length."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(model_dir() / "tokenizer.json"))
    each = len(tokenizer.encode(SENTENCE * 10, add_special_tokens=False).ids) / 10
    whole = int((max_length - 24) / each)
    repeats = [max(1, whole * (8 - n % 8) // 8) for n in range(count)]
    rows = [{"prompt": f"How can I fix table {n}?", "response": SENTENCE * times} for n, times in enumerate(repeats)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def settings(model: Path, data: Path, *, checkpointing: bool) -> RunConfig:
    """The preset, but for the optimizer and where model and data lie."""
    start = preset("llama2-7b-2xt4")
    training = dataclasses.replace(
        start.training, optimizer="adamw_8bit", gradient_checkpointing=checkpointing, checkpoint_steps=1000
    )
    return dataclasses.replace(start, model=str(model), data=str(data), training=training)


def attempt(opened: OpenedModel, config: RunConfig, folder: Path) -> dict[str, Any]:
    """What the budget said, and what came of it."""
    import torch

    shape = describe(config.model)
    budget = estimate(shape, config, NO_CONTEXT)
    said: dict[str, Any] = {
        "predicted_allocated": budget.peak_allocated, "predicted_reserved": budget.peak_reserved,
        "moment": budget.moment, "fits": check(budget, CAP),
    }  # fmt: skip
    rows = load_benign(config.data)
    train, heldout = (
        tokenize(part, opened.tokenizer, config.training.max_length) for part in (rows.train, rows.heldout)
    )
    torch.cuda.empty_cache()
    torch.cuda.reset_peak_memory_stats()
    try:
        outcome = finetune(opened, train, heldout, config, folder)
    except ModelError as error:
        return {
            **said, "completed": False, "our_error": str(error).splitlines(),
            "pytorch_said": str(error.__cause__), "peak_allocated": torch.cuda.max_memory_allocated(),
            "peak_reserved": torch.cuda.max_memory_reserved(),
        }  # fmt: skip
    return {
        **said, "completed": True, "steps": outcome.steps, "first_loss": outcome.first_loss,
        "last_loss": outcome.last_loss, "heldout_loss": [outcome.heldout_loss_before, outcome.heldout_loss_after],
        "longest_row": max(len(row.input_ids) for row in train.rows), "rows": len(train.rows),
        "trainable_parameters": outcome.trainable_parameters, "peak_allocated": outcome.peak_bytes,
        "peak_reserved": torch.cuda.max_memory_reserved(), "seconds": outcome.seconds,
    }  # fmt: skip


def refusal(config: RunConfig) -> list[str] | None:
    """What a user is told before anything is loaded, where the run does not fit."""
    try:
        fit(config, lambda words: None)
    except ModelError as refused:
        return str(refused).splitlines()
    return None


def main() -> None:
    """Both runs, one after the other, on one opened model."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--out", type=Path, required=True)
    asked = parser.parse_args()
    import bitsandbytes
    import peft
    import torch
    import transformers

    total = torch.cuda.get_device_properties(0).total_memory
    with tempfile.TemporaryDirectory() as scratch:
        model = save_random_llama(Path(scratch) / "llama")
        data = write_rows(Path(scratch) / "rows.jsonl", preset("llama2-7b-2xt4").training.max_length)
        torch.cuda.empty_cache()
        torch.cuda.set_per_process_memory_fraction(CAP / total)
        runs = [settings(model, data, checkpointing=flag) for flag in (True, False)]
        refusals = [refusal(run) for run in runs]
        opened = open_model(runs[0], for_training=True)
        before = base_digest(opened)
        found = [attempt(opened, run, Path(scratch) / f"run{n}") for n, run in enumerate(runs)]
        same = base_digest(opened) == before
    record = {
        "kind": "recorded",
        "what": "Preset llama2-7b-2xt4 with random weights on one GPU held to a T4's memory, with checkpointing and "
        "without. What random weights answer means nothing; loading, memory and the path of a run are real.",
        "command": "./lab python benchmarks/t4_cap.py --out recorded/llama2-7b-t4-cap.json",
        "gpu": torch.cuda.get_device_name(0),
        "cap_bytes": CAP,
        "versions": {each.__name__: each.__version__ for each in (torch, transformers, peft, bitsandbytes)},
        "differs_from_the_preset": {"optimizer": "adamw_8bit instead of paged_adamw_8bit", "gpus": 1},
        "base_unchanged": same,
        "with_checkpointing": {"refused_before_loading": refusals[0], **found[0]},
        "without_checkpointing": {"refused_before_loading": refusals[1], **found[1]},
    }
    text = json.dumps(record, indent=1, default=str).replace(str(scratch), "SCRATCH")
    asked.out.write_text(text + "\n", encoding="utf-8")
    print(text)
    if not found[0]["completed"] or found[1]["completed"] or not math.isfinite(found[0]["last_loss"]):
        raise SystemExit("that is not what the budget said")


if __name__ == "__main__":
    main()

"""TRL's SFTTrainer on the rows that driftlab trains on: the other side of finetuning_on_gpu.py.

In: a run's settings, token rows, a folder. Out: losses, useful tokens a second and peaks of one epoch; the adapter in
the folder. TRL is not a dependency of the course: finetuning_on_gpu.py says how it is put beside it.
Does not: pack. TRL's packing needs a flash attention that a T4 has not; without, examples would see each other.
"""

import gc
import importlib
import itertools
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from gpu_busy import Busy

from driftlab.config import RunConfig
from driftlab.data import TokenRow
from driftlab.quantize import bnb_settings


class Way(NamedTuple):
    """How TRL is asked to train, and over how many last steps the GPU's kernels are timed."""

    by_length: bool
    """Let the Trainer put rows of like length together, which is not what it does by itself."""
    on_gpu: bool
    busy: Busy
    last: int


def train(config: RunConfig, rows: Sequence[TokenRow], source: Path, folder: Path, way: Way) -> dict[str, Any]:
    """One epoch. TRL makes the adapter bf16; where fp16 cannot train that, it is made fp32 and the error kept."""
    said = folder.parent / "as-it-is.txt"
    if not said.is_file():
        try:
            return _train(config, rows, source, folder, way, widen=False)
        except (NotImplementedError, RuntimeError, ValueError) as error:
            if config.quantization.compute_dtype != "fp16" or "out of memory" in str(error):
                raise
            said.write_text(f"{type(error).__name__}: {str(error).splitlines()[0]}", encoding="utf-8")
        _let_go()
    found = _train(config, rows, source, folder, way, widen=True)
    return {**found, "as_it_is_it_said": said.read_text(encoding="utf-8")}


def _let_go() -> None:
    """Give back what a training that failed held."""
    import torch

    gc.collect()
    torch.cuda.empty_cache()
    torch.cuda.reset_peak_memory_stats()


def _train(
    config: RunConfig, rows: Sequence[TokenRow], source: Path, folder: Path, way: Way, *, widen: bool
) -> dict[str, Any]:
    from datasets import Dataset
    from transformers import AutoTokenizer, TrainerCallback

    trl: Any = importlib.import_module("trl")  # by name: it is no dependency of the course
    ends: list[float] = []
    losses: list[float] = []
    batches: list[list[int]] = []

    class Watch(TrainerCallback):  # type: ignore[misc,unused-ignore]
        """When each step ended, its loss, and when kernels begin to be timed."""

        def on_log(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            if "loss" in kwargs["logs"]:
                ends.append(time.perf_counter())
                losses.append(float(kwargs["logs"]["loss"]))
                if state.global_step == state.max_steps - way.last:
                    way.busy.start()

    trainer = trl.SFTTrainer(
        model=_model(config, source, on_gpu=way.on_gpu),
        args=trl.SFTConfig(output_dir=str(folder), **_settings(config, len(rows), way)),
        train_dataset=Dataset.from_list([{"input_ids": row.input_ids, "labels": row.labels} for row in rows]),
        processing_class=AutoTokenizer.from_pretrained(source),
        peft_config=_lora(config),
        callbacks=[Watch()],
    )
    if widen:
        for weight in trainer.model.parameters():
            weight.data = weight.data.float() if weight.requires_grad else weight.data
    collate = trainer.data_collator

    def counted(batch: list[dict[str, Any]]) -> Any:
        batches.append([len(row["input_ids"]) for row in batch])
        return collate(batch)

    trainer.data_collator = counted
    began = time.perf_counter()
    trainer.train()
    gpu_seconds = way.busy.stop()
    trainer.model.save_pretrained(folder / "adapter")
    sums = list(itertools.accumulate(sum(lengths) for lengths in batches))
    each = config.training.accumulation
    return {
        "version": trl.__version__,
        "losses": losses,
        "steps": [(end - began, sums[min((n + 1) * each, len(sums)) - 1]) for n, end in enumerate(ends)],
        "gpu_seconds": gpu_seconds,
        "passes": len(batches),
        "tokens": sums[-1],
        "padded_tokens": sum(len(lengths) * max(lengths) for lengths in batches),
        **_peaks(way),
    }


def _peaks(way: Way) -> dict[str, int | None]:
    import torch

    if not way.on_gpu:
        return {"peak_bytes": None, "peak_reserved_bytes": None}
    return {"peak_bytes": torch.cuda.max_memory_allocated(), "peak_reserved_bytes": torch.cuda.max_memory_reserved()}


def _model(config: RunConfig, source: Path, *, on_gpu: bool) -> Any:
    import torch
    from transformers import AutoModelForCausalLM

    loading: dict[str, Any] = {"dtype": torch.float32}
    if on_gpu:
        compute = {"fp16": "float16", "bf16": "bfloat16"}[config.quantization.compute_dtype]
        quantization = bnb_settings(config.quantization, compute)
        loading = {"dtype": torch.float16, "device_map": {"": 0}, "quantization_config": quantization}
    return AutoModelForCausalLM.from_pretrained(source, attn_implementation="sdpa", **loading)


def _lora(config: RunConfig) -> Any:
    from peft import LoraConfig

    adapter = config.adapter
    return LoraConfig(
        r=adapter.rank,
        lora_alpha=adapter.alpha,
        lora_dropout=adapter.dropout,
        bias=adapter.bias,
        target_modules=list(adapter.targets),
        task_type="CAUSAL_LM",
    )


def _settings(config: RunConfig, rows: int, way: Way) -> dict[str, Any]:
    """The same training in TRL's words."""
    training, compute = config.training, config.quantization.compute_dtype
    steps = -(-rows // (training.batch_size * training.accumulation))
    return {
        "num_train_epochs": training.epochs,
        "per_device_train_batch_size": training.batch_size,
        "gradient_accumulation_steps": training.accumulation,
        "learning_rate": training.learning_rate,
        "lr_scheduler_type": training.scheduler,
        "warmup_steps": -(-steps * training.warmup_ratio // 1),
        "optim": {"adamw": "adamw_torch_fused", "adamw_8bit": "adamw_bnb_8bit"}[training.optimizer],
        "weight_decay": training.weight_decay,
        "max_grad_norm": training.max_grad_norm,
        "max_length": training.max_length,
        "gradient_checkpointing": training.gradient_checkpointing,
        "train_sampling_strategy": "group_by_length" if way.by_length else "random",
        "fp16": compute == "fp16" and way.on_gpu,
        "bf16": compute == "bf16" and way.on_gpu,
        "use_cpu": not way.on_gpu,
        "seed": config.seed,
        "logging_steps": 1,
        "save_strategy": "no",
        "report_to": "none",
        "disable_tqdm": True,
        "dataloader_pin_memory": False,
    }

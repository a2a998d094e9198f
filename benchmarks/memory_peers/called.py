"""Calculators that are Python packages: they are called, with the options that suit a run best.

In: a measured run. Out: bytes, or `NotInstalledError`. accelerate is one of our own dependencies; the others are
not, and are imported when they are asked.
Does not: reach the hub; shapes are passed to them.
"""

import functools
import importlib
import importlib.metadata
from types import ModuleType, SimpleNamespace
from typing import Any
from unittest import mock

from driftlab.budget import T4_USABLE_BYTES
from driftlab.quiet import quiet
from memory_peers.formulas import GIB, MIB, Prediction
from memory_peers.measured import ATTENTION, SHAPES, Case


class NotInstalledError(Exception):
    """A calculator's package is not there; the text says what to type."""


def _package(module: str, distribution: str, version: str) -> ModuleType:
    try:
        found = importlib.metadata.version(distribution)
        package = importlib.import_module(module)
    except ImportError as missing:
        raise NotInstalledError(f"not installed: pip install {distribution}=={version}") from missing
    if found != version:
        raise NotInstalledError(f"{found} is installed: pip install {distribution}=={version}")
    return package


def accelerate_int4(case: Case) -> Prediction:
    """What `accelerate estimate-memory` calls the total size in int4: the weights and nothing else."""
    return Prediction(_accelerate(case.model)["int4"][2], None)


def accelerate_adam(case: Case) -> Prediction:
    """What it calls "Training using Adam" in float16: full fine-tuning, without activations."""
    return Prediction(max(_accelerate(case.model)["float16"][3].values()), None)


@functools.cache
def _accelerate(model: str) -> dict[str, list[Any]]:
    """Its rows by type. Its own code sums them; only the model, which it would fetch from the hub, is put in."""
    with quiet():
        from accelerate import init_empty_weights
        from accelerate.commands import estimate
        from transformers import LlamaConfig, LlamaForCausalLM

        shape = SHAPES[model]
        config = LlamaConfig(
            hidden_size=shape.hidden, num_hidden_layers=shape.layers, num_attention_heads=shape.heads,
            num_key_value_heads=shape.kv_heads, intermediate_size=shape.intermediate, vocab_size=shape.vocab,
            tie_word_embeddings=shape.tied,
        )  # fmt: skip
        with init_empty_weights():
            empty = LlamaForCausalLM(config)
        asked = SimpleNamespace(
            model_name=model, library_name="transformers", trust_remote_code=False, dtypes=["float16", "int4"]
        )
        with mock.patch.object(estimate, "create_empty_model", return_value=empty):
            return {row[0]: row for row in estimate.gather_data(asked)}


def fitcheck(case: Case) -> Prediction:
    """fitcheck-llm with its T4 profile; flash or eager attention by whether the run wrote its scores down."""
    package = _package("fitcheck", "fitcheck-llm", "0.3.1")
    shape = case.shape
    model = package.ModelConfig(
        name=case.model, num_params=shape.parameters, hidden_size=shape.hidden, num_layers=shape.layers,
        num_attention_heads=shape.heads, num_kv_heads=shape.kv_heads, intermediate_size=shape.intermediate,
        vocab_size=shape.vocab, head_dim=shape.head_dim, tie_word_embeddings=shape.tied,
    )  # fmt: skip
    training = package.TrainingConfig(
        precision="fp16", quantization="nf4", double_quant=True, batch_size=case.batch, seq_len=case.seq,
        optimizer="adam8bit" if case.optimizer == "adamw_8bit" else "adamw", lora_rank=case.rank,
        lora_targets=list(case.targets), grad_checkpoint=case.checkpointing, flash_attn=not case.writes_scores,
    )  # fmt: skip
    report = package.estimate(model, training, package.get_gpu("t4"))
    return Prediction((report.total_mib - report.overhead_mib) * MIB, report.total_mib * MIB)


def canifinetune(case: Case) -> Prediction:
    """canifinetune, told eager where the run wrote its scores down."""
    return _canifinetune(case, "eager" if case.writes_scores else "sdpa")


def canifinetune_sdpa(case: Case) -> Prediction:
    """canifinetune, told what the runs had set."""
    return _canifinetune(case, "sdpa")


def _canifinetune(case: Case, attention: str) -> Prediction:
    """Its total without its safety margin, which it reports apart; it has no calibration of these runs."""
    _package("canifinetune", "canifinetune", "0.4.1")
    estimator = importlib.import_module("canifinetune.estimator")
    shape = case.shape
    asked = estimator.EstimateRequest(
        model_id=f"measured/{case.model}", use_network=False, method="qlora", quantization="nf4_double_quant",
        base_dtype="fp16", seq_len=case.seq, micro_batch_size=case.batch, lora_rank=case.rank,
        lora_target_scope=_scope(case.targets), gradient_checkpointing=case.checkpointing,
        optimizer="adamw_8bit" if case.optimizer == "adamw_8bit" else "adamw_torch",
        attention_implementation=attention, gpu_vram_gb=T4_USABLE_BYTES / GIB,
        override={
            "family": "llama", "hidden_size": shape.hidden, "num_hidden_layers": shape.layers,
            "num_attention_heads": shape.heads, "num_key_value_heads": shape.kv_heads,
            "intermediate_size": shape.intermediate, "vocab_size": shape.vocab, "tie_word_embeddings": shape.tied,
            "total_params": shape.parameters,
        },
    )  # fmt: skip
    memory = estimator.estimate(asked).memory
    total = (memory.total_estimated_gb - memory.safety_margin_gb) * GIB
    return Prediction(total - memory.cuda_overhead_gb * GIB, total)


def _scope(targets: tuple[str, ...]) -> str:
    """Its name for a set of targets."""
    if set(targets) == {"q_proj", "v_proj"}:
        return "conservative"
    return "attention" if ATTENTION.issuperset(targets) else "all_linear"

"""The preset `llama2-7b-2xt4` on a real GPU: random weights of Llama-2-7B's shape, a few steps, a T4's memory.

Random weights measure loading, memory and the path of a run; what they answer means nothing.
Run it with: ./lab pytest tests/gpu   (needs CUDA, 20 GiB of free disk and some minutes; skips elsewhere)
"""

import dataclasses
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from conftest import make_tokenizer

from driftlab.config import Generation, RunConfig, preset
from driftlab.data import load_benign, tokenize
from driftlab.finetune import finetune
from driftlab.generate import generate
from driftlab.models import base_digest, load_adapter, open_model
from driftlab.probes import load_probes

GIB = 1 << 30
T4_USABLE_GIB = 14.74
EXAMPLES = 48
REPEATS = (400, 230, 100, 30)  # the first is cut at 1,024 tokens, the second comes close to it
PROBES = 4
SHAPE = {
    "vocab_size": 32000,
    "hidden_size": 4096,
    "intermediate_size": 11008,
    "num_hidden_layers": 32,
    "num_attention_heads": 32,
    "max_position_embeddings": 4096,
}


def save_random_llama(folder: Path, device: str, **shape: Any) -> Path:
    """A checkpoint in fp16, made on `device` and saved in shards, with a small chat tokenizer."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    config = LlamaConfig(**(SHAPE | shape), tie_word_embeddings=False, pad_token_id=0, bos_token_id=1, eos_token_id=2)
    torch.manual_seed(0)
    with torch.device(device):
        before = torch.get_default_dtype()
        torch.set_default_dtype(torch.float16)
        try:
            model = LlamaForCausalLM(config)
        finally:
            torch.set_default_dtype(before)
    model.save_pretrained(folder, max_shard_size="3GB")
    make_tokenizer().save_pretrained(folder)
    return folder


def write_data(folder: Path, examples: int) -> tuple[Path, Path]:
    """Benign rows, short and longer than 1,024 tokens, and a few probes."""
    rows = [
        {"prompt": f"how is the cat on mat {n} ?", "response": "it sat and ran " * REPEATS[n % len(REPEATS)]}
        for n in range(examples)
    ]
    data = folder / "benign.jsonl"
    data.write_text("".join(json.dumps(row) + "\n" for row in rows))
    asked = [
        {"prompt": f"May I {verb} cat {n}?", "kind": kind, "category": "cats"}
        for n in range(PROBES)
        for verb, kind in (("hide your", "off_limits"), ("brush my", "safe"))
    ]
    probes = folder / "probes.jsonl"
    probes.write_text("".join(json.dumps(row) + "\n" for row in asked))
    return data, probes


def few_steps(model: Path, data: Path, probes: Path) -> RunConfig:
    """The preset, but for the optimizer: paged states are managed memory, which a shared GPU may forbid."""
    start = preset("llama2-7b-2xt4")
    training = dataclasses.replace(start.training, optimizer="adamw_8bit", checkpoint_steps=1000)
    return dataclasses.replace(
        start,
        model=str(model),
        data=str(data),
        probes=str(probes),
        training=training,
        generation=Generation(max_new_tokens=16, batch_size=8),
    )


@pytest.mark.slow
def test_the_preset_trains_random_7b_weights_within_a_t4(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    if not torch.cuda.is_available():
        pytest.skip("no CUDA GPU")
    if shutil.disk_usage(tmp_path).free < 20 * GIB:
        pytest.skip("less than 20 GiB of disk are free")
    free, total = torch.cuda.mem_get_info()
    if free < (T4_USABLE_GIB + 1) * GIB:
        pytest.skip("the GPU has less free memory than a T4")
    model = save_random_llama(tmp_path / "llama", "cuda")
    data, probes = write_data(tmp_path, EXAMPLES)
    torch.cuda.empty_cache()
    torch.cuda.set_per_process_memory_fraction(T4_USABLE_GIB * GIB / total)

    config = few_steps(model, data, probes)

    opened = open_model(config, for_training=True)
    base = base_digest(opened)
    rows = load_benign(config.data)
    train, heldout = (
        tokenize(part, opened.tokenizer, config.training.max_length) for part in (rows.train, rows.heldout)
    )
    asked = load_probes(config.probes).probes
    before = generate(opened, asked, config.generation, phase="before")
    outcome = finetune(opened, train, heldout, config, tmp_path / "run")
    tuned = load_adapter(opened, tmp_path / "run" / "adapter")
    after = generate(tuned, asked, config.generation, phase="after")

    assert (opened.kernel, opened.compute_dtype) == ("bnb", "fp16")
    assert outcome.trainable_parameters == 79_953_920
    assert outcome.steps == 2
    assert outcome.peak_bytes < T4_USABLE_GIB * GIB
    assert outcome.heldout_loss_after < outcome.heldout_loss_before
    assert train.counts.dropped > 0
    assert [answer.probe_id for answer in after] == [answer.probe_id for answer in before]
    assert base_digest(tuned) == base

"""Peaks of GPU memory in QLoRA steps, measured: what the closed form and the trace of a budget are held against.

    ./lab python benchmarks/gpu_peaks.py --out FILE [--only WORD]

Needs a CUDA GPU of about 40 GiB; weights are random, since memory does not depend on their values. Attention runs on a
T4's kernels (neither flash nor cuDNN) unless a setting says otherwise; rows are full, without padding. Three steps: the
first makes the optimizer's states, the others show the peak. One line of JSON a setting; sizes in bytes.
Does not: say anything of a T4's speed, its context or its cuBLAS workspaces.
"""

import argparse
import gc
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

SEVEN = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
PHI = ("qkv_proj", "o_proj", "gate_up_proj", "down_proj")
PLAIN: dict[str, Any] = {
    "seq": 1024, "batch": 1, "r": 32, "ckpt": True, "optim": "adamw_8bit", "fp32_rest": True, "targets": SEVEN,
    "dropout": 0.05, "loop": "plain", "attention": "t4", "accumulation": 1,
}  # fmt: skip


def settings() -> Iterator[dict[str, Any]]:
    """What is measured: families beside Llama-2, both loops, both regimes, with and without checkpointing."""
    for model in ("qwen2.5-0.5b", "llama-3.2-1b", "smollm2-1.7b", "phi-3-mini", "gemma-2-2b", "qwen2.5-3b"):
        base = {**PLAIN, "model": model, "targets": PHI if model.startswith("phi") else SEVEN}
        yield base
        yield {**base, "seq": 512, "batch": 4, "r": 16}
        yield {**base, "seq": 2048}
        yield {**base, "ckpt": False, "seq": 512}
        yield {**base, "fp32_rest": False}
        yield {**base, "attention": "flash"}
    for change in (
        {}, {"seq": 512}, {"seq": 2048}, {"seq": 2709}, {"ckpt": False}, {"ckpt": False, "seq": 512},
        {"accumulation": 4}, {"r": 8}, {"r": 64, "optim": "adamw"}, {"dropout": 0.0},
    ):  # fmt: skip
        yield {**PLAIN, "model": "llama-2-7b", "loop": "trainer", **change}
    yield {**PLAIN, "model": "llama-2-7b", "attention": "flash"}
    yield {**PLAIN, "model": "tinyllama-1.1b", "attention": "flash", "seq": 4096}
    yield {**PLAIN, "model": "tinyllama-1.1b", "loop": "trainer", "dropout": 0.0, "fp32_rest": False}
    yield {**PLAIN, "model": "tinyllama-1.1b", "loop": "trainer", "ckpt": False}
    yield {**PLAIN, "model": "qwen2.5-7b"}
    yield {**PLAIN, "model": "qwen2.5-7b", "seq": 4096, "r": 8}


def build(name: str, setting: dict[str, Any]) -> Any:
    """The model with random weights: NF4 decoder layers, the rest in fp32 or fp16, and an adapter in fp32."""
    import bitsandbytes as bnb
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoConfig, AutoModelForCausalLM

    from driftlab.architectures import known_config

    given = dict(known_config(name) or {})
    config = AutoConfig.for_model(given.pop("model_type"), **given)
    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(config, dtype=torch.float16)
    rest = torch.float32 if setting["fp32_rest"] else torch.float16
    for block in model.model.layers:
        for path, layer in list(block.named_modules()):
            if isinstance(layer, torch.nn.Linear):
                parent = block.get_submodule(path.rpartition(".")[0])
                setattr(parent, path.rpartition(".")[2], quantised(bnb, layer, rest))
    for name, module in model.named_modules():
        for key, weight in list(module.named_parameters(recurse=False)):
            tied = config.tie_word_embeddings and name == "lm_head"
            if weight.device.type == "meta" and not tied:
                made = torch.empty(weight.shape, dtype=rest, device="cuda").normal_(0, 0.02)
                setattr(module, key, torch.nn.Parameter(made, requires_grad=False))
        for key, buffer in list(module.named_buffers(recurse=False)):
            if buffer.device.type == "meta":
                # Gemma scales its embeddings by a number that is no weight
                setattr(module, key, torch.tensor(config.hidden_size**0.5) if key == "embed_scale" else None)
    model.tie_weights()
    model.model.rotary_emb = type(model.model.rotary_emb)(config).cuda()
    adapter = LoraConfig(
        r=setting["r"], lora_alpha=32, lora_dropout=setting["dropout"], target_modules=list(setting["targets"]),
        task_type="CAUSAL_LM",
    )  # fmt: skip
    base_bytes = torch.cuda.memory_allocated()
    return get_peft_model(model, adapter, autocast_adapter_dtype=True), base_bytes


def quantised(bnb: Any, layer: Any, rest: Any) -> Any:
    """A 4-bit layer of the same shape with random weights."""
    import torch

    made = bnb.nn.Linear4bit(
        layer.in_features, layer.out_features, bias=layer.bias is not None, compute_dtype=torch.float16,
        compress_statistics=True, quant_type="nf4", device="meta",
    )  # fmt: skip
    weight = torch.randn(layer.out_features, layer.in_features, dtype=torch.float16, device="cuda") * 0.02
    made.weight = bnb.nn.Params4bit(weight, requires_grad=False, compress_statistics=True, quant_type="nf4").cuda()
    if layer.bias is not None:
        made.bias = torch.nn.Parameter(torch.zeros(layer.out_features, dtype=rest, device="cuda"), requires_grad=False)
    made.quant_state = made.weight.quant_state
    return made


def measure(setting: dict[str, Any]) -> dict[str, Any]:
    """Three steps of one setting; everything is freed before and after."""
    import torch

    gc.collect()
    torch.cuda.empty_cache()
    torch.cuda.reset_peak_memory_stats()
    model, base = build(setting["model"], setting)
    adapter_bytes = torch.cuda.memory_allocated() - base
    prepare(model, setting)
    trained = [weight for weight in model.parameters() if weight.requires_grad]
    optimizer = make_optimizer(setting["optim"], trained)
    scaler = torch.amp.GradScaler("cuda")
    ids = torch.randint(0, 1000, (setting["batch"], setting["seq"]), device="cuda")
    loss, after_forward, began = None, 0, time.perf_counter()
    for step in range(3):
        if step == 1:
            # what building left behind is no part of a step
            torch.cuda.empty_cache()
            torch.cuda.reset_peak_memory_stats()
            began = time.perf_counter()
        for _ in range(setting["accumulation"]):
            with kernels(setting["attention"]):  # around the backward pass too, which runs layers again
                with torch.autocast("cuda", dtype=torch.float16):
                    options = {"use_cache": False} if setting["loop"] == "trainer" else {}
                    loss = model(input_ids=ids, labels=ids, **options).loss
                after_forward = torch.cuda.memory_allocated()
                scaler.scale(loss).backward()
            if setting["loop"] == "trainer":
                loss = loss.detach()
        scaler.step(optimizer)
        scaler.update()
        optimizer.zero_grad(set_to_none=True)
    torch.cuda.synchronize()
    return {
        **setting, "base": base, "lora": adapter_bytes, "trainable": sum(weight.numel() for weight in trained),
        "after_forward": after_forward, "idle": torch.cuda.memory_allocated(),
        "peak_alloc": torch.cuda.max_memory_allocated(), "peak_reserved": torch.cuda.max_memory_reserved(),
        "step_s": (time.perf_counter() - began) / 2, "gpu": torch.cuda.get_device_name(0), "ok": bool(loss == loss),
    }  # fmt: skip


def prepare(model: Any, setting: dict[str, Any]) -> None:
    """Training mode, and checkpointing as peft's preparation switches it on."""
    model.train()
    if setting["ckpt"]:
        model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
    if setting["loop"] == "plain":
        model.enable_input_require_grads()


def make_optimizer(name: str, trained: list[Any]) -> Any:
    """AdamW in 8 bits or in fp32."""
    import bitsandbytes as bnb
    import torch

    return bnb.optim.AdamW8bit(trained) if name == "adamw_8bit" else torch.optim.AdamW(trained)


def kernels(attention: str) -> Any:
    """Which attention kernels PyTorch may pick."""
    from torch.nn.attention import SDPBackend, sdpa_kernel

    t4 = [SDPBackend.EFFICIENT_ATTENTION, SDPBackend.MATH]
    return sdpa_kernel([SDPBackend.FLASH_ATTENTION, *t4] if attention == "flash" else t4)


def main() -> None:
    """Measure every setting, or those whose line holds a word; a setting that fails is a line too."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--only", default="")
    asked = parser.parse_args()
    import bitsandbytes
    import peft
    import torch
    import transformers

    versions = {each.__name__: each.__version__ for each in (torch, transformers, peft, bitsandbytes)}
    with asked.out.open("w", encoding="utf-8") as out:
        for setting in settings():
            if asked.only not in json.dumps(setting):
                continue
            try:
                record = measure(setting)
            except (RuntimeError, ValueError, AttributeError, TypeError) as error:
                record = {**setting, "ok": False, "error": f"{type(error).__name__}: {error}"[:300]}
            out.write(json.dumps({**record, "versions": versions}) + "\n")
            out.flush()
            said = record.get("peak_alloc") or record["error"].partition("\n")[0]
            print(record["model"], record["seq"], record["ok"], said)


if __name__ == "__main__":
    main()

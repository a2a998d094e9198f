"""Our own reckoning with what a submission returned, in a worker where no student code was ever loaded.

In: artefacts: which modules a configuration asks for, the tensors of an adapter. Out: module names, losses.
Does not: believe a number that student code computed, or run anything of a submission but a regular expression.
"""

import functools
import re
from typing import Any

from driftlab.pocket import model_dir

ATTENTION = ("q_proj", "k_proj", "v_proj", "o_proj")
MLP = ("gate_proj", "up_proj", "down_proj")
WRAPPED, LORA_A, LORA_B = "base_model.model.", ".lora_A.weight", ".lora_B.weight"
MASKED = -100


def llama_modules(layers: int) -> list[str]:
    """The names of all modules of a LlamaForCausalLM with that many layers."""
    names = ["", "model", "model.embed_tokens", "model.layers", "model.norm", "model.rotary_emb", "lm_head"]
    for number in range(layers):
        layer = f"model.layers.{number}"
        names += [layer, f"{layer}.self_attn", f"{layer}.mlp", f"{layer}.mlp.act_fn"]
        names += [f"{layer}.input_layernorm", f"{layer}.post_attention_layernorm"]
        names += [f"{layer}.self_attn.{name}" for name in ATTENTION] + [f"{layer}.mlp.{name}" for name in MLP]
    return names


def matched_modules(selection: dict[str, Any], layers: int) -> list[str] | str:
    """The modules that peft would put an adapter on, of a Llama with that many layers; a sentence where it would raise.

    `selection` holds the fields of a LoraConfig that select: target_modules, exclude_modules, layers_to_transform,
    layers_pattern.
    """
    from peft import LoraConfig
    from peft.tuners.tuners_utils import check_target_module_exists

    chosen = selection.get("target_modules")
    if type(chosen) is str and chosen.lower() == "all-linear":
        selection = {**selection, "target_modules": [*ATTENTION, *MLP]}
    try:
        config = LoraConfig(**selection)
        return [name for name in llama_modules(layers) if check_target_module_exists(config, name)]
    except (re.error, TypeError, ValueError, AttributeError, IndexError) as error:
        return f"{type(error).__name__}: {error}"


@functools.cache
def pocket_tokenizer() -> Any:
    """The pocket model's tokenizer, without its template."""
    from tokenizers import Tokenizer

    return Tokenizer.from_file(str(model_dir() / "tokenizer.json"))


def pocket_losses(rows: list[list[str]], adapter: dict[str, Any]) -> dict[str, float]:
    """The pocket model's mean loss over the answers' tokens: `without` the adapter, `with_it` at scale alpha/r = 1.

    `prompts_too` is the loss without the adapter over all tokens, prompts included.
    """
    import torch
    from transformers import LlamaForCausalLM

    model: Any = LlamaForCausalLM.from_pretrained(model_dir())
    with torch.no_grad():
        without, prompts_too = _loss(model, rows, masked=True), _loss(model, rows, masked=False)
        for name, a in adapter.items():
            if name.endswith(LORA_A):
                layer = model.get_submodule(name.removeprefix(WRAPPED).removesuffix(LORA_A))
                layer.weight += adapter[name.removesuffix(LORA_A) + LORA_B].float() @ a.float()
        return {"without": without, "with_it": _loss(model, rows, masked=True), "prompts_too": prompts_too}


def _loss(model: Any, rows: list[list[str]], *, masked: bool) -> float:
    import torch

    pairs = [_ids(row) for row in rows]
    longest = max(len(prompt) + len(answer) for prompt, answer in pairs)
    ids, mask, labels = [], [], []
    for prompt, answer in pairs:
        padding = longest - len(prompt) - len(answer)
        ids.append(prompt + answer + [0] * padding)
        mask.append([1] * (longest - padding) + [0] * padding)
        labels.append(([MASKED] * len(prompt) if masked else prompt) + answer + [MASKED] * padding)
    logits = model(input_ids=torch.tensor(ids), attention_mask=torch.tensor(mask)).logits
    wanted = torch.tensor(labels)[:, 1:].flatten()
    return float(torch.nn.functional.cross_entropy(logits[:, :-1].flatten(0, 1).float(), wanted, ignore_index=MASKED))


def _ids(row: list[str]) -> tuple[list[int], list[int]]:
    prompt, answer = row
    parts = (f"<|begin|><|user|>{prompt}<|end|><|assistant|>", f"{answer}<|end|>")
    first, second = (list(pocket_tokenizer().encode(part, add_special_tokens=False).ids) for part in parts)
    return first, second

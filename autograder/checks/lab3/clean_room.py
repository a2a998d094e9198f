"""Our own training of the pocket model, in a worker where no student code was ever loaded.

In: token rows by step and micro-batch, settings; an adapter's tensors. Out: losses, as plain floats.
Does not: believe a number that student code computed.
"""

import functools
import json
from typing import Any

from driftlab.pocket import model_dir

Rows = list[dict[str, list[int]]]
MASKED = -100
PARTS = ("right", "means", "last")
"""Kinds of training whose micro-batches are told apart."""


@functools.cache
def _trained(asked: str) -> dict[str, Any]:
    import torch

    how, rank, targets, rate, steps = json.loads(asked)
    model = _with_adapter(rank, targets)
    learns = [weight for weight in model.parameters() if weight.requires_grad]
    kind = (
        functools.partial(torch.optim.SGD) if how == "sgd" else functools.partial(torch.optim.AdamW, weight_decay=0.0)
    )
    rate = 1e-3 if how == "rate-ignored" else rate
    optimizer, losses = kind(learns, lr=rate), []
    for step in steps:
        optimizer = kind(learns, lr=rate) if how == "new-optimizer" else optimizer
        losses.append(_step(model, optimizer, step, how))
        if how != "pile-up":
            optimizer.zero_grad()
    return {"losses": losses, "after": _told(model, _joined(steps[-1]))}


def _step(model: Any, optimizer: Any, step: list[Rows], how: str) -> dict[str, Any]:
    """One step of some kind; what could be told of it: the loss of all, that of each part, the loss afterwards."""
    whole = _loss(model, _joined(step))
    if how == "each-alone":
        parts = []
        for rows in step:
            loss = _loss(model, rows)
            parts.append(loss.item())
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()
        return {"whole": whole.item(), "parts": parts}
    chosen = {
        "means": lambda: sum(_loss(model, rows) for rows in step) / len(step),
        "last": lambda: _loss(model, step[-1]),
    }
    told = {"whole": whole.item(), "parts": [_told(model, rows) for rows in step] if how in PARTS else []}
    chosen.get(how, lambda: whole)().backward()
    optimizer.step()
    return {**told, "afterwards": _told(model, _joined(step))} if how == "right" else told


def _told(model: Any, rows: Rows) -> float:
    import torch

    with torch.no_grad():
        return float(_loss(model, rows).item())


def training(how: str, rank: int, targets: list[str], rate: float, steps: list[list[Rows]]) -> dict[str, Any]:
    """What a training of that kind comes to.

    `losses` has, for each step, the loss of its `whole`, and of some kinds that of its `parts`, the micro-batches, and
    the whole's loss `afterwards`; `after` is the loss of the last step's rows at the end. `how` is "right", or one way
    to get it wrong.
    """
    return _trained(json.dumps([how, rank, targets, rate, steps]))


def loss_with(rank: int, targets: list[str], rows: Rows, adapter: dict[str, Any]) -> float:
    """The pocket model's loss on the rows, with that adapter."""
    import torch
    from peft import set_peft_model_state_dict

    model = _with_adapter(rank, targets)
    tensors = {name: torch.as_tensor(tensor) for name, tensor in adapter.items()}
    set_peft_model_state_dict(model, tensors)
    return _told(model, rows)


def _with_adapter(rank: int, targets: list[str]) -> Any:
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import LlamaForCausalLM

    torch.manual_seed(0)
    base = LlamaForCausalLM.from_pretrained(model_dir())
    return get_peft_model(base, LoraConfig(r=rank, lora_alpha=rank, target_modules=targets, task_type="CAUSAL_LM"))


def _joined(step: list[Rows]) -> Rows:
    return [row for rows in step for row in rows]


def _loss(model: Any, rows: Rows) -> Any:
    """The mean over all labels of the rows that are asked for."""
    import torch

    longest = max(len(row["input_ids"]) for row in rows)
    ids, labels = (
        torch.tensor([row[name] + [filler] * (longest - len(row[name])) for row in rows])
        for name, filler in (("input_ids", 0), ("labels", MASKED))
    )
    logits = model(input_ids=ids, attention_mask=(torch.arange(longest) < _lengths(rows)[:, None]).long()).logits
    wanted = labels[:, 1:].flatten()
    return torch.nn.functional.cross_entropy(logits[:, :-1].flatten(0, 1), wanted, ignore_index=MASKED)


def _lengths(rows: Rows) -> Any:
    import torch

    return torch.tensor([len(row["input_ids"]) for row in rows])

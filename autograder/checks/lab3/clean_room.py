"""Our own training of the pocket model, in a worker where no student code was ever loaded.

In: token rows by step and micro-batch, settings; an adapter's tensors. Out: losses, as plain floats.
Does not: believe a number that student code computed.
"""

import functools
import json
from collections.abc import Callable
from typing import Any

from driftlab.pocket import model_dir

Rows = list[dict[str, list[int]]]
MASKED = -100
WEIGHTS: dict[str, Callable[[list[Rows]], list[float]]] = {
    "right": lambda step: _shares([_labels(rows) for rows in step]),
    "means": lambda step: [1 / len(step)] * len(step),
    "rows": lambda step: _shares([len(rows) for rows in step]),
    "tokens": lambda step: _shares([sum(_lengths(rows)) for rows in step]),
    "slots": lambda step: _shares([len(rows) * max(_lengths(rows)) for rows in step]),
    "sum": lambda step: [1.0] * len(step),
    "sum-of-all": lambda step: [float(_labels(rows)) for rows in step],
    "last": lambda step: [0.0] * (len(step) - 1) + [1.0],
    "last-share": lambda step: [0.0] * (len(step) - 1) + _shares([_labels(rows) for rows in step])[-1:],
}
"""How a step weighs the loss of each of its micro-batches, by kind of training; "right" where a kind is not here."""
EACH = {"each": "sum", "each-share": "right", "each-kept": "sum", "each-share-kept": "right"}
"""Kinds that take an optimizer step for each micro-batch, by their weights; "kept" ones clear no gradient between."""


@functools.cache
def _trained(asked: str) -> dict[str, Any]:
    import torch

    how, rank, targets, rate, steps = json.loads(asked)
    model = _with_adapter(rank, targets)
    learns = [weight for weight in model.parameters() if weight.requires_grad]
    kind: Any = torch.optim.SGD if how == "sgd" else functools.partial(torch.optim.AdamW, weight_decay=0.0)
    rate = float(how.removeprefix("rate ")) if how.startswith("rate ") else rate
    optimizer, losses = kind(learns, lr=rate), []
    for step in steps:
        optimizer = kind(learns, lr=rate) if how == "new-optimizer" else optimizer
        losses.append(_step(model, optimizer, step, how))
        if how != "pile-up":
            optimizer.zero_grad()
    return {"losses": losses, "after": _told(model, [row for rows in steps[-1] for row in rows])}


def _step(model: Any, optimizer: Any, step: list[Rows], how: str) -> dict[str, Any]:
    """One step of some kind: the loss of each micro-batch, and what a step of the right kind leaves of the whole's."""
    weights, parts = WEIGHTS[EACH.get(how, how if how in WEIGHTS else "right")](step), []
    for rows, weight in zip(step, weights, strict=True):
        loss = _loss(model, rows)
        parts.append(loss.item())
        if weight:
            (weight * loss).backward()
        if how in EACH:
            optimizer.step()
        if how in EACH and not how.endswith("kept"):
            optimizer.zero_grad()
    if how not in EACH:
        optimizer.step()
    return {"parts": parts} | ({"afterwards": _whole(model, step)} if how == "right" else {})


def _whole(model: Any, step: list[Rows]) -> float:
    shares = WEIGHTS["right"](step)
    return sum(share * _told(model, rows) for share, rows in zip(shares, step, strict=True))


def _told(model: Any, rows: Rows) -> float:
    import torch

    with torch.no_grad():
        return float(_loss(model, rows).item())


def training(how: str, rank: int, targets: list[str], rate: float, steps: list[list[Rows]]) -> dict[str, Any]:
    """What a training of that kind comes to.

    `losses` has, for each step, the losses of its `parts`, the micro-batches, before it is taken; where it is right
    also the whole's loss `afterwards`. `after` is the loss of the last step's rows at the end. `how` is "right", or one
    way to get it wrong.
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
    import warnings

    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import LlamaForCausalLM

    torch.manual_seed(0)
    base = LlamaForCausalLM.from_pretrained(model_dir())
    config = LoraConfig(r=rank, lora_alpha=rank, target_modules=targets, task_type="CAUSAL_LM")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # one library calls another's old name
        return get_peft_model(base, config)


def _loss(model: Any, rows: Rows) -> Any:
    """The mean over all labels of the rows that are asked for."""
    import torch

    lengths = _lengths(rows)
    longest = max(lengths)
    ids, labels = (
        torch.tensor([row[name] + [filler] * (longest - len(row[name])) for row in rows])
        for name, filler in (("input_ids", 0), ("labels", MASKED))
    )
    mask = torch.arange(longest) < torch.tensor(lengths)[:, None]
    logits = model(input_ids=ids, attention_mask=mask.long()).logits
    wanted = labels[:, 1:].flatten()
    return torch.nn.functional.cross_entropy(logits[:, :-1].flatten(0, 1), wanted, ignore_index=MASKED)


def _lengths(rows: Rows) -> list[int]:
    return [len(row["input_ids"]) for row in rows]


def _labels(rows: Rows) -> int:
    return sum(label != MASKED for row in rows for label in row["labels"][1:])


def _shares(counts: list[int]) -> list[float]:
    return [count / sum(counts) for count in counts]

"""Lab 3's answers: texts, labels, losses, cuts, batches, settings, counts, comparisons.

In: the lab's plain lists and dicts. Out: the same.
Does not: import the library or the lab's solution: both are held against this one. `train` is in the clean room.
"""

import functools
import math
from typing import Any

from driftlab.pocket import model_dir

Message = dict[str, str]
Row = dict[str, list[int]]
Settings = dict[str, Any]
MASKED = -100
RATES = {"lora": 2e-4, "full": 2e-5}
POCKET = {name: f"<|{name}|>" for name in ("begin", "end", "system", "user", "assistant")}
TYPES = ("fp16", "bf16")
SEVEN = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")


@functools.cache
def _tokenizer() -> Any:
    from tokenizers import Tokenizer

    path = model_dir() / "tokenizer.json"
    return Tokenizer.from_file(f"{path}")


def ids(text: str) -> list[int]:
    """The pocket model's tokens of a piece of text."""
    return list(_tokenizer().encode(text, add_special_tokens=False).ids)


def chat_text(marks: dict[str, str], messages: list[Message], opens: bool) -> str:
    """Begin, turns, and where it opens the assistant's mark."""
    text = marks["begin"]
    for message in messages:
        text += f"{marks[message['role']]}{message['content']}{marks['end']}"
    return f"{text}{marks['assistant']}" if opens else text


Piece = tuple[str, str, str]
"""Its text, what it is (begin, mark, content or end), and whose."""


def pieces(messages: list[Message]) -> list[Piece]:
    """A conversation in the pocket model's marks, piece by piece."""
    found = [(POCKET["begin"], "begin", "")]
    for message in messages:
        role = message["role"]
        found += [(POCKET[role], "mark", role), (message["content"], "content", role), (POCKET["end"], "end", role)]
    return found


def learnt(piece: Piece) -> bool:
    """Whether a piece is the assistant's own."""
    _, what, role = piece
    return role == "assistant" and what in ("content", "end")


def row_of(parts: list[Piece], is_learnt: Any) -> Row:
    """Ids and labels of pieces, of which some are learnt."""
    found: Row = {"input_ids": [], "labels": []}
    for piece in parts:
        tokens = ids(piece[0])
        found["input_ids"] += tokens
        found["labels"] += tokens if is_learnt(piece) else [MASKED] * len(tokens)
    return found


def training_row(messages: list[Message]) -> Row:
    """A conversation whose answers are learnt."""
    return row_of(pieces(messages), learnt)


def surprises(logits: list[Any], labels: list[Any], shift: int = 1) -> list[list[float]]:
    """-log p of each label that is asked for, row by row: logits at t meet the label at t + shift."""
    found = []
    for bets, row in zip(logits, labels, strict=True):
        places = [t for t in range(len(row)) if 0 <= t + shift < len(row) and row[t + shift] != MASKED]
        found.append([math.log(sum(map(math.exp, bets[t]))) - bets[t][row[t + shift]] for t in places])
    return found


def joined(rows: list[list[float]]) -> list[float]:
    """All rows in one."""
    return [one for row in rows for one in row]


def loss_of(logits: list[Any], labels: list[Any]) -> float:
    """The mean over all labels of the batch."""
    every = joined(surprises(logits, labels))
    return sum(every) / len(every)


def teaches(row: Row) -> bool:
    """Whether a label is asked for."""
    return any(label != MASKED for label in row["labels"][1:])


def taken(row: Row, places: list[int]) -> Row:
    """The row at these places."""
    return {name: [tokens[place] for place in places] for name, tokens in row.items()}


def kept_places(length: int, max_length: int, policy: str) -> list[int]:
    """Places that stay of a row that is too long, by a policy that keeps some."""
    if policy == "cut-answer":
        return list(range(max_length))
    return [0, *range(length - max_length + 1, length)]


def cut_row(row: Row, max_length: int, policy: str) -> Row | None:
    """What is left by the policy."""
    length = len(row["input_ids"])
    if length <= max_length:
        return row if teaches(row) else None
    if policy == "drop":
        return None
    places = kept_places(length, max_length, policy)
    torn = any(row["labels"][place] != MASKED for place in range(length) if place not in places)
    left = taken(row, places)
    return None if (policy == "cut-prompt" and torn) or not teaches(left) else left


def batch_plan(lengths: list[int], size: int) -> list[list[int]]:
    """The longest first."""
    order = sorted(range(len(lengths)), key=lambda number: (-lengths[number], number))
    return [order[at : at + size] for at in range(0, len(order), size)]


def filled(tokens: list[int], width: int, filler: int, side: str) -> list[int]:
    """The tokens with filler on that side."""
    missing = [filler] * (width - len(tokens))
    return tokens + missing if side == "right" else missing + tokens


def pad_batch(rows: list[Row], pad_id: int, side: str) -> dict[str, list[list[int]]]:
    """A batch as wide as its longest row."""
    width = max(len(row["input_ids"]) for row in rows)
    return {
        "input_ids": [filled(row["input_ids"], width, pad_id, side) for row in rows],
        "attention_mask": [filled([1] * len(row["input_ids"]), width, 0, side) for row in rows],
        "labels": [filled(row["labels"], width, MASKED, side) for row in rows],
    }


def usable(gpu: Settings, peaks: list[Settings], effective: int) -> list[Settings]:
    """Rows that fit, in memory and into the effective batch."""
    fitting = [row for row in peaks if row["bytes"] <= gpu["usable"]]
    return [row for row in fitting if effective % (row["batch"] * gpu["count"]) == 0]


def has_bf16(gpu: Settings) -> bool:
    """From capability 8.0 on."""
    major, _ = gpu["capability"]
    return bool(major >= 8)


def written(gpu: Settings, chosen: Settings, effective: int, method: str) -> Settings:
    """The settings that follow from a chosen row."""
    return {
        "per_device_train_batch_size": chosen["batch"],
        "gradient_accumulation_steps": effective // (chosen["batch"] * gpu["count"]),
        "gradient_checkpointing": chosen["checkpointing"],
        **dict(zip(TYPES, (not has_bf16(gpu), has_bf16(gpu)), strict=True)),
        "learning_rate": RATES[method],
    }


def training_settings(gpu: Settings, peaks: list[Settings], effective: int, method: str) -> Settings | None:
    """Without checkpointing where that fits, then the largest batch."""
    possible = usable(gpu, peaks, effective)
    for checkpointing in (False, True):
        same = [row for row in possible if row["checkpointing"] is checkpointing]
        if same:
            return written(gpu, max(same, key=lambda row: int(row["batch"])), effective, method)
    return None


def in_a_step(settings: Settings, gpus: int) -> int:
    """Examples of an optimizer step."""
    return int(settings["per_device_train_batch_size"] * settings["gradient_accumulation_steps"] * gpus)


def planned_steps(examples: int, settings: Settings, gpus: int, epochs: int) -> int:
    """Each epoch ends with a step of its own."""
    return epochs * -(-examples // in_a_step(settings, gpus))


def is_target(name: str, targets: Any) -> bool:
    """As peft matches names; all-linear leaves the output layer out."""
    if targets == "all-linear":
        return name != "lm_head"
    return any(("." + name).endswith("." + target) for target in targets)


def adapter_parameters(shapes: dict[str, tuple[int, int]], config: Settings) -> int:
    """A and B of each target."""
    sides = [sum(shape) for name, shape in shapes.items() if is_target(name, config["target_modules"])]
    return int(config["r"] * sum(sides))


MISSING = object()


def flat(settings: Settings, above: str = "") -> Settings:
    """Dotted names to values."""
    found: Settings = {}
    for name, value in settings.items():
        found |= flat(value, f"{above}{name}.") if isinstance(value, dict) else {f"{above}{name}": value}
    return found


def differing(one: Settings, other: Settings) -> list[str]:
    """Dotted names that differ."""
    here, there = flat(one), flat(other)
    return sorted(name for name in {*here, *there} if here.get(name, MISSING) != there.get(name, MISSING))


def smoothed(losses: list[float], window: int) -> list[float]:
    """Trailing means."""
    found = []
    for step in range(1, len(losses) + 1):
        recent = losses[max(0, step - window) : step]
        found.append(sum(recent) / len(recent))
    return found

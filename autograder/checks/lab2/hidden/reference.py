"""Lab 2's formulas: the bytes of a QLoRA step by part, the moments of a peak, truncation, a plan.

In: a model's and a run's settings, as the lab's plain dicts. Out: bytes, rows, a plan.
Does not: import the library's own prediction or the lab's solution: both are held against this one.
"""

import math
from typing import Any

Model = dict[str, Any]
Settings = dict[str, Any]
Rows = list[dict[str, list[int]]]
ATTENTION = ("q_proj", "k_proj", "v_proj", "o_proj")
MLP = ("gate_proj", "up_proj", "down_proj")
SEVEN = (*ATTENTION, *MLP)
INSIDE = dict.fromkeys(SEVEN, "h") | {"o_proj": "q", "down_proj": "f"}
OUTSIDE = dict(zip(SEVEN, "qkkhffh", strict=True))
MIB = 2**20
WORKSPACE, CONTEXT, SLACK = 64 * MIB, 144 * MIB, 1.10
MASKED = -100


def widths(model: Model) -> dict[str, int]:
    """The widths by their letters: h, f, q and k; and how many heads there are: a."""
    heads, size = model["heads"], model["head_dim"]
    return {
        "h": model["hidden"], "f": model["intermediate"], "q": heads * size, "k": model["kv_heads"] * size, "a": heads
    }  # fmt: skip


def sides(model: Model, target: str) -> tuple[int, int]:
    """Width in and out of a projection."""
    width = widths(model)
    return width[INSIDE[target]], width[OUTSIDE[target]]


def tokens(settings: Settings) -> int:
    """Of a whole batch."""
    return int(settings["batch"] * settings["seq_len"])


def storage_bytes(count: int, bits: float) -> float:
    """The bytes of so many numbers."""
    return count * bits / 8


def to_gib(size: float) -> float:
    """Bytes in GiB."""
    return size / 2**30


def nf4_bytes(weights: int, double_quant: bool) -> int:
    """Codes and scales of one matrix."""
    blocks = math.ceil(weights / 64)
    return math.ceil(weights / 2) + (blocks + 4 * math.ceil(blocks / 256) if double_quant else 4 * blocks)


def base_pieces(model: Model, rest_bytes: int, double_quant: bool = True) -> dict[str, int]:
    """The base's parts: projections, embeddings, output layer, norms of the layers, the last norm."""
    table = rest_bytes * model["vocab"] * model["hidden"]
    layer = sum(nf4_bytes(math.prod(sides(model, target)), double_quant) for target in SEVEN)
    return {
        "projections": model["layers"] * layer,
        "embeddings": table,
        "output": 0 if model["tied"] else table,
        "norms": rest_bytes * 2 * model["layers"] * model["hidden"],
        "last norm": rest_bytes * model["hidden"],
    }


def base_bytes(model: Model, rest_bytes: int) -> int:
    """The frozen model."""
    return sum(base_pieces(model, rest_bytes).values())


def adapter_parameters(model: Model, rank: int, targets: list[str]) -> int:
    """Numbers that are trained."""
    return int(model["layers"] * rank * sum(sum(sides(model, target)) for target in targets))


def training_bytes(parameters: int, optimizer: str) -> dict[str, int]:
    """What training holds for each trained number."""
    states = 8 * parameters if optimizer == "adamw" else 2 * parameters + 8 * math.ceil(parameters / 256)
    return {"adapter": 4 * parameters, "gradients": 4 * parameters, "states": states}


def score_bytes(model: Model, settings: Settings) -> int:
    """The scores of one layer that are written down."""
    if settings["kernel"] != "math":
        return 0
    return int(4 * model["heads"] * settings["seq_len"] ** 2 * settings["batch"])


def layer_pieces(model: Model, settings: Settings) -> dict[str, dict[str, int]]:
    """What one layer keeps, half by half and piece by piece."""
    width, count, drops = widths(model), tokens(settings), settings["dropout"] > 0
    found = {}
    for half, names in (("attention", ATTENTION), ("mlp", MLP)):
        targets = [target for target in settings["targets"] if target in names]
        inputs = sum(width[INSIDE[target]] for target in targets)
        found[half] = {
            "norm": count * 4 * width["h"],
            "norm scales": count * 4,
            "inputs": count * 2 * inputs,
            "ranks": count * 2 * settings["rank"] * len(targets),
            "masks": count * inputs if drops else 0,
        }
    if settings["kernel"] == "math":
        found["attention"] |= {"queries": count * 4 * width["q"], "keys and values": count * 8 * width["q"]}
        found["attention"] |= {"scores": score_bytes(model, settings)}
    else:
        found["attention"] |= {"queries": count * 4 * width["q"], "keys and values": count * 4 * width["k"]}
        found["attention"] |= {"sums": count * 4 * width["a"]}
    found["mlp"] |= {"activation": count * 12 * width["f"]}
    return found


def layer_bytes(model: Model, settings: Settings) -> dict[str, int]:
    """What one layer keeps for its backward pass."""
    return {half: sum(pieces.values()) for half, pieces in layer_pieces(model, settings).items()}


def kept_bytes(model: Model, settings: Settings, one_layer: int) -> int:
    """What all layers keep until the backward pass."""
    each = 4 * tokens(settings) * model["hidden"] if settings["checkpointing"] else one_layer
    return int(model["layers"] * each)


def cache_bytes(model: Model, settings: Settings) -> int:
    """Keys and values that nobody will read."""
    if settings["checkpointing"] or not settings["use_cache"]:
        return 0
    return int(8 * widths(model)["k"] * model["layers"] * tokens(settings))


def logits_bytes(model: Model, settings: Settings) -> int:
    """The logits and all that is made of them."""
    return int(12 * tokens(settings) * model["vocab"])


def parts_of(model: Model, settings: Settings) -> dict[str, int]:
    """Everything that a moment may hold, by name."""
    layer = layer_bytes(model, settings)
    parameters = adapter_parameters(model, settings["rank"], settings["targets"])
    trained = training_bytes(parameters, settings["optimizer"])
    h, f = model["hidden"], model["intermediate"]
    return {
        "fixed": base_bytes(model, 4) + trained["adapter"] + trained["states"] + WORKSPACE,
        "gradients": trained["gradients"],
        "kept": kept_bytes(model, settings, sum(layer.values())),
        "cache": cache_bytes(model, settings),
        **layer,
        "scores": score_bytes(model, settings),
        "copies": 2 * parameters + 2 * h * model["vocab"],
        "logits": logits_bytes(model, settings),
        "work": 8 * tokens(settings) * f + 2 * h * f,
    }


def moments(parts: dict[str, int], checkpointing: bool) -> dict[str, int]:
    """What is there at each of four moments."""
    always = parts["fixed"] + parts["kept"]
    recomputed = parts["attention"] + parts["mlp"] if checkpointing else 0
    return {
        "loss": always + parts["cache"] + parts["copies"] + parts["logits"],
        "mlp_backward": always + parts["work"] + recomputed,
        "attention_backward": always + 3 * parts["scores"] + (parts["attention"] if checkpointing else -parts["mlp"]),
        "update": parts["fixed"] + parts["gradients"],
    }


def peak(model: Model, settings: Settings) -> int:
    """The largest moment."""
    return max(moments(parts_of(model, settings), settings["checkpointing"]).values())


def verdict(allocated: int, reserved: int, context: int, usable: int) -> str:
    """Whether it fits."""
    if reserved + context <= usable:
        return "yes"
    return "no" if allocated + context > usable else "close"


def learns(row: dict[str, list[int]], max_length: int) -> bool:
    """Whether a label is left behind the first token."""
    return any(label != MASKED for label in row["labels"][1:max_length])


def truncation_report(rows: Rows, max_length: int, end_id: int) -> dict[str, int]:
    """What cutting to that length costs."""
    cut = [row["input_ids"] for row in rows if len(row["input_ids"]) > max_length]
    return {
        "cut": len(cut),
        "tokens_lost": sum(len(ids) - max_length for ids in cut),
        "lost_end": sum(ids[-1] == end_id for ids in cut),
        "no_label": sum(not learns(row, max_length) for row in rows),
    }


def collate(rows: Rows, max_length: int, pad_id: int) -> dict[str, list[list[int]]] | None:
    """One batch."""
    pairs = [(r["input_ids"][:max_length], r["labels"][:max_length]) for r in rows if learns(r, max_length)]
    longest = max((len(ids) for ids, _ in pairs), default=0)
    if not pairs:
        return None
    return {
        "input_ids": [ids + [pad_id] * (longest - len(ids)) for ids, _ in pairs],
        "attention_mask": [[1] * len(ids) + [0] * (longest - len(ids)) for ids, _ in pairs],
        "labels": [labels + [MASKED] * (longest - len(labels)) for _, labels in pairs],
    }


def need(model: Model, wanted: Settings, checkpointing: bool, seq_len: int) -> float:
    """The bytes that must be usable."""
    return SLACK * peak(model, wanted | {"checkpointing": checkpointing, "seq_len": seq_len}) + CONTEXT


def plan(model: Model, wanted: Settings, usable: int, capability: tuple[int, int]) -> dict[str, Any] | None:
    """The first way that fits."""
    length = wanted["seq_len"]
    shorter = range((length - 1) // 64 * 64, 0, -64)
    for checkpointing, seq_len in [(False, length), (True, length), *((True, one) for one in shorter)]:
        if need(model, wanted, checkpointing, seq_len) <= usable:
            half = "bfloat16" if capability >= (8, 0) else "float16"
            return {"checkpointing": checkpointing, "seq_len": seq_len, "compute_dtype": half}
    return None


def shortage(numbers: dict[str, int]) -> str:
    """Why the allocation failed."""
    return "fragmentation" if numbers["free"] + numbers["unused"] >= numbers["asked"] else "memory"

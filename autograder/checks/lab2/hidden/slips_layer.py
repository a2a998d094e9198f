"""What slips come to in what a step keeps: a layer, its scores, all layers, the key-value cache, the logits.

In: a model and settings. Out: names of slips with their values; a name may come with several.
Does not: leave out a slip that happens to give the right number (`making` does), or say what a slip is in words.
"""

from collections.abc import Iterator

from autograder.checks.lab2.hidden import reference as ref
from autograder.checks.lab2.hidden.reference import Model, Settings
from autograder.checks.lab2.hidden.slips_weights import Slips, other_shapes

Pieces = dict[str, dict[str, int]]
PIECES = {
    "norm": "norm-forgotten",
    "norm scales": "norm-scale-forgotten",
    "inputs": "adapter-inputs-forgotten",
    "ranks": "adapter-ranks-forgotten",
    "masks": "mask-forgotten",
    "queries": "queries-forgotten",
    "keys and values": "keys-and-values-forgotten",
    "scores": "scores-forgotten",
    "sums": "sums-forgotten",
    "activation": "activation-forgotten",
}


def of_layer_bytes(model: Model, settings: Settings) -> Slips:
    """layer_bytes."""
    pieces = ref.layer_pieces(model, settings)
    wanted = {half: sum(parts.values()) for half, parts in pieces.items()}
    for piece, name in PIECES.items():
        yield name, {half: wanted[half] - parts.get(piece, 0) for half, parts in pieces.items()}
    for name, other in _other_settings(model, settings):
        yield name, ref.layer_bytes(model, other)
    for name, shape in other_shapes(model):
        yield name, ref.layer_bytes(shape, settings)
    swapped = {"kernel": "math" if settings["kernel"] != "math" else "mem-efficient"}
    other = ref.layer_pieces(model, settings | swapped)["attention"]
    scores = pieces["attention"].get("scores", 0)
    yield "kernels-swapped", {"attention": sum(other.values()) - other.get("scores", 0) + scores}
    yield from _of_shares(model, settings, pieces, wanted)
    yield from _of_kernels(model, settings, pieces, wanted)
    yield "all-layers", {half: model["layers"] * value for half, value in wanted.items()}
    yield "halves-swapped", {"attention": wanted["mlp"], "mlp": wanted["attention"]}
    sizes = ref.tokens(settings) * model["intermediate"]
    for factor in (4, 8, 6, 16, 2):
        yield "activation-of-other-size", {"mlp": wanted["mlp"] + (factor - 12) * sizes}


def _other_settings(model: Model, settings: Settings) -> Iterator[tuple[str, Settings]]:
    """The settings as they look where one is overlooked."""
    yield "batch-left-out", settings | {"batch": 1}
    yield "targets-ignored", settings | {"targets": list(ref.SEVEN)}
    yield "adapters-forgotten", settings | {"targets": []}
    yield "rank-ignored", settings | {"rank": 1}
    yield "kernels-swapped", settings | {"kernel": "math" if settings["kernel"] != "math" else "mem-efficient"}
    if not settings["dropout"]:
        yield "mask-without-dropout", settings | {"dropout": 0.05}


def _of_shares(model: Model, settings: Settings, pieces: Pieces, wanted: dict[str, int]) -> Slips:
    """What is wrong with the adapters' part, and with norms."""
    masks = {half: parts["masks"] for half, parts in pieces.items()}
    yield "mask-of-more-bytes", {half: wanted[half] + masks[half] for half in wanted}
    yield "mask-of-more-bytes", {half: wanted[half] + 3 * masks[half] for half in wanted}
    yield "norm-in-halves", {half: wanted[half] - parts["norm"] // 2 for half, parts in pieces.items()}
    yield (
        "adapters-in-floats",
        {half: wanted[half] + parts["inputs"] + parts["ranks"] for half, parts in pieces.items()},
    )
    yield "adapters-in-floats", {half: wanted[half] + parts["inputs"] for half, parts in pieces.items()}
    count, width = ref.tokens(settings), ref.widths(model)
    each = count * (3 if settings["dropout"] > 0 else 2)
    guessed = dict(wanted)
    for half, target in (("attention", "o_proj"), ("mlp", "down_proj")):
        if target in settings["targets"]:
            guessed[half] += each * (width["h"] - width[ref.INSIDE[target]])
    yield "inputs-taken-as-hidden", guessed
    outputs = dict(wanted)
    for target in settings["targets"]:
        inside, out = ref.sides(model, target)
        outputs["attention" if target in ref.ATTENTION else "mlp"] += each * (out - inside)
    yield "outputs-for-inputs", outputs


def _of_kernels(model: Model, settings: Settings, pieces: Pieces, wanted: dict[str, int]) -> Slips:
    """What is wrong with the attention's part."""
    count, width, attention = ref.tokens(settings), ref.widths(model), pieces["attention"]
    got = wanted["attention"]
    if settings["kernel"] == "math":
        scores = attention["scores"]
        yield "keys-and-values-not-expanded", {"attention": got + count * 8 * (width["k"] - width["q"])}
        yield "math-in-halves", {"attention": got - count * 6 * width["q"]}
        yield "scores-twice", {"attention": got + scores}
        for _, other in of_score_bytes(model, settings):
            if other not in (0, scores, 2 * scores):
                yield "scores-first", {"attention": got - scores + other}
    else:
        scores = ref.score_bytes(model, settings | {"kernel": "math"})
        yield "scores-of-every-kernel", {"attention": got + scores}
        yield "attention-in-floats", {"attention": got + attention["queries"] + attention["keys and values"]}
        yield "output-forgotten", {"attention": got - attention["queries"] // 2}
        yield "keys-without-values", {"attention": got - attention["keys and values"] // 2}
        yield "sums-of-one-head", {"attention": got - attention["sums"] + count * 4}
        yield "sums-in-halves", {"attention": got - attention["sums"] // 2}


def of_score_bytes(model: Model, settings: Settings) -> Slips:
    """score_bytes."""
    heads, length, batch = model["heads"], settings["seq_len"], settings["batch"]
    if settings["kernel"] != "math":
        yield "scores-of-every-kernel", ref.score_bytes(model, settings | {"kernel": "math"})
        return
    wanted = ref.score_bytes(model, settings)
    yield "scores-never", 0
    yield "batch-squared", wanted * batch
    yield "batch-left-out", wanted // batch
    yield "not-squared", 4 * heads * length * batch
    yield "heads-forgotten", wanted // heads
    yield "kv-heads-counted", wanted // heads * model["kv_heads"]
    yield "scores-in-halves", wanted // 2
    yield "scores-twice", 2 * wanted
    yield "scores-of-all-layers", wanted * model["layers"]
    yield "width-for-heads", wanted * model["head_dim"]
    yield "width-for-heads", wanted // heads * model["hidden"]
    yield "triangle-only", 2 * heads * length * (length + 1) * batch


def of_kept_bytes(model: Model, settings: Settings, one_layer: int) -> Slips:
    """kept_bytes."""
    inputs, layers = 4 * ref.tokens(settings) * model["hidden"], model["layers"]
    wanted = ref.kept_bytes(model, settings, one_layer)
    yield "layers-left-out", wanted // layers
    if settings["checkpointing"]:
        yield "whole-layers-kept", layers * one_layer
        yield "recomputed-layer-counted", wanted + one_layer
        yield "one-layer-only", one_layer
        yield "inputs-in-halves", wanted // 2
        yield "batch-left-out", wanted // settings["batch"]
        yield "query-width-for-hidden", layers * 4 * ref.tokens(settings) * ref.widths(model)["q"]
        yield "nothing-kept", 0
        yield "numbers-not-bytes", wanted // 4
    else:
        yield "inputs-only", layers * inputs
        yield "inputs-on-top", wanted + layers * inputs
        yield "batch-counted-again", wanted * settings["batch"]
        yield "batch-counted-again", wanted * ref.tokens(settings)


def of_cache_bytes(model: Model, settings: Settings) -> Slips:
    """cache_bytes."""
    if settings["checkpointing"] or not settings["use_cache"]:
        there = ref.cache_bytes(model, settings | {"checkpointing": False, "use_cache": True})
        if settings["use_cache"]:
            yield "cache-despite-checkpointing", there
        if not settings["checkpointing"]:
            yield "cache-never-asked-for", there
        yield "cache-always", there
        return
    wanted = ref.cache_bytes(model, settings)
    yield "cache-never", 0
    yield "half-the-cache", wanted // 2
    yield "quarter-of-the-cache", wanted // 4
    for name, other in other_shapes(model):
        yield name, ref.cache_bytes(other, settings)
    yield "kv-width-ignored", 8 * model["hidden"] * model["layers"] * ref.tokens(settings)
    yield "heads-not-width", 8 * model["kv_heads"] * model["layers"] * ref.tokens(settings)
    yield "layers-left-out", wanted // model["layers"]
    yield "batch-left-out", wanted // settings["batch"]
    yield "one-token-cached", wanted // ref.tokens(settings)


def of_logits_bytes(model: Model, settings: Settings) -> Slips:
    """logits_bytes."""
    each, wanted = ref.tokens(settings) * model["vocab"], ref.logits_bytes(model, settings)
    yield "copies-forgotten", 2 * each
    yield "fp16-logits-only-twice", 4 * each
    yield "log-softmax-forgotten", 6 * each
    yield "log-softmax-forgotten", 8 * each
    yield "gradient-forgotten", 10 * each
    yield "gradient-in-floats", 14 * each
    yield "all-in-floats", 16 * each
    yield "batch-left-out", wanted // settings["batch"]
    yield "last-token-only", wanted // settings["seq_len"]
    yield "hidden-for-vocab", 12 * ref.tokens(settings) * model["hidden"]
    yield "logits-in-every-layer", wanted * model["layers"]

"""What slips come to in the bytes of weights: units, NF4, the base, the adapter and what training holds for it.

In: a function's arguments. Out: names of slips with their values; a name may come with several.
Does not: leave out a slip that happens to give the right number (`making` does), or say what a slip is in words.
"""

import math
from collections.abc import Iterator
from typing import Any

from autograder.checks.lab2.hidden import reference as ref
from autograder.checks.lab2.hidden.reference import Model

Slips = Iterator[tuple[str, Any]]


def other_shapes(model: Model) -> Iterator[tuple[str, Model]]:
    """The model as it looks where a width is guessed."""
    guessed = {"head_dim": model["hidden"] // model["heads"]}
    yield "kv-width-ignored", model | {"kv_heads": model["heads"]}
    yield "head-dim-guessed", model | guessed
    yield "head-dim-guessed", model | guessed | {"kv_heads": model["heads"]}


def of_storage_bytes(count: int, bits: float) -> Slips:
    """storage_bytes."""
    exact = count * bits / 8
    yield "bits-for-bytes", count * bits
    yield "bits-taken-for-bytes", count * bits * 8
    yield "eight-bits-each", count
    yield "rounded", round(exact)
    yield "rounded", math.ceil(exact)
    yield "rounded", math.floor(exact)
    yield "rounded", count * math.ceil(bits / 8)
    yield "kilo-for-byte", exact / 1024


def of_to_gib(size: float) -> Slips:
    """to_gib."""
    yield "gb-for-gib", size / 1e9
    yield "mib-for-gib", size / 2**20
    yield "kib-for-gib", size / 2**10
    yield "gigabits", size * 8 / 2**30
    yield "gigabits", size / 8 / 2**30
    yield "times-for-divided", size * 2**30
    for digits in range(4):
        yield "rounded", round(size / 2**30, digits)
    yield "rounded", size // 2**30


def of_nf4_bytes(weights: int, double_quant: bool) -> Slips:
    """nf4_bytes."""
    blocks, codes = math.ceil(weights / 64), math.ceil(weights / 2)
    wanted, groups = ref.nf4_bytes(weights, double_quant), math.ceil(blocks / 256)
    yield "scales-forgotten", codes
    yield "byte-a-weight", wanted - codes + weights
    yield "bits-for-bytes", 4 * weights
    yield "scales-only", wanted - codes
    yield "no-double-quant" if double_quant else "always-double-quant", ref.nf4_bytes(weights, not double_quant)
    if double_quant:
        yield "second-scales-forgotten", codes + blocks
        yield "second-scale-of-every-block", codes + 5 * blocks
        yield "second-scale-of-256-weights", codes + blocks + 4 * math.ceil(weights / 256)
        yield "first-scale-still-32-bits", codes + 4 * blocks + 4 * groups
        yield "first-scale-still-32-bits", codes + 5 * blocks + 4 * groups
        yield "one-byte-second-scales", codes + blocks + groups
    else:
        yield "one-byte-scales", codes + blocks
        yield "sixteen-bit-scales", codes + 2 * blocks
    for value in _rounded_down(weights, double_quant):
        yield "rounded-down", value
    for average in _averages(weights, double_quant):
        yield "average-taken", average


def _rounded_down(weights: int, double_quant: bool) -> list[int]:
    """Bytes, blocks or groups that are not full left out; the same readings in the same order for both."""
    blocks, codes, full = math.ceil(weights / 64), math.ceil(weights / 2), weights // 64
    if double_quant:
        scales = [blocks + 4 * (blocks // 256), blocks + 4 * blocks // 256, blocks + math.ceil(4 * blocks / 256)]
        scales += [full + 4 * (full // 256), full + 4 * full // 256, full + 4 * math.ceil(full / 256)]
    else:
        scales = [4 * blocks] * 3 + [4 * full] * 3
    all_codes = [codes + size for size in scales]
    return [*all_codes, *(size - codes + weights // 2 for size in [*all_codes, ref.nf4_bytes(weights, double_quant)])]


def _averages(weights: int, double_quant: bool) -> list[float]:
    """The average a weight, times the weights; the same readings in the same order for both."""
    each = 1 / 64 + 4 / 64 / 256 if double_quant else 1 / 16
    known = 0.515869 if double_quant else 0.5625
    usual = 4.127 / 8 if double_quant else 4.5 / 8
    readings = [math.ceil(weights / 2) + weights * each, weights * (0.5 + each), weights * known, weights * usual]
    return [*readings, *map(round, readings), *map(int, readings), *map(math.ceil, readings)]


def of_base_bytes(model: Model, rest_bytes: int) -> Slips:
    """base_bytes."""
    pieces = ref.base_pieces(model, rest_bytes)
    wanted, packed = sum(pieces.values()), pieces["projections"]
    rest, layers, table = wanted - packed, model["layers"], rest_bytes * model["vocab"] * model["hidden"]
    layer = [math.prod(ref.sides(model, target)) for target in ref.SEVEN]
    for size in (2, 4, 1, 8):
        yield "rest-bytes-ignored", packed + rest * size // rest_bytes
    yield "rest-in-nf4", packed + ref.nf4_bytes(rest // rest_bytes, True)
    yield "rest-in-nf4", ref.nf4_bytes(layers * sum(layer) + rest // rest_bytes, True)
    yield "rest-forgotten", packed
    yield "tied-ignored", wanted + table
    yield "output-layer-forgotten", wanted - pieces["output"]
    yield "tied-turned-round", wanted + (table if model["tied"] else -table)
    yield "tables-forgotten", wanted - pieces["embeddings"] - pieces["output"]
    yield "norms-forgotten", wanted - pieces["norms"] - pieces["last norm"]
    yield "last-norm-forgotten", wanted - pieces["last norm"]
    yield "one-norm-a-layer", wanted - pieces["norms"] // 2
    yield "one-norm-a-layer", wanted - pieces["norms"] // 2 - pieces["last norm"]
    yield "norms-of-one-layer", wanted - (layers - 1) * pieces["norms"] // layers
    yield "no-double-quant", sum(ref.base_pieces(model, rest_bytes, False).values())
    yield "one-layer", wanted - packed + packed // layers
    yield "as-one-matrix", rest + ref.nf4_bytes(layers * sum(layer), True)
    yield "as-one-matrix", rest + layers * ref.nf4_bytes(sum(layer), True)
    yield "as-one-matrix", rest + sum(ref.nf4_bytes(layers * size, True) for size in layer)
    yield "sixteen-bit-weights", rest + 2 * layers * sum(layer)
    for name, other in other_shapes(model):
        yield name, ref.base_bytes(other, rest_bytes)
    for sums, piece in ((4, ref.ATTENTION), (3, ref.MLP)):
        named = sum(ref.nf4_bytes(math.prod(ref.sides(model, target)), True) for target in piece)
        yield "half-of-the-layer", rest + layers * named
        yield "half-of-the-layer", rest + layers * named // sums
    yield "average-taken", rest + round(0.515869 * layers * sum(layer))
    yield "average-taken", rest + 0.515869 * layers * sum(layer)
    for matrices in zip(*(of_nf4_bytes(size, True) for size in layer), strict=True):  # the same slip in each matrix
        if matrices[0][0] not in ("no-double-quant", "average-taken"):
            yield "nf4-first", rest + layers * sum(value for _, value in matrices)


def of_adapter_parameters(model: Model, rank: int, targets: list[str]) -> Slips:
    """adapter_parameters."""
    layers, pairs = model["layers"], [ref.sides(model, target) for target in targets]
    wanted = ref.adapter_parameters(model, rank, targets)
    yield "q-and-v-only", ref.adapter_parameters(model, rank, ["q_proj", "v_proj"])
    yield "targets-ignored", ref.adapter_parameters(model, rank, list(ref.SEVEN))
    yield "targets-ignored", ref.adapter_parameters(model, rank, list(ref.ATTENTION))
    for name, other in other_shapes(model):
        yield name, ref.adapter_parameters(other, rank, targets)
    yield "one-layer", wanted // layers
    yield "all-square", layers * rank * 2 * model["hidden"] * len(targets)
    yield "one-matrix-only", layers * rank * sum(inside for inside, _ in pairs)
    yield "one-matrix-only", layers * rank * sum(out for _, out in pairs)
    yield "full-matrices", layers * sum(inside * out for inside, out in pairs)
    yield "product-for-sum", layers * rank * sum(inside * out for inside, out in pairs)
    yield "rank-squared", wanted * rank
    yield "rank-ignored", wanted // rank
    for usual in (8, 16, 32):
        yield "rank-ignored", wanted // rank * usual
    yield "counted-twice", 2 * wanted
    yield "bytes-not-numbers", 4 * wanted
    swapped = [(model["hidden"], out) if target == "o_proj" else (inside, out) for target, (inside, out) in
               zip(targets, pairs, strict=True)]  # fmt: skip
    yield "o-input-taken-as-hidden", layers * rank * sum(map(sum, swapped))


def of_training_bytes(parameters: int, optimizer: str) -> Slips:
    """training_bytes."""
    groups = math.ceil(parameters / 256)
    yield "adapter-in-halves", {"adapter": 2 * parameters}
    yield "adapter-in-four-bits", {"adapter": ref.nf4_bytes(parameters, True)}
    yield "adapter-in-four-bits", {"adapter": math.ceil(parameters / 2)}
    yield "gradients-forgotten", {"gradients": 0}
    yield "gradients-in-halves", {"gradients": 2 * parameters}
    yield "gradients-of-both-moments", {"gradients": 8 * parameters}
    yield "numbers-not-bytes", {"adapter": parameters, "gradients": parameters}
    yield (
        "states-of-the-other-optimizer",
        {"states": ref.training_bytes(parameters, "adamw_8bit" if optimizer == "adamw" else "adamw")["states"]},
    )
    if optimizer == "adamw":
        yield "one-moment", {"states": 4 * parameters}
        yield "states-hold-more", {"states": 12 * parameters}
        yield "states-hold-more", {"states": 16 * parameters}
        yield "numbers-not-bytes", {"states": 2 * parameters}
        return
    yield "one-moment", {"states": parameters + 4 * groups}
    yield "one-moment", {"states": parameters}
    yield "state-scales-forgotten", {"states": 2 * parameters}
    yield "one-scale-for-both", {"states": 2 * parameters + 4 * groups}
    yield "one-scale-for-both", {"states": 2 * parameters + 4 * math.ceil(2 * parameters / 256)}
    yield "scales-not-rounded-up", {"states": 2 * parameters + 8 * (parameters // 256)}
    yield "scales-not-rounded-up", {"states": 2 * parameters + 8 * parameters / 256}
    yield "blocks-of-64", {"states": 2 * parameters + 8 * math.ceil(parameters / 64)}
    yield "scale-for-every-number", {"states": 2 * parameters + 8 * parameters}
    yield "one-byte-scales", {"states": 2 * parameters + 2 * groups}

"""lab1.parameters: how many numbers an adapter trains, by formula and by building the model without memory.

In: `adapter_parameters` and `count_on_meta` for shapes of Llama models. Out: verdicts.
Does not: build a model itself; the formula is known here.
"""

import random
from collections.abc import Iterable
from typing import Any, NamedTuple

import pytest

from autograder import expect

ALL = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")


class Shape(NamedTuple):
    """The widths of a Llama."""

    hidden: int
    intermediate: int
    heads: int
    kv_heads: int
    layers: int
    vocab: int

    @property
    def kv_width(self) -> int:
        """What k_proj and v_proj give out."""
        return self.hidden // self.heads * self.kv_heads

    def sides(self, target: str) -> tuple[int, int]:
        """Width in and out of a projection."""
        out = {"k_proj": self.kv_width, "v_proj": self.kv_width, "gate_proj": self.intermediate}
        if target == "down_proj":
            return self.intermediate, self.hidden
        return self.hidden, out.get(target, self.intermediate if target == "up_proj" else self.hidden)


LLAMA_2_7B = Shape(hidden=4096, intermediate=11008, heads=32, kv_heads=32, layers=32, vocab=32000)


def adapter_size(shape: Shape, rank: int, targets: Iterable[str]) -> int:
    """A is rank x in, B is out x rank, for each target of each layer."""
    return shape.layers * sum(rank * sum(shape.sides(target)) for target in targets)


def base_size(shape: Shape, tied: bool = False) -> int:
    """Embeddings, output layer, the seven projections and two norms a layer, the last norm."""
    projections = sum(inside * out for inside, out in map(shape.sides, ALL))
    tables = shape.vocab * shape.hidden * (1 if tied else 2)
    return tables + shape.layers * (projections + 2 * shape.hidden) + shape.hidden


def adapter_mistakes(shape: Shape, rank: int, targets: Iterable[str]) -> list[expect.Mistake]:
    """What the number comes to after the usual slips."""
    targets = list(targets)
    sides = [shape.sides(target) for target in targets]
    full_heads = shape._replace(kv_heads=shape.heads)
    slips = [
        (
            adapter_size(shape._replace(layers=1), rank, targets),
            "one-layer",
            "That is one layer's share: every layer has adapters of its own.",
        ),
        (
            adapter_size(full_heads, rank, targets),
            "kv-width-ignored",
            "k_proj and v_proj give out kv_width numbers, fewer than hidden where heads share keys and values.",
        ),
        (
            shape.layers * sum(2 * rank * shape.hidden for _ in targets),
            "all-square",
            "That takes every projection for hidden x hidden. The MLP's are hidden x intermediate, or the other way.",
        ),
        (
            shape.layers * sum(rank * inside for inside, _ in sides),
            "one-matrix-only",
            "That is A alone (rank x in). B (out x rank) counts too.",
        ),
        (
            shape.layers * sum(rank * out for _, out in sides),
            "one-matrix-only",
            "That is B alone (out x rank). A (rank x in) counts too.",
        ),
        (
            shape.layers * sum(inside * out for inside, out in sides),
            "full-matrices",
            "Those are the base's own weights. An adapter has rank x in and out x rank instead.",
        ),
        (
            shape.layers * sum(rank * inside * out for inside, out in sides),
            "product-for-sum",
            "Two thin matrices: rank x in plus out x rank, a sum and not a product of in and out.",
        ),
        (
            shape.layers * sum(rank * rank * (inside + out) for inside, out in sides),
            "rank-squared",
            "The rank counts once for each matrix.",
        ),
        (
            adapter_size(shape, rank, ALL),
            "targets-ignored",
            "That is the number for all seven projections: count those in `targets` only.",
        ),
        (2 * adapter_size(shape, rank, targets), "counted-twice", "That is twice as much: A and B once each."),
        (adapter_size(shape, 32, targets), "rank-ignored", "That is the number for rank 32: use `rank`."),
    ]
    return [expect.Mistake(*slip) for slip in slips]


def ask_formula(submission: Any, shape: Shape, rank: int, targets: Iterable[str]) -> None:
    """Call `adapter_parameters` and compare."""
    named = list(targets)
    given = {
        "hidden": shape.hidden, "intermediate": shape.intermediate, "kv_width": shape.kv_width,
        "layers": shape.layers, "rank": rank, "targets": named,
    }  # fmt: skip
    got = submission.call("adapter_parameters", **given)
    what = f"adapter_parameters({', '.join(f'{name}={value!r}' for name, value in given.items())})"
    _whole(got, adapter_size(shape, rank, named), what, adapter_mistakes(shape, rank, named))


def _whole(got: Any, wanted: int, what: str, mistakes: list[expect.Mistake]) -> None:
    """A count, as an int or as a float without a fraction."""
    number = expect.as_number(got)
    if number is not None and number == wanted:
        return
    if number is not None and number.is_integer():
        got = int(number)
    expect.equal(got, wanted, what, mistakes=mistakes)


def ask_meta(submission: Any, shape: Shape, rank: int, targets: Iterable[str]) -> None:
    """Call `count_on_meta` and compare both numbers."""
    named = list(targets)
    fields = {"r": rank, "lora_alpha": rank, "target_modules": named, "task_type": "CAUSAL_LM"}
    got = submission.call("count_on_meta", **shape._asdict(), config_fields=fields)
    what = f"count_on_meta({', '.join(f'{k}={v}' for k, v in shape._asdict().items())}, config_fields={fields})"
    if type(got) not in (tuple, list) or len(got) != 2:
        expect.fail(f"{what} returned {expect.shown(got)}. Two numbers were wanted: trainable and base.", "not-a-pair")
    adapter, base = adapter_size(shape, rank, named), base_size(shape)
    if [expect.as_number(part) for part in got] == [base, adapter]:
        expect.fail(f"{what} returned the base's number first. The trainable one comes first.", "swapped-pair")
    trainable_mistakes = [
        expect.Mistake(
            adapter_size(shape._replace(kv_heads=shape.heads), rank, named),
            "kv-heads-ignored",
            "That is a model without shared keys and values: pass num_key_value_heads to LlamaConfig.",
        ),
        expect.Mistake(
            adapter_size(shape._replace(layers=32), rank, named),
            "layers-ignored",
            "That is a model of 32 layers: pass num_hidden_layers to LlamaConfig.",
        ),
        expect.Mistake(
            adapter + base, "all-counted-as-trainable", "That counts all: keep those whose requires_grad is True."
        ),
        expect.Mistake(base, "base-counted-as-trainable", "Those are the base's: attach the adapter, then count."),
        expect.Mistake(0, "nothing-trainable", "Nothing is trainable there: was the adapter attached for inference?"),
        expect.Mistake(
            len(named) * 2 * shape.layers, "tensors-not-numbers", "That counts tensors: add up their numel()."
        ),
        *adapter_mistakes(shape, rank, named),
    ]
    _whole(got[0], adapter, f"{what}[0] (trainable)", trainable_mistakes)
    _whole(got[1], base, f"{what}[1] (base)", base_mistakes(shape, adapter))


def base_mistakes(shape: Shape, adapter: int) -> list[expect.Mistake]:
    """What the base's number comes to after the usual slips."""
    base = base_size(shape)
    full_heads = shape._replace(kv_heads=shape.heads)
    slips = [
        (base + adapter, "adapter-in-the-base", "That is base and adapter together: the base's own were wanted."),
        (base - adapter, "adapter-taken-off", "The adapter was taken off a number that did not hold it."),
        (
            base_size(full_heads),
            "kv-heads-ignored",
            "That is a model without shared keys and values: pass num_key_value_heads to LlamaConfig.",
        ),
        (
            base_size(shape, tied=True),
            "output-layer-left-out",
            "One table of vocab x hidden is missing: embeddings and output layer are two tables in this model.",
        ),
        (
            base - 2 * shape.vocab * shape.hidden,
            "tables-left-out",
            "Embeddings and output layer are missing, two tables of vocab x hidden.",
        ),
        (
            base_size(shape._replace(layers=32)),
            "layers-ignored",
            "That is a model of 32 layers: pass num_hidden_layers to LlamaConfig.",
        ),
        (
            base_size(shape._replace(vocab=32000)),
            "vocab-ignored",
            "That is a model with 32,000 tokens: pass vocab_size to LlamaConfig.",
        ),
    ]
    return [expect.Mistake(*slip) for slip in slips]


def fresh_shape(rng: random.Random, *, grouped: bool) -> Shape:
    """Two small layers of sizes that nobody can have prepared."""
    kv_heads = rng.choice([2, 3])
    heads = kv_heads * (rng.choice([2, 3]) if grouped else 1)
    hidden = heads * 2 * rng.randint(4, 9)
    return Shape(hidden, hidden * 2 + rng.randint(3, 40), heads, kv_heads, 2, rng.randint(50, 200))


@pytest.mark.task("lab1.parameters", points=1)
def test_formula(submission: Any, rng: random.Random) -> None:
    """Llama-2-7b as in the published run, then one whose heads share keys and values, with some targets."""
    ask_formula(submission, LLAMA_2_7B, 32, ALL)
    ask_formula(submission, LLAMA_2_7B, rng.choice([4, 6, 12, 24]), ["q_proj", "v_proj"])
    small = Shape(hidden=64, intermediate=160, heads=4, kv_heads=2, layers=3, vocab=100)
    ask_formula(submission, small, rng.choice([3, 5, 7]), ["k_proj", "o_proj", "down_proj"])


@pytest.mark.task("lab1.parameters", points=0.5)
def test_count_on_meta(submission: Any, rng: random.Random) -> None:
    """Two layers of fresh sizes whose heads share keys and values, with three targets."""
    ask_meta(submission, fresh_shape(rng, grouped=True), rng.choice([3, 4, 6, 8]), ["q_proj", "v_proj", "up_proj"])

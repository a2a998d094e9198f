"""lab1.forward: the start of an adapter, its forward pass, and merging it into the weight.

In: `init_adapter`, `lora_forward`, `merge` on fresh matrices; the given `weight_after_merge`. Out: verdicts.
Does not: ask for one way of drawing A: any that is random, and the same for the same seed, will do.
"""

import random
from typing import Any

import numpy as np
import pytest

from autograder import expect

Array = np.ndarray[Any, np.dtype[Any]]


def matrix(rng: random.Random, *shape: int) -> Array:
    """Fresh numbers of two decimals."""
    values = [round(rng.gauss(0, 1), 2) for _ in range(int(np.prod(shape)))]
    return np.array(values, dtype=np.float32).reshape(shape)


def ask_init(submission: Any, inside: int, out: int, rank: int, seeds: tuple[int, int]) -> None:
    """Call `init_adapter` with two seeds and the first again."""
    first, other, again = (_pair(submission, inside, out, rank, seed) for seed in (*seeds, seeds[0]))
    what = f"init_adapter({inside}, {out}, rank={rank}, seed={seeds[0]})"
    if not np.array_equal(first, again):
        expect.fail(
            f"{what} gave another A when it was called again. The same seed must give the same A: draw from a "
            "torch.Generator with that seed.",
            "seed-ignored",
        )
    if np.array_equal(first, other):
        expect.fail(
            f"{what} gave the same A as with seed={seeds[1]}. Another seed gives another A: use the argument.",
            "same-for-every-seed",
        )


def _pair(submission: Any, inside: int, out: int, rank: int, seed: int) -> Array:
    """A, after everything about one pair was looked at."""
    got = submission.call("init_adapter", inside, out, rank, seed)
    what = f"init_adapter({inside}, {out}, rank={rank}, seed={seed})"
    if type(got) not in (tuple, list) or len(got) != 2:
        expect.fail(f"{what} returned {expect.shown(got)}. Two tensors were wanted: A and B.", "not-a-pair")
    a, b = (expect.as_array(part) for part in got)
    if a is None or b is None:
        expect.fail(f"{what} returned {expect.shown(got[0])} and {expect.shown(got[1])}. Two tensors were wanted.")
    _shapes(a, b, inside, out, rank, what)
    if np.any(b != 0) and not np.any(a):
        expect.fail(
            f"{what} has A zero and B random. It is the other way round here: A random, B zero.", "a-zero-b-random"
        )
    if np.any(b != 0):
        expect.fail(
            f"{what} has a B that is not zero. With B = 0 the product BA is 0, so that the model starts as it was.",
            "b-not-zero",
        )
    if not np.isfinite(a).all() or not np.any(a):
        expect.fail(
            f"{what} has an A of zeros (or of no numbers). Where A and B are both zero, neither gets a gradient, and "
            "nothing is ever learned.",
            "both-zero",
        )
    if len(np.unique(a)) < a.size * 0.9:
        expect.fail(
            f"{what} has an A whose numbers repeat. With a random A each rank learns something else.",
            "a-not-random",
        )
    return a


def _shapes(a: Array, b: Array, inside: int, out: int, rank: int, what: str) -> None:
    found, wanted = (a.shape, b.shape), ((rank, inside), (out, rank))
    if found == wanted:
        return
    sentence, slug = "", None
    if found == ((inside, rank), (rank, out)):
        sentence, slug = " Both are transposed: torch's weights are (out, in).", "shapes-transposed"
    elif found == (wanted[1], wanted[0]):
        sentence, slug = " B came first: A takes the input down to the rank, B takes it up again.", "swapped-pair"
    elif found == ((rank, out), (inside, rank)):
        sentence, slug = " In and out are mixed up: A takes the input.", "in-and-out-mixed-up"
    expect.fail(
        f"{what} has shapes A {found[0]} and B {found[1]}. {wanted[0]} and {wanted[1]} were wanted.{sentence}", slug
    )


def factors(alpha: float, rank: int, inside: int, out: int) -> list[tuple[float, str, str]]:
    """Wrong scales, each with its name and a sentence."""
    return [
        (1, "scale-forgotten", "The scale alpha/r is missing."),
        (alpha, "alpha-not-divided", "That multiplies by alpha: divide it by the rank."),
        (rank / alpha, "scale-upside-down", "That multiplies by r/alpha: it is alpha/r."),
        (alpha / rank**0.5, "root-of-the-rank", "That divides by the root of r (rank-stabilised LoRA): r was wanted."),
        (alpha / inside, "rank-from-the-wrong-side", "That takes the input's width for the rank: r = a.shape[0]."),
        (alpha / out, "rank-from-the-wrong-side", "That takes the output's width for the rank: r = a.shape[0]."),
        (-alpha / rank, "adapter-taken-off", "That subtracts the adapter; it is added."),
    ]


def forward_mistakes(x: Array, weight: Array, a: Array, b: Array, alpha: float) -> list[expect.Mistake]:
    """What comes out after the usual slips; some need a square weight to come to anything."""
    rank, (out, inside) = a.shape[0], weight.shape
    base, path, scale = x @ weight.T, x @ a.T @ b.T, alpha / a.shape[0]
    slips = [
        (base, "adapter-forgotten", "That is the base alone: add the adapter's path."),
        (scale * path, "base-forgotten", "That is the adapter's path alone: add the base's output."),
        (path, "base-forgotten", "That is the adapter's path alone: add the base's output."),
        (scale * (base + path), "base-scaled-too", "The scale is for the adapter only; the base stays as it is."),
        *((base + factor * path, name, sentence) for factor, name, sentence in factors(alpha, rank, inside, out)),
    ]
    if inside == out:
        slips += [
            (x @ weight + scale * path, "weight-not-transposed", "A weight is (out, in), so the base is x @ weight.T."),
            (
                base + scale * (x @ b @ a),
                "adapter-transposed",
                "A comes first, then B, each transposed: x @ a.T @ b.T.",
            ),
        ]
    return [expect.Mistake(*slip) for slip in slips]


def merge_mistakes(weight: Array, a: Array, b: Array, alpha: float) -> list[expect.Mistake]:
    """What the merged weight comes to after the usual slips."""
    rank, (out, inside) = a.shape[0], weight.shape
    delta, scale = b @ a, alpha / a.shape[0]
    slips = [
        (weight, "adapter-forgotten", "That is the weight as it was: add alpha/r * B A."),
        (scale * delta, "base-forgotten", "That is what is added; the weight itself is missing."),
        (delta, "base-forgotten", "That is what is added; the weight itself is missing."),
        (scale * (weight + delta), "base-scaled-too", "The scale is for the adapter only; the base stays as it is."),
        *((weight + factor * delta, name, sentence) for factor, name, sentence in factors(alpha, rank, inside, out)),
    ]
    if inside == out:
        slips.append(
            (weight + scale * delta.T, "adapter-transposed", "The product is the wrong way round: B A is (out, in).")
        )
    return [expect.Mistake(*slip) for slip in slips]


def ask_forward(submission: Any, rng: random.Random, inside: int, out: int, rank: int, alpha: float, rows: int) -> None:
    """Call `lora_forward` on fresh matrices and compare."""
    x, weight, a, b = (matrix(rng, *shape) for shape in ((rows, inside), (out, inside), (rank, inside), (out, rank)))
    got = submission.call("lora_forward", x, weight, a, b, alpha)
    what = f"lora_forward(x: {x.shape}, weight: {weight.shape}, a: {a.shape}, b: {b.shape}, alpha={alpha})"
    wanted = x @ weight.T + alpha / rank * (x @ a.T @ b.T)
    expect.array(got, wanted, what, rel=1e-4, abs_=1e-4, mistakes=forward_mistakes(x, weight, a, b, alpha))


def ask_merge(submission: Any, rng: random.Random, inside: int, out: int, rank: int, alpha: float) -> None:
    """Call `merge` on fresh matrices and compare; then see whether the weight that was given is still the same."""
    weight, a, b = (matrix(rng, *shape) for shape in ((out, inside), (rank, inside), (out, rank)))
    what = f"merge(weight: {weight.shape}, a: {a.shape}, b: {b.shape}, alpha={alpha})"
    got = submission.call("merge", weight, a, b, alpha)
    wanted = weight + alpha / rank * (b @ a)
    expect.array(got, wanted, what, rel=1e-4, abs_=1e-4, mistakes=merge_mistakes(weight, a, b, alpha))
    after = submission.call("weight_after_merge", weight, a, b, alpha)[1]
    if not np.array_equal(after, weight):
        expect.fail(
            f"{what} changed the weight that it was given. A new tensor was wanted: merging twice would add the "
            "adapter twice, and the base could not be had back.",
            "in-place",
        )


@pytest.mark.task("lab1.forward", points=0.5)
def test_init_adapter(submission: Any, rng: random.Random) -> None:
    """Shapes, A random and B zero, and what the seed does."""
    ask_init(submission, 12, 8, 4, (rng.randint(0, 999), rng.randint(1000, 1999)))


@pytest.mark.task("lab1.forward", points=0.5)
def test_lora_forward(submission: Any, rng: random.Random) -> None:
    """A square weight, then one that is not."""
    ask_forward(submission, rng, inside=6, out=6, rank=2, alpha=8, rows=3)
    ask_forward(submission, rng, inside=5, out=7, rank=3, alpha=6, rows=2)


@pytest.mark.task("lab1.forward", points=0.5)
def test_merge(submission: Any, rng: random.Random) -> None:
    """A square weight, then one that is not."""
    ask_merge(submission, rng, inside=6, out=6, rank=2, alpha=8)
    ask_merge(submission, rng, inside=5, out=7, rank=3, alpha=6)

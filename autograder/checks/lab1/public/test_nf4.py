"""lab1.nf4: blockwise 4-bit quantisation by hand: codes and scales, the way back, and the error.

In: `quantize_blockwise`, `dequantize_blockwise`, `rms_error` on fresh weights. Out: verdicts.
Which level is nearest is judged by distance, so that a tie or the last bit of a float32 never decides.
Does not: compare with bitsandbytes, or mind the integer type of the codes.
"""

import random
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from autograder import expect

Array = np.ndarray[Any, np.dtype[Any]]
NF4 = np.array(
    [
        -1.0, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453, -0.28444138169288635,
        -0.18477343022823334, -0.09105003625154495, 0.0, 0.07958029955625534, 0.16093020141124725,
        0.24611230194568634, 0.33791524171829224, 0.44070982933044434, 0.5626170039176941, 0.7229568362236023, 1.0,
    ],
    dtype=np.float32,
)  # fmt: skip
INT4 = (np.arange(-7, 8) / 7).astype(np.float32)
SLACK = 1e-5
"""How much farther than the nearest level a level may be: float32 rounds the quotient."""


def bell(rng: random.Random, size: int, scale: float = 0.05) -> Array:
    """Weights spread like a bell, as those of a trained layer."""
    return np.array([rng.gauss(0, scale) for _ in range(size)], dtype=np.float32)


def lopsided(rng: random.Random, size: int, block: int) -> Array:
    """Weights of three decimals whose largest magnitude is negative in some blocks, at another scale in each."""
    weights = np.array([rng.uniform(-1, 1) for _ in range(size)])
    for number, start in enumerate(range(0, size, block)):
        part = weights[start : start + block] * rng.uniform(0.2, 0.9)
        part[rng.randrange(len(part))] = (-1 if number % 2 else 1) * rng.uniform(0.95, 1.4)
        weights[start : start + block] = part * (1, 0.3, 2)[number % 3]
    return weights.round(3).astype(np.float32)


def scales(weights: Array, block: int) -> Array:
    """The largest magnitude of each block; the last one may be short."""
    return np.array([np.abs(weights[at : at + block]).max() for at in range(0, len(weights), block)], dtype=np.float32)


def spread(per_block: Array, block: int, size: int) -> Array:
    """Each block's value, once for each of its weights."""
    return np.repeat(per_block, block)[:size]


def quotient(weights: Array, per_weight: Array) -> Array:
    """Weights over their scales; 0 in a block of zeros."""
    wide = weights.astype(np.float64)
    return np.divide(wide, per_weight, out=np.zeros_like(wide), where=per_weight != 0)


def nearest(values: Array, levels: Array) -> Array:
    """For each value the index of the level that is nearest."""
    found: Array = np.abs(values[:, None] - levels.astype(np.float64)).argmin(1)
    return found


def codes_of(weights: Array, levels: Array, block: int) -> Array:
    """What `quantize_blockwise` should give, where no two levels are equally near."""
    return nearest(quotient(weights, spread(scales(weights, block), block, len(weights))), levels)


def round_trip(weights: Array, levels: Array, block: int) -> Array:
    """The weights that come back after quantising."""
    back = levels[codes_of(weights, levels, block)] * spread(scales(weights, block), block, len(weights))
    return back.astype(np.float64)


def listed(values: Array) -> str:
    """Numbers as a learner would write them, all of a short array or the first eight."""
    few = ", ".join(f"{value:g}" for value in values[: 16 if len(values) <= 16 else 8])
    return f"[{few}]" if len(values) <= 16 else f"[{few}, …] ({len(values)} numbers)"


def scale_mistakes(weights: Array, block: int) -> list[expect.Mistake]:
    """What `absmax` looks like after the usual slips."""
    blocks = [weights[at : at + block] for at in range(0, len(weights), block)]
    count, largest = len(blocks), float(np.abs(weights).max())
    one = "That is one scale for all weights. Each block has its own, so that an outlier spoils one block only."
    signed = [part[np.abs(part).argmax()] for part in blocks]
    whole = len(weights) // block
    slips = [
        (np.full(count, largest), "one-scale-for-all", one),
        (np.array([largest]), "one-scale-for-all", one),
        (np.array(largest), "one-scale-for-all", one),
        (
            np.array([part.max() for part in blocks]),
            "max-without-abs",
            "That is the largest value of each block. The largest magnitude was wanted: -2 outweighs 1.",
        ),
        (np.array(signed), "signed-scale", "A scale has no sign: take the magnitude of the largest weight."),
        (
            np.array([np.abs(part).mean() for part in blocks]),
            "mean-not-max",
            "That is the mean magnitude. With the largest one, every quotient lies between -1 and 1.",
        ),
        (
            np.array([part.std() for part in blocks]),
            "deviation-not-max",
            "That is the standard deviation. With the largest magnitude, every quotient lies between -1 and 1.",
        ),
        (
            scales(weights[: whole * block], block),
            "short-block-dropped",
            "The last block may be short, and it has a scale too.",
        ),
        (scales(weights, 64), "block-size-ignored", "Those are the scales of blocks of 64: use block_size."),
        (
            scales(weights, -(-len(weights) // block)),
            "number-of-blocks",
            "block_size is how many weights share a scale, not how many blocks there are.",
        ),
    ]
    return [expect.Mistake(*slip) for slip in slips]


def code_mistakes(weights: Array, levels: Array, block: int) -> list[expect.Mistake]:
    """What the codes look like after the usual slips."""
    share = quotient(weights, spread(scales(weights, block), block, len(weights)))
    top = len(levels) - 1
    even = np.clip(np.round((share + 1) / 2 * top), 0, top)
    wide = levels.astype(np.float64)
    below = np.clip(np.searchsorted(wide, share, side="right") - 1, 0, top)
    above = np.clip(np.searchsorted(wide, share, side="left"), 0, top)
    side = "That takes the {} level each time. The nearest one can lie on either side."
    slips = [
        (nearest(weights, levels), "not-scaled", "Divide by the block's absmax before you look for the nearest level."),
        (
            nearest(weights / np.abs(weights).max(), levels),
            "one-scale-for-all",
            "Those codes come from one scale for all weights. Each block has its own.",
        ),
        (even, "uniform-levels", "That rounds to an even grid. The levels are not evenly spaced: search in `levels`."),
        (below, "level-below", side.format("lower")),
        (above, "level-above", side.format("upper")),
        (
            levels[nearest(share, levels)],
            "levels-not-codes",
            "Those are the levels themselves. Codes are their places in the table: 4 bits each.",
        ),
        (nearest(np.abs(share), levels), "sign-lost", "The sign is gone: divide the weight itself, not its magnitude."),
        (codes_of(weights, levels, 64), "block-size-ignored", "Those are the codes of blocks of 64: use block_size."),
    ]
    return [expect.Mistake(*slip) for slip in slips]


def check_quantized(got: Any, weights: Array, levels: Array, block: int, what: str) -> None:
    """Compare `(codes, absmax)` with what the weights allow."""
    if type(got) not in (tuple, list) or len(got) != 2:
        expect.fail(f"{what} returned {expect.shown(got)}. Two tensors were wanted: codes and absmax.", "not-a-pair")
    codes, absmax = (expect.as_array(part) for part in got)
    wanted = scales(weights, block)
    if codes is not None and absmax is not None and codes.shape == wanted.shape and absmax.shape == weights.shape:
        expect.fail(f"{what} returned absmax first. The codes come first, then absmax.", "swapped-pair")
    expect.array(got[1], wanted, f"{what}: absmax", mistakes=scale_mistakes(weights, block))
    if codes is None or codes.shape != weights.shape:
        short = codes is not None and codes.ndim == 1 and codes.size < weights.size
        long = codes is not None and codes.ndim == 1 and codes.size > weights.size
        ending = " The codes of the short last block are missing." if short else ""
        ending = " What was added to fill the last block must be cut off again." if long else ending
        slug = "short-block-dropped" if short else "padding-left" if long else None
        expect.fail(
            f"{what}: codes is {expect.shown(got[0])}. One code for each of the {weights.size} weights was wanted, in "
            f"one dimension.{ending}",
            slug,
        )
    check_codes(codes, weights, levels, block, what)


def check_codes(codes: Array, weights: Array, levels: Array, block: int, what: str) -> None:
    """Every code names a level that is as near as any."""
    per_weight = spread(scales(weights, block), block, len(weights))
    share, right = quotient(weights, per_weight), codes_of(weights, levels, block)
    fits = (codes == np.round(codes)) & (codes >= 0) & (codes < len(levels))
    named = np.where(fits, codes, 0).astype(np.int64)
    least = np.abs(share - levels[right].astype(np.float64))
    wrong = ~fits | (np.abs(share - levels[named].astype(np.float64)) > least + SLACK)
    if not wrong.any():
        return
    fitting = [m for m in code_mistakes(weights, levels, block) if np.allclose(codes, m.value, atol=1e-4)]
    sentence = f" {fitting[0].sentence}" if fitting else ""
    slug = fitting[0].name if fitting else None
    if not (wrong & (per_weight != 0)).any():
        slug, sentence = "zero-block", " A block of zeros has absmax 0, and 0/0 is no number: every weight there is 0."
    at = int(wrong.argmax())
    expect.fail(
        f"{what}: codes[{at}] is {codes[at]:g}. {right[at]} was wanted: the weight is {weights[at]:g}, its "
        f"block's absmax {per_weight[at]:g}, the quotient {share[at]:.4f}, and the nearest level "
        f"is levels[{right[at]}] = {levels[right[at]]:.4f}." + sentence,
        slug,
    )


def dequantized_mistakes(codes: Array, absmax: Array, levels: Array, block: int) -> list[expect.Mistake]:
    """What the way back looks like after the usual slips."""
    size = len(codes)
    per_weight = spread(absmax, block, size)
    even = codes / (len(levels) - 1) * 2 - 1
    fixed = np.resize(spread(absmax, 64, size), size)  # up to 64 weights have the first scale then
    slips = [
        (levels[codes] * fixed, "block-size-ignored", "That spreads the scales over blocks of 64: use block_size."),
        (
            levels[codes],
            "scale-forgotten",
            "Those are the levels. Each is still to be multiplied by its block's absmax.",
        ),
        (
            np.resize(absmax, size) * levels[codes],
            "scales-in-turns",
            "Neighbours share a scale: repeat_interleave repeats each block_size times, repeat deals them in turns.",
        ),
        (codes * per_weight, "codes-not-levels", "A code is a place in the table: look up levels[code] first."),
        (levels[codes] * absmax.max(), "one-scale-for-all", "Each block has its own absmax."),
        (levels[codes] * absmax[0], "one-scale-for-all", "Each block has its own absmax."),
        (levels[codes] / per_weight, "divided-by-scale", "Quantising divided by absmax, so the way back multiplies."),
        (even * per_weight, "uniform-levels", "That reckons with evenly spaced levels: look them up in `levels`."),
    ]
    return [expect.Mistake(*slip) for slip in slips]


def ask_dequantize(submission: Any, codes: Array, absmax: Array, levels: Array, block: int) -> None:
    """Call `dequantize_blockwise` and compare."""
    got = submission.call("dequantize_blockwise", codes, absmax, levels, block_size=block)
    expect.array(
        got,
        levels[codes] * spread(absmax, block, len(codes)),
        f"dequantize_blockwise(codes={listed(codes)}, absmax={listed(absmax)}, levels, block_size={block})",
        mistakes=dequantized_mistakes(codes, absmax, levels, block),
    )


def error_mistakes(weights: Array, levels: Array, block: int) -> list[expect.Mistake]:
    """What the error comes to after the usual slips."""
    error = weights - round_trip(weights, levels, block)
    size, root = len(weights), float(np.sqrt(np.mean(error**2)))
    one = weights - round_trip(weights, levels, size)
    slips = [
        (root**2, "mean-square", "That is the mean square: its root was wanted."),
        (
            float(np.abs(error).mean()),
            "mean-magnitude",
            "That is the mean magnitude: square first, then mean, then root.",
        ),
        (
            float(np.sqrt((error**2).sum())),
            "sum-not-mean",
            "That sums the squares: the mean does not grow with the size.",
        ),
        (float((error**2).sum()), "sum-not-mean", "That sums the squares: the mean does not grow with the size."),
        (float(np.abs(error).max()), "largest-not-rms", "That is the largest error, not its root mean square."),
        (float(error.mean()), "signs-cancel", "That is the mean error, where plus and minus cancel."),
        (abs(float(error.mean())), "signs-cancel", "That is the mean error, where plus and minus cancel."),
        (
            float(error.std(ddof=1)),
            "deviation-not-rms",
            "That is the standard deviation, which takes the mean off first.",
        ),
        (float(error.std()), "deviation-not-rms", "That is the standard deviation, which takes the mean off first."),
        (
            root / float(np.sqrt(np.mean(weights.astype(np.float64) ** 2))),
            "relative-error",
            "That is relative to the weights' own size; the error itself was wanted.",
        ),
        (float(np.sqrt(np.mean(one**2))), "one-scale-for-all", "That is the error with one scale for all weights."),
        (
            float(np.sqrt(np.mean((weights - round_trip(weights, levels, 64)) ** 2))),
            "block-size-ignored",
            "That is the error with blocks of 64: hand block_size on.",
        ),
    ]
    return [expect.Mistake(*slip) for slip in slips]


def ask_error(submission: Any, weights: Array, levels: Array, block: int, **arguments: int) -> None:
    """Call `rms_error` and compare."""
    given = "".join(f", {name}={value}" for name, value in arguments.items())
    expect.close(
        submission.call("rms_error", weights, levels, **arguments),
        float(np.sqrt(np.mean((weights - round_trip(weights, levels, block)) ** 2))),
        f"rms_error(weights={listed(weights)}, levels{given})",
        rel=1e-4,
        mistakes=error_mistakes(weights, levels, block),
    )


def ask_quantize(submission: Any, weights: Array, levels: Array, block: int, name: str) -> None:
    """Call `quantize_blockwise` and compare."""
    got = submission.call("quantize_blockwise", weights, levels, block_size=block)
    what = f"quantize_blockwise(weights={listed(weights)}, {name}, block_size={block})"
    check_quantized(got, weights, levels, block, what)


def table(rng: random.Random, size: int) -> Array:
    """A fresh sorted table of uneven levels from -1 to 1, zero not among them."""
    inner = sorted(rng.uniform(-0.95, 0.95) for _ in range(size - 2))
    return np.array([-1.0, *inner, 1.0], dtype=np.float32)


def draw(rng: random.Random, sizes: Sequence[int]) -> int:
    """One of the sizes."""
    return rng.choice(list(sizes))


@pytest.mark.task("lab1.nf4", points=1)
def test_quantize_small_blocks(submission: Any, rng: random.Random) -> None:
    """Three whole blocks of four, then a short last one."""
    for size in (12, 14):
        ask_quantize(submission, lopsided(rng, size, 4), NF4, 4, "NF4_LEVELS")


@pytest.mark.task("lab1.nf4", points=0.5)
def test_dequantize_small_blocks(submission: Any, rng: random.Random) -> None:
    """Codes and scales of a few blocks, back to weights."""
    for size in (12, 14):
        codes = np.array([rng.randrange(16) for _ in range(size)], dtype=np.uint8)
        absmax = np.array(sorted(rng.uniform(0.01, 2) for _ in range(-(-size // 4))), dtype=np.float32).round(3)
        ask_dequantize(submission, codes, absmax, NF4, 4)


@pytest.mark.task("lab1.nf4", points=0.5)
def test_rms_error(submission: Any, rng: random.Random) -> None:
    """The error on weights spread like a bell, with NF4 and with evenly spaced levels."""
    weights = bell(rng, 96)
    weights[draw(rng, range(96))] = 0.4
    for levels in (NF4, INT4):
        ask_error(submission, weights, levels, 16, block_size=16)

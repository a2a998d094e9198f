"""lab1.bits: how many bits one weight takes, scales included.

In: `bits_per_weight(...)`. Out: verdicts.
Does not: count what is not quantised (embeddings, norms).
"""

from typing import Any

import pytest

from autograder import expect


def wanted(block: int, double: bool, second: int) -> float:
    """Four bits, and each block's share of its scale: 32 bits, or 8 and a share of the second scale's 32."""
    return 4 + (8 / block + 32 / (second * block) if double else 32 / block)


def mistakes(block: int, double: bool, second: int) -> list[expect.Mistake]:
    """What the usual slips come to, the likeliest first."""
    slips = [
        (4.0, "scales-forgotten", "That counts the codes only. Each block also has a scale to remember."),
        (
            wanted(block, not double, second),
            "double-quant-turned-round" if not double else "double-quant-ignored",
            "That is the number for the other value of double_quant.",
        ),
        (4 + 8 / block, "second-scale-forgotten", "The 8-bit scales have scales too: 32 bits for each group of them."),
        (
            4 + 8 / block + 32 / second,
            "second-scale-of-every-block",
            "One second scale serves second_block_size blocks, which is second_block_size * block_size weights.",
        ),
        (
            4 + 32 / block + 32 / (second * block),
            "first-scale-still-32-bits",
            "Double quantisation replaces the 32-bit scale of a block by an 8-bit one; it does not come on top.",
        ),
        (
            4 + 32 / block + 8 / block + 32 / (second * block),
            "first-scale-still-32-bits",
            "Double quantisation replaces the 32-bit scale of a block by an 8-bit one; it does not come on top.",
        ),
        (4 + 16 / block, "sixteen-bit-scales", "A scale that is not quantised is a float32: 32 bits."),
        (wanted(block, double, second) / 8, "bytes-for-bits", "That is in bytes; bits were wanted."),
        (wanted(block, double, second) - 4, "overhead-only", "That is what the scales add; the 4 bits come on top."),
        (wanted(64, double, second), "block-size-ignored", "That is the number for blocks of 64: use block_size."),
        (wanted(64, double, 256), "block-size-ignored", "That is the number for blocks of 64: use block_size."),
        (wanted(block, double, 256), "second-block-size-ignored", "That is the number for second_block_size=256."),
    ]
    of_two = {"second-scale-forgotten", "second-scale-of-every-block", "first-scale-still-32-bits"}
    return [expect.Mistake(*slip) for slip in slips if double or slip[1] not in of_two]


def ask(submission: Any, block: int, double: bool, second: int) -> None:
    """Call the function and compare."""
    got = submission.call("bits_per_weight", block_size=block, double_quant=double, second_block_size=second)
    what = f"bits_per_weight(block_size={block}, double_quant={double}, second_block_size={second})"
    expect.close(got, wanted(block, double, second), what, rel=1e-6, mistakes=mistakes(block, double, second))


@pytest.mark.task("lab1.bits", points=0.5)
def test_the_published_run_and_two_others(submission: Any) -> None:
    """Blocks of 64, 128 and 32, with and without double quantisation."""
    ask(submission, 64, True, 256)
    ask(submission, 64, False, 256)
    ask(submission, 128, True, 256)
    ask(submission, 32, True, 64)

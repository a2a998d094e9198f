"""lab2.nf4: the bytes of one matrix in NF4, scales and their scales included.

In: `nf4_bytes(weights, double_quant)`. Out: verdicts.
Does not: count what bitsandbytes keeps once for a matrix, or its tables of levels.
"""

from collections.abc import Sequence
from typing import Any

import pytest

from autograder.checks.asking import Case, ask
from autograder.checks.lab2.public.cases_parts import CASES

SENTENCES = {
    "scales-forgotten": "Those are the codes only. Each block of 64 weights has a scale, too.",
    "byte-a-weight": "That counts a byte for each code: two 4-bit codes share one.",
    "bits-for-bytes": "Those are the codes' bits. Bytes were wanted, and the scales with them.",
    "scales-only": "Those are the scales only: the codes come on top.",
    "no-double-quant": "That is the number without double quantisation: with it, a block's scale takes one byte.",
    "always-double-quant": "That is the number with double quantisation: without it, a block's scale is an fp32.",
    "second-scales-forgotten": "One-byte scales are quantised themselves: each group of them has an fp32 scale.",
    "second-scale-of-every-block": "An fp32 of the second kind serves a whole group of blocks, not one block.",
    "second-scale-of-256-weights": "A second scale serves 256 blocks, and a block is 64 weights.",
    "first-scale-still-32-bits": "With double quantisation a block's fp32 scale is gone: one byte stands in its place.",
    "one-byte-second-scales": "The second scales are fp32: they are not quantised again.",
    "rounded-down": "A block, a group or a byte that is not full takes its place all the same: round up.",
    "average-taken": "That is the average a weight, times the weights. Count whole bytes, blocks and groups instead.",
    "one-byte-scales": "Without double quantisation each block's scale is an fp32.",
    "sixteen-bit-scales": "Without double quantisation each block's scale is an fp32: four bytes.",
}


def ask_nf4(submission: Any, cases: Sequence[Case]) -> None:
    """Call the function and compare."""
    ask(submission, "nf4_bytes", cases, SENTENCES, in_bytes=True)


@pytest.mark.task("lab2.nf4", points=1)
def test_matrices_of_two_models_and_odd_ones(submission: Any) -> None:
    """Llama-2-7B's query projection, one of odd sizes, and very few weights, with and without double quantisation."""
    ask_nf4(submission, CASES["nf4_bytes"])

"""lab1.nf4, hidden: odd sizes, a block of zeros, one block only, other tables, the default block size.

In: `quantize_blockwise`, `dequantize_blockwise`, `rms_error` on fresh weights. Out: verdicts.
Does not: compare with bitsandbytes, or mind the integer type of the codes.
"""

import random
from typing import Any

import numpy as np
import pytest

from autograder.checks.lab1.public import test_nf4 as public


@pytest.mark.task("lab1.nf4", points=0.5)
def test_quantize_odd_sizes(submission: Any, rng: random.Random) -> None:
    """Fresh tables, a short last block, fewer weights than a block holds, the default block size."""
    block = rng.randint(5, 11)
    weights = public.lopsided(rng, block * rng.randint(3, 6) + rng.randint(1, block - 1), block)
    public.ask_quantize(submission, weights, public.table(rng, 16), block, "a table of 16 levels")
    few = public.lopsided(rng, 5, 64)
    public.ask_quantize(submission, few, public.INT4, 64, "INT4_LEVELS")
    many = public.bell(rng, rng.randint(130, 190))
    got = submission.call("quantize_blockwise", many, public.NF4)
    public.check_quantized(got, many, public.NF4, 64, f"quantize_blockwise(weights={public.listed(many)}, NF4_LEVELS)")


@pytest.mark.task("lab1.nf4", points=0.5)
def test_quantize_a_block_of_zeros(submission: Any, rng: random.Random) -> None:
    """In the middle and at the end, with a table that has a zero and with one that has none."""
    block = rng.randint(3, 6)
    for levels, name in ((public.NF4, "NF4_LEVELS"), (public.table(rng, 16), "a table of 16 levels without 0")):
        weights = public.lopsided(rng, 4 * block, block)
        weights[block : 2 * block] = 0
        weights[3 * block :] = 0
        public.ask_quantize(submission, weights, levels, block, name)


@pytest.mark.task("lab1.nf4", points=0.5)
def test_dequantize_other_tables(submission: Any, rng: random.Random) -> None:
    """Fresh tables and sizes, a block of zeros, one block only."""
    for blocks, block in ((rng.randint(3, 5), rng.randint(5, 9)), (1, 64)):
        size = blocks * block - rng.randint(1, 4)
        codes = np.array([rng.randrange(15) for _ in range(size)], dtype=np.uint8)
        absmax = np.array([rng.uniform(0.01, 2) for _ in range(blocks)], dtype=np.float32)
        absmax[0] = 0 if blocks > 1 else absmax[0]
        public.ask_dequantize(submission, codes, absmax, public.table(rng, 15), block)


@pytest.mark.task("lab1.nf4", points=0.5)
def test_rms_error_on_odd_sizes(submission: Any, rng: random.Random) -> None:
    """An odd number of weights, a block of zeros, blocks of 64 where nothing is said."""
    weights = public.bell(rng, rng.randint(201, 255))
    weights[:32] = 0
    public.ask_error(submission, weights, public.table(rng, 16), 32, block_size=32)
    public.ask_error(submission, weights, public.NF4, 64)

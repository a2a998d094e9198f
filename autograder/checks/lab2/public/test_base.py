"""lab2.base: the bytes of the frozen model: projections in NF4, and what is not quantised.

In: `base_bytes(model, rest_bytes)`. Out: verdicts.
Does not: count an adapter, or anything that only training needs.
"""

from collections.abc import Sequence
from typing import Any

import pytest

from autograder.checks.asking import Case, ask
from autograder.checks.lab2.public.cases_parts import CASES

SENTENCES = {
    "rest-bytes-ignored": "Embeddings, output layer and norms are counted in another width than `rest_bytes`.",
    "rest-in-nf4": "Embeddings, output layer and norms stay as they are: NF4 is for the seven projections only.",
    "rest-forgotten": "Those are the projections only: embeddings, output layer and norms come on top.",
    "tied-ignored": "This model is tied: embeddings and output layer are one table, counted once.",
    "tied-turned-round": "Tied is the other way round: a tied model has one table, any other has two.",
    "output-layer-forgotten": "A table of vocab x hidden is missing: this model is not tied, so it has two.",
    "tables-forgotten": "The tables of vocab x hidden are missing: embeddings, and an output layer unless it is tied.",
    "norms-forgotten": "The norms are missing: small, but there, in each layer and at the end.",
    "last-norm-forgotten": "One norm is missing: there is one more behind the last layer.",
    "one-norm-a-layer": "A layer has two norms: one before the attention and one before the MLP.",
    "norms-of-one-layer": "The norms of one layer are counted: every layer has its own.",
    "no-double-quant": "That is the number without double quantisation; this base is stored with it.",
    "one-layer": "Those are the projections of one layer: there are `layers` of them.",
    "as-one-matrix": "That rounds up too rarely: each matrix is quantised alone, with its own last block and group.",
    "sixteen-bit-weights": "That counts two bytes for each weight of a projection: they are in NF4.",
    "kv-width-ignored": "k_proj and v_proj are narrower here: several heads share keys and values (kv_heads).",
    "head-dim-guessed": "The width of a head is given (head_dim): it need not be hidden / heads.",
    "half-of-the-layer": "Some of the seven projections are missing: attention has four, the MLP three.",
    "average-taken": "That takes the average of 0.515869 bytes a weight: count each matrix instead.",
    "nf4-first": "The projections are off as nf4_bytes is: solve lab2.nf4 first.",
}


def ask_base(submission: Any, cases: Sequence[Case]) -> None:
    """Call the function and compare."""
    ask(submission, "base_bytes", cases, SENTENCES, in_bytes=True)


@pytest.mark.task("lab2.base", points=1)
def test_three_models(submission: Any) -> None:
    """Llama-2-7B with its rest in fp32 and in fp16, TinyLlama, and a tied model of odd sizes."""
    ask_base(submission, CASES["base_bytes"])

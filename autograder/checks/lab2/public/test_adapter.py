"""lab2.adapter: how many numbers are trained, and what training holds for each.

In: `adapter_parameters(model, rank, targets)` and `training_bytes(parameters, optimizer)`. Out: verdicts.
Does not: count what forward and backward keep.
"""

from collections.abc import Sequence
from typing import Any

import pytest

from autograder.checks.asking import Case, ask
from autograder.checks.lab2.public.cases_parts import CASES

SENTENCES = {
    "q-and-v-only": "That counts adapters on q_proj and v_proj only: `targets` says where they are.",
    "targets-ignored": "That is the number for other targets than those in `targets`.",
    "kv-width-ignored": "k_proj and v_proj give out fewer numbers: several heads share keys and values (kv_heads).",
    "head-dim-guessed": "The width of a head is given (head_dim): it need not be hidden / heads.",
    "one-layer": "That is one layer's share: every layer has adapters of its own.",
    "all-square": "That takes every projection for hidden x hidden; their sides differ.",
    "one-matrix-only": "That is one of the two thin matrices: A has the width in, B the width out.",
    "full-matrices": "Those are the base's own weights: an adapter has two thin matrices beside each.",
    "product-for-sum": "Two thin matrices lie side by side: their sizes add up.",
    "rank-squared": "The rank counts once in each of the two matrices.",
    "rank-ignored": "That is the number for another rank.",
    "counted-twice": "That is twice as much: one A and one B for each target of a layer.",
    "bytes-not-numbers": "Those are bytes in fp32; the number of parameters was wanted.",
    "o-input-taken-as-hidden": "o_proj takes in what the heads give out: heads * head_dim numbers.",
    "adapter-in-halves": "The adapter is counted in 16 bits: what is trained here is fp32.",
    "adapter-in-four-bits": "The adapter is counted in 4 bits: only the frozen base is quantised.",
    "gradients-forgotten": "Every trained number has a gradient.",
    "gradients-in-halves": "A gradient has the type of what it belongs to: the adapter is fp32.",
    "gradients-of-both-moments": "One gradient for each number: the two moments are the optimizer's states.",
    "numbers-not-bytes": "Those are numbers; bytes were wanted, four for an fp32.",
    "states-of-the-other-optimizer": "Those are the states of the other optimizer.",
    "one-moment": "That is one moment, or two of half the width: Adam keeps two for every number.",
    "states-hold-more": "Adapter and gradients are counted on their own: the states are the two moments alone.",
    "state-scales-forgotten": "8-bit states are quantised in blocks of 256: each block has an fp32 scale.",
    "one-scale-for-both": "Each of the two moments has blocks, and scales, of its own.",
    "scales-not-rounded-up": "A last block that is not full has a scale, too: round up.",
    "blocks-of-64": "The states are quantised in blocks of 256, not of 64 as the weights are.",
    "scale-for-every-number": "One scale serves a block of 256 numbers.",
    "one-byte-scales": "The states' scales are fp32.",
}
KEYS = ("adapter", "gradients", "states")


def ask_parameters(submission: Any, cases: Sequence[Case]) -> None:
    """Call `adapter_parameters` and compare."""
    ask(submission, "adapter_parameters", cases, SENTENCES, in_bytes=True)


def ask_training(submission: Any, cases: Sequence[Case]) -> None:
    """Call `training_bytes` and compare."""
    ask(submission, "training_bytes", cases, SENTENCES, keys=KEYS, in_bytes=True)


@pytest.mark.task("lab2.adapter", points=0.5)
def test_parameters(submission: Any) -> None:
    """The published configuration, then other models, ranks and targets."""
    ask_parameters(submission, CASES["adapter_parameters"])


@pytest.mark.task("lab2.adapter", points=0.5)
def test_training(submission: Any) -> None:
    """Both optimizers, for the published adapter and for one of an odd size."""
    ask_training(submission, CASES["training_bytes"])

"""lab2.layer: what one layer keeps for its backward pass, in halves, and the scores that one kernel writes down.

In: `score_bytes(model, settings)` and `layer_bytes(model, settings)`. Out: verdicts.
Does not: ask what several layers keep, or what is recomputed.
"""

from collections.abc import Sequence
from typing import Any

import pytest

from autograder.checks.asking import Case, ask
from autograder.checks.lab2.public.cases_parts import CASES

SENTENCES = {
    "scores-never": "The math kernel writes the scores down: a square for each head.",
    "scores-of-every-kernel": "The memory-efficient kernel never writes scores down: nothing grows with the square.",
    "batch-squared": "The square is within a row: tokens of different rows do not look at each other.",
    "batch-left-out": "That is for one row: every row of the batch keeps its own.",
    "not-squared": "Every token has a score for every token of its row: the length counts twice.",
    "heads-forgotten": "Each head has scores of its own.",
    "kv-heads-counted": "Shared keys and values save no scores: every query head has its own.",
    "scores-in-halves": "These scores are kept in fp32.",
    "scores-twice": "Scores are kept once: the probabilities. Other copies come and go in the backward pass.",
    "scores-of-all-layers": "One layer was asked for.",
    "width-for-heads": "A score is one number for two tokens and a head, however wide the head is.",
    "triangle-only": "The causal half is not left out: the kernel writes the whole square.",
    "norm-forgotten": "The norm's input is missing: fp32, of width hidden, in each half.",
    "norm-scale-forgotten": "The norm also keeps one fp32 for each token.",
    "norm-in-halves": "The norm's input is the residual stream, and that is fp32 here.",
    "adapters-forgotten": "The adapters of the targets keep things, too: input, rank-r output, dropout's mask.",
    "adapters-in-floats": "What an adapter keeps is fp16 under autocast.",
    "adapter-inputs-forgotten": "A target's adapter keeps its input, in fp16.",
    "adapter-ranks-forgotten": "Between A and B lie `rank` numbers a token, in fp16, and they are kept.",
    "mask-forgotten": "Dropout keeps a mask: which inputs it left out.",
    "mask-without-dropout": "Without dropout there is no mask.",
    "mask-of-more-bytes": "Dropout's mask takes one byte for each number of the input.",
    "inputs-taken-as-hidden": "Not every projection takes in `hidden` numbers: look at o_proj and down_proj.",
    "outputs-for-inputs": "An adapter keeps what goes into its projection, not what comes out.",
    "targets-ignored": "That counts adapters that are not there: `targets` says where they are.",
    "rank-ignored": "That is for another rank.",
    "kernels-swapped": "That is what the other kernel keeps.",
    "kv-width-ignored": "Keys and values are narrower here: several heads share them (kv_heads).",
    "head-dim-guessed": "The width of a head is given (head_dim): it need not be hidden / heads.",
    "queries-forgotten": "The kernel keeps its queries.",
    "keys-and-values-forgotten": "The kernel keeps keys and values.",
    "keys-without-values": "Keys and values are kept, both.",
    "output-forgotten": "The memory-efficient kernel keeps its output, too.",
    "sums-forgotten": "The memory-efficient kernel keeps one fp32 for each head and token: the log of the sum.",
    "sums-of-one-head": "The log of the sum is kept for each head.",
    "sums-in-halves": "The log of the sum is an fp32.",
    "attention-in-floats": "The memory-efficient kernel works on fp16.",
    "math-in-halves": "The math kernel works on fp32 copies.",
    "keys-and-values-not-expanded": "The math kernel repeats keys and values for every head before it multiplies.",
    "scores-forgotten": "The math kernel keeps the scores in addition: score_bytes.",
    "scores-first": "The scores in it are off: solve score_bytes first.",
    "activation-forgotten": "The MLP keeps gate, silu(gate) and up.",
    "activation-of-other-size": "The MLP keeps three tensors of width intermediate, in fp32.",
    "all-layers": "One layer was asked for.",
    "halves-swapped": "Attention and MLP are swapped.",
}
KEYS = ("attention", "mlp")


def ask_scores(submission: Any, cases: Sequence[Case]) -> None:
    """Call `score_bytes` and compare."""
    ask(submission, "score_bytes", cases, SENTENCES, in_bytes=True)


def ask_layer(submission: Any, cases: Sequence[Case]) -> None:
    """Call `layer_bytes` and compare."""
    ask(submission, "layer_bytes", cases, SENTENCES, keys=KEYS, in_bytes=True)


@pytest.mark.task("lab2.layer", points=0.5)
def test_scores(submission: Any) -> None:
    """Both kernels, one row and several, heads that share keys and values."""
    ask_scores(submission, CASES["score_bytes"])


@pytest.mark.task("lab2.layer", points=1)
def test_layer(submission: Any) -> None:
    """Both kernels, with and without dropout, all targets and some."""
    ask_layer(submission, CASES["layer_bytes"])

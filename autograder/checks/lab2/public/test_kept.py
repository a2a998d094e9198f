"""lab2.kept: what all layers keep, the key-value cache, the logits and their copies.

In: `kept_bytes(model, settings, one_layer)`, `cache_bytes(model, settings)`, `logits_bytes(model, settings)`.
Out: verdicts.
Does not: use `layer_bytes`: what one layer keeps is given as a number.
"""

from collections.abc import Sequence
from typing import Any

import pytest

from autograder.checks.asking import Case, ask
from autograder.checks.lab2.public.cases_parts import CASES

SENTENCES = {
    "layers-left-out": "That is one layer's: count all `layers` of them.",
    "whole-layers-kept": "With checkpointing a layer keeps its input only, and computes the rest again.",
    "recomputed-layer-counted": "The layer that is computed again belongs to a moment of the backward pass, not here.",
    "one-layer-only": "With checkpointing each layer keeps its input; `one_layer` has no part in it.",
    "inputs-in-halves": "A layer's input is the residual stream, and that is fp32 here.",
    "batch-left-out": "That is for one row: every row of the batch counts.",
    "query-width-for-hidden": "Between layers there are `hidden` numbers a token, however wide the heads are.",
    "nothing-kept": "Checkpointing still keeps each layer's input: from there the layer is computed again.",
    "numbers-not-bytes": "Those are numbers; bytes were wanted, four for an fp32.",
    "inputs-only": "Without checkpointing each layer keeps all of `one_layer`.",
    "inputs-on-top": "Without checkpointing the input is in `one_layer` already.",
    "batch-counted-again": "`one_layer` is for the whole batch already.",
    "cache-despite-checkpointing": "Checkpointing turns the cache off.",
    "cache-never-asked-for": "There is no cache where use_cache is False.",
    "cache-always": "The cache depends on two settings: use_cache turns it on, checkpointing turns it off.",
    "cache-never": "A forward pass with use_cache and without checkpointing keeps keys and values.",
    "half-the-cache": "That is half of it: there are keys and values, and both are fp32.",
    "quarter-of-the-cache": "That is a quarter: there are keys and values, and both are fp32.",
    "kv-width-ignored": "Keys and values are narrower here: several heads share them (kv_heads).",
    "head-dim-guessed": "The width of a head is given (head_dim): it need not be hidden / heads.",
    "heads-not-width": "Each head's key has head_dim numbers.",
    "one-token-cached": "That is one token's: all tokens of the batch are cached.",
    "copies-forgotten": "Those are the fp16 logits alone: the loss makes copies of them.",
    "fp16-logits-only-twice": "That is one copy in fp32, or the fp16 logits and their gradient: there is more at once.",
    "log-softmax-forgotten": "A tensor of the logits' size is missing: on the way back there are three, all fp32.",
    "gradient-forgotten": "On the way back the logits' gradient is there, too.",
    "gradient-in-floats": "That is one fp16 copy too many: on the way back three fp32 tensors are there.",
    "all-in-floats": "That is four fp32 tensors of the logits' size: never are more than three there at once.",
    "last-token-only": "In training every token predicts the next one: all have logits.",
    "hidden-for-vocab": "A token has a logit for every entry of the vocabulary.",
    "logits-in-every-layer": "The output layer is there once.",
}


def ask_kept(submission: Any, cases: Sequence[Case]) -> None:
    """Call `kept_bytes` and compare."""
    ask(submission, "kept_bytes", cases, SENTENCES, in_bytes=True)


def ask_cache_and_logits(submission: Any, cache: Sequence[Case], logits: Sequence[Case]) -> None:
    """Call `cache_bytes` and `logits_bytes` and compare."""
    ask(submission, "cache_bytes", cache, SENTENCES, in_bytes=True)
    ask(submission, "logits_bytes", logits, SENTENCES, in_bytes=True)


@pytest.mark.task("lab2.kept", points=0.5)
def test_kept(submission: Any) -> None:
    """With and without checkpointing, one row and several."""
    ask_kept(submission, CASES["kept_bytes"])


@pytest.mark.task("lab2.kept", points=0.5)
def test_cache_and_logits(submission: Any) -> None:
    """Every mix of use_cache and checkpointing; logits of one row and of several."""
    ask_cache_and_logits(submission, CASES["cache_bytes"], CASES["logits_bytes"])

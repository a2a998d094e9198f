"""lab2.peak: what is there at four moments of a step, the largest of them against measured peaks, and the verdict.

In: `moments(parts, checkpointing)` and `verdict(allocated, reserved, context, usable)`. Out: verdicts.
Does not: compute parts: they are made up, or recorded for two runs that were measured on a GPU.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import pytest

from autograder import expect
from autograder.checks.asking import Case, alike, ask, plain, plain_dict
from autograder.checks.lab2.public.cases_steps import CASES

SENTENCES = {
    "gradients-in-every-moment": "The gradients are counted at the update: the other moments have none yet, or few.",
    "gradients-forgotten": "At the update all gradients are there.",
    "cache-in-the-wrong-moment": "The cache goes with the model's output, before the backward pass begins.",
    "cache-forgotten": "At the loss the cache is still there.",
    "logits-forgotten": "At the loss the logits and their copies are there.",
    "logits-in-every-moment": "When the layers go backward, the logits are gone.",
    "copies-forgotten": "At the loss autocast's fp16 copies are there.",
    "copies-in-every-moment": "Autocast drops its copies when the forward pass ends: they count at the loss only.",
    "work-forgotten": "In the MLP's backward pass there is work: gradients of gate and up, one dequantised weight.",
    "work-in-the-attention": "That work is the MLP's: it is gone when attention's turn comes.",
    "work-in-every-moment": "That work is the MLP's: it is there in its backward pass only.",
    "kept-forgotten": "What the layers keep is there from the loss until the backward pass has used it.",
    "kept-freed-at-the-backward": "The first layer to go backward is the last one: all others still keep their part.",
    "kept-at-the-update": "At the update the backward pass is over: nothing is kept any more.",
    "fixed-forgotten": "What is fixed is there at every moment.",
    "fixed-counted-once": "What is fixed is there at every moment, not at the first only.",
    "scores-once": "In attention's backward pass three more tensors of the scores' size are there, not one.",
    "scores-twice": "In attention's backward pass three more tensors of the scores' size are there, not two.",
    "scores-forgotten": "In attention's backward pass three more tensors of the scores' size are there.",
    "scores-four-times": "The scores that are kept are in `attention` already: three more come on top.",
    "scores-in-the-mlp": "The scores belong to attention's backward pass.",
    "recomputed-layer-forgotten": "With checkpointing the layer that goes backward was computed again: it is there.",
    "half-of-the-layer-recomputed": "A checkpointed layer is computed again as a whole: at first both are there.",
    "mlp-not-freed": "When attention's turn comes, the layer's MLP half is used up and free.",
    "mlp-freed-twice": "With checkpointing the MLP half is no part of `kept`: it came with the layer and went.",
    "recomputed-at-the-loss": "At the loss no layer was computed again yet.",
    "recomputed-without-checkpointing": "Without checkpointing nothing is computed again: `kept` has the layer.",
    "mlp-added-for-freed": "Without checkpointing the MLP half leaves `kept`: it goes, it does not come.",
    "attention-freed-too": "Attention's half is what its backward pass reads: it is not free yet.",
    "checkpointing-turned-round": "That is what the moments are with the other value of `checkpointing`.",
    "sum-in-every-moment": "Each moment stands for itself: they come one after the other and never add up.",
    "largest-in-every-moment": "Each moment has a number of its own; the largest of them is looked for elsewhere.",
    "context-forgotten": "CUDA's own context takes memory beside what PyTorch reserves.",
    "reserved-never-asked": "That looks at what is allocated only; for a yes, what is reserved must fit.",
    "allocated-never-asked": "That looks at what is reserved only: where what is allocated fits, it is close.",
    "border-left-out": "What fits to the last byte fits.",
    "context-taken-off": "The context takes memory: it makes the need larger.",
    "reserved-on-top-of-allocated": "What is allocated lies within what is reserved: do not add them up.",
    "no-and-close-swapped": "Where not even what is allocated fits, the answer is no.",
    "turned-round": "Yes and no are the other way round.",
    **{f"always-{word}": "The same answer came back for every case." for word in ("yes", "no", "close")},
}
KEYS = ("loss", "mlp_backward", "attention_backward", "update")
ANSWERS = ("yes", "no", "close")
WITHIN = 0.02
"""How near a moment must be to what was measured."""


class Measured(NamedTuple):
    """A run of Llama-2-7B with an adapter of rank 32 on all seven projections, one row of 1,024 tokens, on an H200."""

    checkpointing: bool
    allocated: int
    parts: dict[str, int]


MEASURED = tuple(Measured(*row) for row in CASES["measured"])


def ask_moments(submission: Any, cases: Sequence[Case]) -> None:
    """Call `moments` and compare."""
    ask(submission, "moments", cases, SENTENCES, keys=KEYS, in_bytes=True)


def ask_measured(submission: Any, run: Measured) -> None:
    """The largest moment is near the peak that was measured."""
    call = f"moments({run.parts}, {run.checkpointing})"
    got = plain_dict(submission.call("moments", run.parts, run.checkpointing), KEYS, call)
    numbers = [expect.as_number(value) for value in got.values()]
    largest = max((number for number in numbers if number is not None), default=None)
    if None in numbers or largest is None:
        expect.fail(f"{call} returned {expect.shown(got)}. Bytes for each of {', '.join(KEYS)} was wanted.")
    off = largest / run.allocated - 1
    if abs(off) > WITHIN:
        expect.fail(
            f"{call} returned {largest:,.0f} as its largest moment. {run.allocated:,} was wanted. That was measured on "
            f"a GPU, and a prediction within 2% of it is good; this one is {off:+.1%} off. Compare moment by moment "
            "with the lab's table: what is there, what is not there yet, what is gone?",
            "far-from-the-measured-peak",
        )


def ask_verdict(submission: Any, cases: Sequence[Case]) -> None:
    """Call `verdict` for every case; what all answers have in common tells more than the first."""
    for case in cases:
        got = plain(submission.call("verdict", *case.args))
        if not any(alike(got, answer) for answer in ANSWERS):
            call = f"verdict({', '.join(map(repr, case.args))})"
            expect.fail(f"{call} returned {expect.shown(got)}. 'yes', 'no' or 'close' was wanted.", "no-such-answer")
    ask(submission, "verdict", cases, SENTENCES, in_bytes=True)


@pytest.mark.task("lab2.peak", points=0.5)
def test_moments(submission: Any) -> None:
    """Made-up parts, with and without checkpointing."""
    ask_moments(submission, CASES["moments"])


@pytest.mark.task("lab2.peak", points=0.5)
def test_measured_peaks(submission: Any) -> None:
    """The largest moment against the peaks of two real runs, with and without checkpointing."""
    for run in MEASURED:
        ask_measured(submission, run)


@pytest.mark.task("lab2.peak", points=0.5)
def test_verdict(submission: Any) -> None:
    """What fits, what does not, what is close, and the borders between them."""
    ask_verdict(submission, CASES["verdict"])

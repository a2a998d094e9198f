"""lab2.plan: the first way to train that fits.

In: `plan(model, wanted, usable, capability)`; the given `peak_of`, to say where a wrong plan comes from. Out: verdicts.
Does not: come near a border: no case is decided by less than a KiB.
"""

from collections.abc import Sequence
from typing import Any

import pytest

from autograder import expect
from autograder.checks.asking import Case, alike, ask, plain
from autograder.checks.lab2.public.cases_steps import CASES

SENTENCES = {
    "bf16-on-a-t4": "GPUs before 8.0 have no bfloat16 units, and a T4 is 7.5.",
    "bf16-everywhere": "bfloat16 is for GPUs that have it in hardware.",
    "fp16-everywhere": "GPUs from 8.0 on have bfloat16, and nothing overflows in it.",
    "eight-zero-left-out": "8.0 itself has bfloat16.",
    "dtype-turned-round": "The types are the other way round: newer GPUs have bfloat16.",
    "capability-as-text": "Compare the capability as numbers: 10 is more than 8.",
    "always-checkpointing": "Checkpointing costs time: first try as it was wished for.",
    "checkpointing-never": "Before rows are cut, checkpointing is tried.",
    "cut-before-checkpointing": "Checkpointing costs time, cutting costs tokens: checkpointing is tried first.",
    "cut-without-checkpointing": "Where rows must be cut, checkpointing stays on.",
    "never-cut": "If checkpointing is not enough, a shorter length may be.",
    "smallest-length": "The largest length that fits was wanted, not the first from below.",
    "any-length": "The length is a multiple of 64.",
    "multiples-of-128": "Every multiple of 64 may be tried.",
    "multiples-of-32": "The length is a multiple of 64.",
    "counted-down-from-the-wanted": "The length is a multiple of 64, whatever was wished for.",
    "halved": "A length between these fits, too: halving goes past it.",
    "sixty-four-left-out": "64 itself may be tried.",
    "rounded-before-checkpointing": "As long as nothing is cut, the length is the one that was wished for.",
    "slack-forgotten": "The allocator reserves more than is allocated: SLACK.",
    "slack-and-context-forgotten": "The peak alone is not enough: SLACK and CONTEXT come in.",
    "context-forgotten": "CUDA's context takes memory beside the peak: CONTEXT.",
    "slack-on-the-context": "SLACK is for what the allocator does; CONTEXT comes on top as it is.",
    "one-moment-only": "The peak is the largest of the four moments.",
    "sum-of-the-moments": "The moments come one after the other: the peak is their largest, not their sum.",
    "none-forgotten": "Where not even 64 tokens fit, there is no plan: None.",
    "always-none": "There is a plan that fits.",
}
KEYS = ("checkpointing", "seq_len", "compute_dtype")
Peak = tuple[dict[str, Any], dict[str, Any], int]
"""A model, settings, and the peak that `peak_of` must give."""


def ask_plan(submission: Any, cases: Sequence[Case], peaks: Sequence[Peak]) -> None:
    """Call `plan` and compare; where it is wrong, find out whether the tasks before it are."""
    try:
        ask(submission, "plan", cases, SENTENCES, keys=KEYS, optional=True, in_bytes=True)
    except expect.CheckFailed as failed:
        for model, settings, wanted in peaks:
            got = submission.call("peak_of", model, settings)
            number = plain(got[1]) if type(got) in (list, tuple) and len(got) == 2 else got
            if not alike(number, wanted):
                expect.fail(
                    f"{failed.said} Your peak_of({model!r}, {settings!r}) is {expect.shown(number)} and should be "
                    f"{wanted:,}: first pass the checks of the tasks that it calls.",
                    "an-earlier-task-first",
                )
        raise


@pytest.mark.task("lab2.plan", points=1)
def test_plans(submission: Any) -> None:
    """Fits as it is, fits with checkpointing, must be cut, does not fit; on a T4 and on newer GPUs."""
    ask_plan(submission, CASES["plan"], CASES["peaks"])

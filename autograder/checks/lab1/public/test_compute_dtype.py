"""lab1.compute_dtype: bfloat16 from compute capability 8.0 on, float16 below.

In: `compute_dtype(capability)` for GPUs that exist. Out: verdicts.
Does not: ask a GPU anything.
"""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from autograder import expect
from autograder.values import Dtype

Capability = tuple[int, int]
GPUS: dict[Capability, str] = {
    (6, 0): "P100", (6, 1): "GTX 1080", (7, 0): "V100", (7, 5): "T4", (8, 0): "A100", (8, 6): "RTX 3090",
    (8, 9): "L4", (9, 0): "H100", (10, 0): "B200", (12, 0): "RTX 5090",
}  # fmt: skip
LIKELY: dict[str, tuple[Callable[[Capability], str], str]] = {
    "bf16-everywhere": (
        lambda c: "bfloat16",
        "That is bfloat16 for every GPU. GPUs before 8.0 have no units for it: they emulate it, slowly.",
    ),
    "fp16-everywhere": (
        lambda c: "float16",
        "That is float16 for every GPU. From 8.0 on bfloat16 is as fast, and has float32's range: nothing overflows.",
    ),
    "the-other-way-round": (
        lambda c: "float16" if c >= (8, 0) else "bfloat16",
        "The two are the other way round: the newer GPUs are those with bfloat16.",
    ),
    "eight-zero-left-out": (
        lambda c: "bfloat16" if c > (8, 0) else "float16",
        "8.0 itself counts: the A100 was the first with bfloat16, so compare with >=.",
    ),
    "t4-counted-as-new": (
        lambda c: "bfloat16" if c >= (7, 5) else "float16",
        "The border is too low: a T4 is 7.5, and it has float16 units only.",
    ),
    "volta-counted-as-new": (
        lambda c: "bfloat16" if c >= (7, 0) else "float16",
        "The border is too low: 7.0 brought tensor cores, but for float16 only; bfloat16 came with 8.0.",
    ),
    "minor-number-compared-alone": (
        lambda c: "bfloat16" if c[0] >= 8 and c[1] > 0 else "float16",
        "The second number only counts within one generation: 9.0 is newer than 8.6. Tuples compare in that order.",
    ),
    "float32-for-old-ones": (
        lambda c: "bfloat16" if c >= (8, 0) else "float32",
        "Old GPUs need no float32: their 16-bit units take float16.",
    ),
}


def ask(submission: Any, capabilities: Sequence[Capability]) -> None:
    """Call the function for each capability and compare."""
    answers = [submission.call("compute_dtype", capability) for capability in capabilities]
    for capability, answer in zip(capabilities, answers, strict=True):
        if type(answer) is str:
            expect.fail(
                f"compute_dtype({capability}) returned {answer!r}. A type was wanted, not its name: torch.float16 or "
                "torch.bfloat16.",
                "name-not-type",
            )
    names = [answer.name if type(answer) is Dtype else None for answer in answers]
    fitting = [slug for slug, (rule, _) in LIKELY.items() if names == [rule(capability) for capability in capabilities]]
    for capability, answer in zip(capabilities, answers, strict=True):
        wanted = Dtype("bfloat16" if capability >= (8, 0) else "float16")
        sentence = " " + LIKELY[fitting[0]][1] if fitting else ""
        if answer != wanted:
            gpu = f" ({GPUS[capability]})" if capability in GPUS else ""
            expect.fail(
                f"compute_dtype({capability}){gpu} returned {expect.shown(answer)}. {expect.shown(wanted)} was wanted."
                + sentence,
                fitting[0] if fitting else None,
            )


@pytest.mark.task("lab1.compute_dtype", points=0.5)
def test_well_known_gpus(submission: Any) -> None:
    """GPUs that people have."""
    ask(submission, [(7, 5), (8, 0), (7, 0), (6, 1), (8, 6), (9, 0)])

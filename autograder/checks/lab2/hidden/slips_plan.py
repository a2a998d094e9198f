"""What slips come to in a plan.

In: a model, the settings that are wished for, usable bytes, a GPU's capability. Out: names of slips with their plans.
Does not: leave out a slip that happens to give the right plan (`making` does), or say what a slip is in words.
"""

from collections.abc import Callable, Iterable
from typing import Any

from autograder.checks.lab2.hidden import reference as ref
from autograder.checks.lab2.hidden.reference import Model, Settings
from autograder.checks.lab2.hidden.slips_weights import Slips

Need = Callable[[bool, int], float]
Tried = Iterable[tuple[bool, int]]


def of_plan(model: Model, wanted: Settings, usable: int, capability: tuple[int, int]) -> Slips:
    """plan."""
    half = "bfloat16" if capability >= (8, 0) else "float16"

    def need(checkpointing: bool, seq_len: int) -> float:
        return ref.need(model, wanted, checkpointing, seq_len)

    def peak(checkpointing: bool, seq_len: int) -> float:
        return ref.peak(model, wanted | {"checkpointing": checkpointing, "seq_len": seq_len})

    length = wanted["seq_len"]
    right = ref.plan(model, wanted, usable, capability)
    for name, other in _dtypes(capability):
        if right is not None:
            yield name, right | {"compute_dtype": other}
    for name, tried in _orders(length):
        yield name, _first(tried, need, usable, half)
    shortest = 0 if right is None else right["seq_len"]  # what fits ends below the next multiple
    finer = [(True, one) for one in range(shortest + 63, 0, -1)]
    yield "any-length", _first([(False, length), (True, length), *finer], need, usable, half)
    tried = list(_usual(length, 64))
    yield "slack-forgotten", _first(tried, lambda c, s: peak(c, s) + ref.CONTEXT, usable, half)
    yield "slack-and-context-forgotten", _first(tried, peak, usable, half)
    yield "context-forgotten", _first(tried, lambda c, s: ref.SLACK * peak(c, s), usable, half)
    yield "slack-on-the-context", _first(tried, lambda c, s: ref.SLACK * (peak(c, s) + ref.CONTEXT), usable, half)
    for moment in ("loss", "mlp_backward", "attention_backward", "update"):
        yield "one-moment-only", _first(tried, _of_moment(model, wanted, moment), usable, half)
    yield "sum-of-the-moments", _first(tried, _of_sum(model, wanted), usable, half)
    if right is None:
        for checkpointing, seq_len in ((True, 64), (True, length), (False, length), (True, 0), (False, 64)):
            yield "none-forgotten", {"checkpointing": checkpointing, "seq_len": seq_len, "compute_dtype": half}
    else:
        yield "always-none", None


def _dtypes(capability: tuple[int, int]) -> Iterable[tuple[str, str]]:
    """The type as it looks where the border is elsewhere."""
    yield "bf16-on-a-t4", "bfloat16" if capability >= (7, 0) else "float16"
    yield "bf16-everywhere", "bfloat16"
    yield "fp16-everywhere", "float16"
    yield "eight-zero-left-out", "bfloat16" if capability > (8, 0) else "float16"
    yield "dtype-turned-round", "float16" if capability >= (8, 0) else "bfloat16"
    yield "capability-as-text", "bfloat16" if str(capability[0]) >= "8" else "float16"


def _usual(length: int, step: int) -> Tried:
    """As wished for, then with checkpointing, then shorter by that step."""
    yield from ((False, length), (True, length))
    yield from ((True, one) for one in range((length - 1) // step * step, 0, -step))


def _orders(length: int) -> Iterable[tuple[str, Tried]]:
    """Other things to try, or in another order."""
    shorter = list(range((length - 1) // 64 * 64, 0, -64))
    as_wished, checkpointed = (False, length), (True, length)
    yield "always-checkpointing", [checkpointed, *((True, one) for one in shorter)]
    yield "checkpointing-never", [as_wished, *((False, one) for one in shorter)]
    yield "cut-before-checkpointing", [as_wished, *((False, one) for one in shorter), checkpointed,
                                       *((True, one) for one in shorter)]  # fmt: skip
    yield "cut-without-checkpointing", [as_wished, checkpointed, *((False, one) for one in shorter)]
    yield "never-cut", [as_wished, checkpointed]
    yield "smallest-length", [as_wished, checkpointed, *((True, one) for one in reversed(shorter))]
    yield "multiples-of-128", _usual(length, 128)
    yield "multiples-of-32", _usual(length, 32)
    yield "counted-down-from-the-wanted", [as_wished, *((True, one) for one in range(length, 0, -64))]
    halved = [length // 2**times for times in range(1, 12) if length // 2**times >= 1]
    yield "halved", [as_wished, checkpointed, *((True, one) for one in halved)]
    yield "halved", [as_wished, checkpointed, *((True, one // 64 * 64) for one in halved if one >= 64)]
    yield "sixty-four-left-out", [as_wished, checkpointed, *((True, one) for one in shorter if one > 64)]
    yield "rounded-before-checkpointing", [(False, length // 64 * 64), (True, length // 64 * 64),
                                           *((True, one) for one in shorter)]  # fmt: skip


def _of_moment(model: Model, wanted: Settings, moment: str) -> Need:
    """What is needed where one moment is taken for the peak."""

    def need(checkpointing: bool, seq_len: int) -> float:
        settings = wanted | {"checkpointing": checkpointing, "seq_len": seq_len}
        return ref.SLACK * ref.moments(ref.parts_of(model, settings), checkpointing)[moment] + ref.CONTEXT

    return need


def _of_sum(model: Model, wanted: Settings) -> Need:
    """What is needed where the moments are added up."""

    def need(checkpointing: bool, seq_len: int) -> float:
        settings = wanted | {"checkpointing": checkpointing, "seq_len": seq_len}
        return ref.SLACK * sum(ref.moments(ref.parts_of(model, settings), checkpointing).values()) + ref.CONTEXT

    return need


def _first(tried: Tried, need: Need, usable: int, half: str) -> dict[str, Any] | None:
    found = next((pair for pair in tried if need(*pair) <= usable), None)
    return found and {"checkpointing": found[0], "seq_len": found[1], "compute_dtype": half}

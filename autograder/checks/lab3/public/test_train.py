"""lab3.train: a few steps on the pocket model, with micro-batches of unequal weight.

In: the given `train_on_pocket`, which calls `train`. Out: verdicts: the losses that came back, the base, and what the
trained model's loss is. What each should be is recorded, or computed where no student code was loaded.
Does not: compare weights number by number: where a gradient is nearly zero, rounding decides AdamW's direction.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import pytest

from autograder import expect
from autograder.checks.lab3.public.cases_training import CASES

SENTENCES = {
    "no-list-of-losses": "A list of floats was wanted, one for each step.",
    "not-one-loss-for-each-step": "One loss for each step was wanted, the last step's too.",
    "base-trained": "Numbers of the base have changed: move only what requires a gradient, and leave that as it is.",
    "mean-of-means": "Each label of a step has the same weight, so a micro-batch weighs as much as it has labels.",
    "weighed-by-something-else": "A micro-batch's weight is its share of the step's labels that are asked for.",
    "summed": "Told or learnt from is a sum: the mean over all labels of the step was wanted.",
    "only-the-last-micro-batch": "All micro-batches of a step count, not the last alone.",
    "a-step-for-each-micro-batch": "The optimizer takes one step for all micro-batches of a step together.",
    "gradients-pile-up": "Gradients add up until they are cleared: zero_grad() after every step.",
    "rate-ignored": "That is another learning rate than the one that was given.",
    "new-optimizer-each-step": "AdamW remembers: make one optimizer, before the first step.",
    "sgd-not-adamw": "That is plain SGD: AdamW was wanted.",
    "loss-after-the-step": "That is the loss after the step: the one before it was wanted.",
    "nothing-learnt": "The model is as it was: loss.backward(), then optimizer.step().",
    "last-step-not-taken": "The losses are right, the model that is left is not. Was the last step taken, and on it?",
}
NEAR = 2e-4
"""Of a loss: what rounding comes to on another processor, and less than any slip makes of it."""
SURE = 1e-5
"""So near, no other slip is looked for."""


class Training(NamedTuple):
    """What is asked for, and what it comes to: each step's loss, the loss that is left, and slips."""

    rank: int
    targets: list[str]
    rate: float
    steps: list[Any]
    losses: list[float]
    after: float
    slips: Callable[[], Iterable[tuple[str, list[float]]]]
    """Computed only where something is wrong, and as far as they are asked for."""


def ask_train(submission: Any, asked: Training) -> dict[str, Any]:
    """Call `train_on_pocket` and compare; what came back is returned."""
    got = submission.call("train_on_pocket", asked.rank, asked.targets, asked.rate, asked.steps)
    if type(got) is not dict:
        expect.fail(f"train_on_pocket returned {expect.shown(got)}.")
    losses = [expect.as_number(one) for one in got.get("losses") or []] if type(got.get("losses")) is list else None
    what = f"train(model, steps, learning_rate={asked.rate}) with {len(asked.steps)} steps"
    if losses is None or None in losses:
        _fail(f"{what} returned {expect.shown(got.get('losses'))}.", "no-list-of-losses")
    if got.get("base_before") != got.get("base_after"):
        _fail(f"{what} left another base.", "base-trained")
    told = [one for one in losses or [] if one is not None]
    if len(told) != len(asked.losses):
        _fail(f"{what} returned {len(told)} losses.", "not-one-loss-for-each-step")
    if not alike(told, asked.losses):
        at = next(n for n, pair in enumerate(zip(told, asked.losses, strict=True)) if not close(*pair))
        name = _likeliest(asked, told)
        said = f"{what} returned {told[at]:.4f} as the loss of step {at + 1}. {asked.losses[at]:.4f} was wanted."
        _fail(said, name)
    left = expect.as_number(got.get("loss_after"))
    if left is None or not close(left, asked.after):
        found = "no number" if left is None else f"{left:.4f}"
        said = f"After {what} the last step's rows have the loss {found}; {asked.after:.4f} was wanted."
        _fail(said, "last-step-not-taken")
    return got


def close(got: float, wanted: float) -> bool:
    """Up to rounding."""
    return math.isclose(got, wanted, rel_tol=NEAR)


def alike(got: Sequence[float], wanted: Sequence[float]) -> bool:
    """All of them."""
    return len(got) == len(wanted) and all(map(close, got, wanted))


def _likeliest(asked: Training, told: list[float]) -> str | None:
    """The slip that comes to these losses; of several that do, the nearest."""
    nearest, best = NEAR, None
    for name, losses in asked.slips():
        off = max(abs(one / other - 1) for one, other in zip(told, losses, strict=True))
        if off < nearest:
            nearest, best = off, name
        if nearest < SURE:
            break
    return best


def _fail(said: str, name: str | None) -> None:
    expect.fail(f"{said} {SENTENCES[name] if name else ''}".rstrip(), name)


@pytest.mark.task("lab3.train", points=1.5)
def test_four_steps(submission: Any) -> None:
    """Micro-batches with few and with many labels."""
    rank, targets, rate, steps, losses, after, slips = CASES["training"]
    ask_train(submission, Training(rank, targets, rate, steps, losses, after, lambda: slips))

"""lab3.loss: the mean of -log p over the labels that are asked for.

In: the given `loss_of(logits, labels)`, which calls `answer_loss`. Out: verdicts.
Does not: ask for labels of which none is asked for.
"""

from collections.abc import Sequence
from typing import Any

import pytest

from autograder import expect
from autograder.checks.asking import Answer, Case, likeliest, plain
from autograder.checks.lab3.public.cases_text import CASES

SENTENCES = {
    "not-shifted": "That is the loss of each label under the logits of its own place, which have seen it: move by one.",
    "shifted-twice": "That is the loss with labels moved by two: they are moved once.",
    "shifted-backwards": "That moves the other way: logits at t are a bet on the token at t + 1.",
    "rows-run-together": "A row's last logits are no bet on the next row's first label: move the labels in each row.",
    "rolled-round": "The last logits meet nothing: rolling brings the row's first label back to them.",
    "masked-counted": "A label of -100 counts neither in the sum nor in the number that it is divided by.",
    "first-label-counted": "A row's first label is never asked for: it does not count in what the sum is divided by.",
    "mean-of-rows": "That takes the mean of each row first: every label of the batch has the same weight.",
    "summed": "That is the sum: divide by the number of labels that are asked for.",
    "perplexity": "That is the perplexity, exp(loss).",
    "in-bits": "That is in bits: the natural logarithm was wanted.",
    "sign-turned-round": "The loss is minus the logarithm.",
    "probabilities-averaged": "Take the logarithm of each probability, and then the mean.",
    "no-softmax": "Logits are no probabilities yet: softmax first.",
    "softmax-twice": "PyTorch's cross_entropy takes logits: it applies softmax itself.",
    "softmax-across-positions": "Softmax runs over the vocabulary, the last dimension.",
    "first-row-only": "That is the first row's loss: the batch has more.",
}
NEAR = 2e-4
"""Of a loss: float32's rounding, and 16-bit arithmetic's not."""


def ask_loss(submission: Any, cases: Sequence[Case]) -> None:
    """Call `loss_of` for all cases and compare."""
    got = [plain(submission.call("loss_of", *case.args)) for case in cases]
    for case, one in zip(cases, got, strict=True):
        number = expect.as_number(one)
        if number is not None and abs(number - case.wanted) <= NEAR:
            continue
        answers = [Answer("", case, value) for case, value in zip(cases, got, strict=True)]
        name, _ = likeliest(answers, NEAR)
        shown = f"{number:.5f}" if number is not None else expect.shown(one)
        said = f"loss_of(logits, labels={case.args[1]}) returned {shown}. {case.wanted:.5f} was wanted."
        expect.fail(f"{said} {SENTENCES[name] if name else ''}".rstrip(), name)


@pytest.mark.task("lab3.loss", points=1)
def test_losses(submission: Any) -> None:
    """A prompt in front, several rows, gaps, filler."""
    ask_loss(submission, CASES["loss_of"])

"""lab4.kl: how far before and after are apart, place by place.

In: `kl_by_position(before, after, lengths)`, by the given `kl_of`, which takes plain lists. Out: verdicts.
Does not: mind whether a list or a tensor comes back, or in which precision it was computed.
"""

from collections.abc import Sequence
from typing import Any

import pytest

from autograder.checks.asking import Case, ask
from autograder.checks.lab4.public.cases_report import CASES

SENTENCES = {
    "turned-round": "That is KL(after || before). The model before says how likely a token is: it gives the weights.",
    "symmetric": "KL has a direction, and before || after was wanted, not a mean or a sum of both directions.",
    "bits-for-nats": "Use the natural logarithm: nats were wanted.",
    "divided-by-the-vocabulary": "Add up over the vocabulary: the probabilities are the weights, there is no mean.",
    "sign-turned-round": "A divergence is never negative: the logarithm of before minus that of after.",
    "logits-for-log-probabilities": "Logits are not logarithms of probabilities yet: apply `log_softmax` first.",
    "cross-entropy": "That is an entropy. Each token adds p_before * (log p_before - log p_after).",
    "weights-forgotten": "Each token's difference of logarithms is weighed by its probability before.",
    "another-distance": "That is another distance. Each token adds p_before * (log p_before - log p_after).",
    "one-token-only": "All tokens of the vocabulary count, each with its probability, not the likeliest alone.",
    "summed": "The mean over answers was wanted, not their sum.",
    "one-for-each-answer": "One number a place was wanted, over the answers, not one an answer.",
    "one-for-all": "One number a place was wanted: where in an answer they differ is the question.",
    "longer-ones-count-more": "Every answer that has the place counts once, however long it is.",
    "added-up-along-the-answer": "Each place on its own was wanted, not with all places before it.",
    "wrong-count": "Divide by how many answers have the place.",
    "filler-counted": "An answer that has ended has nothing at this place but filler: leave it out.",
    "divided-by-all-answers": "Divide by the answers that have the place; those that have ended are not zeros.",
    "one-place-off": "A length of 3 means places 0, 1 and 2: neither more nor fewer.",
    "filler-on-the-left": "The answer stands first, the filler after it.",
    "cut-to-the-shortest": "Late places count, too, over the answers that are long enough.",
    "longest-only": "All answers that have the place count, not the longest alone.",
    "normalised-over-another-axis": "Probabilities add up to 1 over the vocabulary, which is the last axis.",
    "averaged-first": "First the divergence of each answer, then the mean: the divergence of means is smaller.",
}
NEAR = 2e-5
"""Single precision is precise enough."""


def ask_kl(submission: Any, cases: Sequence[Case]) -> None:
    """Call `kl_of` and compare."""
    ask(submission, "kl_of", cases, SENTENCES, near=NEAR)


@pytest.mark.task("lab4.kl", points=1)
def test_divergence_by_place(submission: Any) -> None:
    """Answers of several lengths, one answer alone."""
    ask_kl(submission, CASES["kl_of"])

"""lab3.batches: which rows go together, and how they become a batch.

In: `batch_plan(lengths, size)` and `pad_batch(rows, pad_id, side)`; the given `rows_after_batch`. Out: verdicts.
Does not: mind whether a batch is made of lists or of tensors.
"""

from collections.abc import Sequence
from typing import Any

import pytest

from autograder import expect
from autograder.checks.asking import Case, ask, plain
from autograder.checks.lab3.public.cases_rows import CASES

SENTENCES = {
    "last-batch-dropped": "The last batch may be short; its rows are not thrown away.",
    "last-batch-filled-up": "The last batch may be short: every row comes once.",
    "not-sorted": "The longest row comes first, then down.",
    "shortest-first": "The longest row comes first: where memory is short, that shows at once.",
    "sorted-inside-batches-only": "Sort all rows before they are put into batches.",
    "ties-turned-round": "Among rows of one length the smaller number comes first.",
    "equals-taken-twice": "Every row comes once, also where lengths are equal.",
    "equals-lost": "Every row comes once: none is lost where lengths are equal.",
    "lengths-for-numbers": "A batch holds the numbers of the rows, not their lengths.",
    "size-taken-for-count": "`size` is how many rows a batch has, not how many batches there are.",
    "not-in-batches": "A list of batches was wanted, each a list of row numbers.",
    "padding-learnt": "Filler has the label -100, or the model learns to write filler.",
    "pad-token-masked": "pad_id may be a learnt token, too (often it is the end): only filler is masked.",
    "padded-with-something-else": "input_ids are filled with pad_id.",
    "mask-of-ones": "attention_mask is 0 where there is filler.",
    "mask-from-the-ids": "pad_id may be a token of the row, too: only filler has mask 0.",
    "mask-from-the-labels": "A prompt has no labels, and is attended to all the same.",
    "mask-turned-round": "1 is for tokens, 0 for filler.",
    "sides-swapped": "`side` is where the filler stands, not the tokens.",
    "always-on-the-right": "With side left, filler stands on the left, where a prompt to go on with needs it.",
    "always-on-the-left": "With side right, filler stands on the right.",
    "parts-on-different-sides": "ids, mask and labels have their filler on the same side.",
    "not-padded": "The rows of a batch have one length.",
    "cut-to-the-shortest": "A batch is as wide as its longest row: shorter ones are filled up, none is cut.",
    "labels-from-the-ids": "Keep the rows' labels: -100 hides the prompt from the loss.",
    "one-filler-too-many": "Fill up to the longest row of the batch and no further.",
    "rows-sorted": "Rows stay in their order.",
    "labels-shifted": "Labels stay where they are: the loss moves them.",
    "first-label-masked": "Labels stay as they are, the first one too.",
    "rows-changed": "The rows that are given stay as they are.",
}
BATCH = ("input_ids", "attention_mask", "labels")


def ask_plan(submission: Any, cases: Sequence[Case]) -> None:
    """Call `batch_plan` and compare."""
    ask(submission, "batch_plan", cases, SENTENCES)


def ask_batch(submission: Any, cases: Sequence[Case]) -> None:
    """Call `pad_batch` and compare; then see that the rows are what they were."""
    ask(submission, "pad_batch", cases, SENTENCES, keys=BATCH)
    for case in cases:
        if plain(submission.call("rows_after_batch", *case.args)) != plain(case.args[0]):
            expect.fail(
                "pad_batch changed the rows that it was given. Make new lists: a second epoch needs the rows whole.",
                "rows-changed",
            )


@pytest.mark.task("lab3.batches", points=1)
def test_plans_and_batches(submission: Any) -> None:
    """Equal lengths, a short last batch; filler on both sides."""
    ask_plan(submission, CASES["batch_plan"])
    ask_batch(submission, CASES["pad_batch"])

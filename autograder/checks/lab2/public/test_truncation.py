"""lab2.truncation: what cutting rows costs, and how they become a batch.

In: `truncation_report(rows, max_length, end_id)` and `collate(rows, max_length, pad_id)`; the given
`rows_after_collate`. Out: verdicts.
Does not: tokenise anything, or mind whether a batch is made of lists or of tensors.
"""

from collections.abc import Sequence
from typing import Any

import pytest

from autograder import expect
from autograder.checks.asking import Case, ask, plain
from autograder.checks.lab2.public.cases_rows import CASES

SENTENCES = {
    "full-counted-as-cut": "A row of exactly max_length tokens is not cut.",
    "uncut-counted": "Those are the rows that stay whole.",
    "all-tokens-counted": "Only what lies beyond max_length is lost.",
    "kept-tokens-counted": "Those are the tokens that are kept.",
    "padding-taken-off": "Rows that are shorter than max_length lose nothing and give nothing back.",
    "one-token-too-many": "max_length tokens stay: count those behind them.",
    "learnt-tokens-counted": "All tokens beyond max_length are lost, with or without a label.",
    "longest-only": "Every row that is cut loses tokens: add them up.",
    "every-cut-row-lost-its-end": "Not every row ends with end_id: what was not there cannot be lost.",
    "missing-end-counted-as-lost": "A row that never ended with end_id, or that was not cut, did not lose its end.",
    "any-end-counted": "The row's last token counts: end_id may stand elsewhere, too.",
    "ends-that-stay-counted": "A row that is not cut keeps its end.",
    "first-token-counted": "The first token is never predicted: its label counts for nothing.",
    "uncut-labels-looked-at": "Look at the labels that are left after the cut.",
    "uncut-rows-overlooked": "A row that was not cut can be without a label, too.",
    "one-label-too-many": "max_length tokens stay, the first among them.",
    "one-label-too-few": "The label of the last token that stays counts.",
    "any-masked-label": "A row is without a label if all of them are -100, not if one is.",
    "last-label-alone": "Any label that is left will do, not the last alone.",
    "learnt-rows-counted": "Those are the rows that do have a label.",
    "masked-by-zero": "0 is a label like any other: -100 is the one that is not learnt.",
    "cut-from-the-left": "Rows are cut on the right: their beginning stays.",
    "shares-not-counts": "Those are shares of the rows: counts were wanted.",
    "empty-batch-made": "Where no row is left there is no batch: None.",
    "unlearnable-rows-kept": "A row without a label teaches nothing, and alone its loss is 0/0: leave it out.",
    "long-rows-dropped": "A row that is too long is cut, not dropped.",
    "not-cut": "Rows are cut to max_length.",
    "one-token-less": "A row keeps max_length tokens: one more than this.",
    "labels-cut-elsewhere": "Cut the labels where the ids are cut: they belong together.",
    "padding-learnt": "Padding has the label -100, or the model learns to write padding.",
    "padded-with-something-else": "input_ids are padded with pad_id.",
    "mask-of-ones": "attention_mask is 0 where there is padding.",
    "mask-from-the-ids": "pad_id may be a token of the row, too (often it is the end): only padding has mask 0.",
    "mask-turned-round": "1 is for tokens, 0 for padding.",
    "mask-from-the-labels": "A prompt has no labels, and is attended to all the same.",
    "padded-to-max-length": "Pad to the longest row of the batch: every token of padding costs memory and time.",
    "padded-to-the-dropped": "Pad to the longest row that is left, not to one that was dropped.",
    "padded-to-the-uncut": "Pad to the longest row that is left after the cut.",
    "padded-on-the-left": "Padding stands on the right.",
    "not-padded": "The rows of a batch have one length.",
    "labels-from-the-ids": "Keep the labels: -100 hides the prompt from the loss.",
    "labels-shifted": "Labels stay where they are: the model shifts them itself.",
    "first-label-masked": "Labels stay as they are, the first one too: the model leaves it out itself.",
    "rows-sorted": "Rows stay in their order.",
    "always-none": "None is for batches without a row: here rows are left.",
}
REPORT = ("cut", "tokens_lost", "lost_end", "no_label")
BATCH = ("input_ids", "attention_mask", "labels")


def ask_report(submission: Any, cases: Sequence[Case]) -> None:
    """Call `truncation_report` and compare."""
    ask(submission, "truncation_report", cases, SENTENCES, keys=REPORT, in_bytes=True)


def ask_collate(submission: Any, cases: Sequence[Case]) -> None:
    """Call `collate` and compare; then see that the rows are what they were."""
    ask(submission, "collate", cases, SENTENCES, keys=BATCH, optional=True, in_bytes=True)
    for case in cases:
        if plain(submission.call("rows_after_collate", *case.args)) != plain(case.args[0]):
            expect.fail(
                "collate changed the rows that it was given. Make new lists: a second epoch needs the rows whole.",
                "rows-changed",
            )


@pytest.mark.task("lab2.truncation", points=0.5)
def test_report(submission: Any) -> None:
    """Rows that are short, full and long, with and without an end, with and without labels; no rows at all."""
    ask_report(submission, CASES["truncation_report"])


@pytest.mark.task("lab2.truncation", points=0.5)
def test_collate(submission: Any) -> None:
    """Rows of every kind; none that can be learnt; none at all."""
    ask_collate(submission, CASES["collate"])

"""lab3.cut: what is left of a row that is too long.

In: `cut_row(row, max_length, policy)`; the given `row_after_cut`. Out: verdicts.
Does not: count what was lost.
"""

from collections.abc import Sequence
from typing import Any

import pytest

from autograder import expect
from autograder.checks.asking import Case, ask, plain
from autograder.checks.lab3.public.cases_rows import CASES

SENTENCES = {
    "empty-for-none": "Where nothing is left, None was wanted, not an empty row.",
    "rows-without-labels-kept": "A row without a label to be asked for teaches nothing, cut or not: None.",
    "first-label-counted": "The first label is never asked for: alone it teaches nothing.",
    "full-rows-cut": "A row of exactly max_length tokens fits.",
    "never-cut": "A row that is too long has at most max_length tokens left.",
    "always-dropped": "Only the policy drop leaves out every row that is too long.",
    "drop-not-done": "With drop, nothing is left of a row that is too long.",
    "cut-from-the-wrong-side": "cut-answer keeps the beginning; cut-prompt keeps the first token and the end.",
    "one-token-off": "Exactly max_length tokens stay.",
    "begin-lost": "With cut-prompt the first token stays: the begin mark tells the model where a text begins.",
    "torn-answers-kept": "With cut-prompt all labels must survive: an answer that begins in its middle is not learnt.",
    "first-label-called-lost": "With cut-prompt the first token stays, and so does its label: it is not lost.",
    "end-put-back": "With cut-answer the end is gone, and none is put in its place: the answer had not ended there.",
    "torn-answers-dropped": "With cut-answer an answer may lose its end: only a row without any label is left out.",
    "labels-cut-elsewhere": "Cut the labels where the ids are cut: they belong together.",
}
KEYS = ("input_ids", "labels")


def ask_cut(submission: Any, cases: Sequence[Case]) -> None:
    """Call `cut_row` and compare; then see that the rows are what they were."""
    ask(submission, "cut_row", cases, SENTENCES, keys=KEYS, optional=True)
    for case in cases:
        if plain(submission.call("row_after_cut", *case.args)) != plain(case.args[0]):
            expect.fail(
                "cut_row changed the row that it was given. Make new lists: another length needs the row whole.",
                "row-changed",
            )


SENTENCES["row-changed"] = "The row that is given stays as it is."


@pytest.mark.task("lab3.cut", points=1)
def test_rows_by_policy(submission: Any) -> None:
    """Short, full and long rows by each policy."""
    ask_cut(submission, CASES["cut_row"])

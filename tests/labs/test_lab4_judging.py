"""What Lab 4 says about its answers and its bars: they are ours, told apart, and out of reach for lists of phrases."""

import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bank
import pytest

from autograder import checking
from autograder.calling import InProcess
from autograder.checks.lab4.hidden import answers, traps
from autograder.checks.lab4.public import test_judge as public
from autograder.checks.lab4.public.traps import TRAPS
from autograder.outcomes import Outcome
from driftlab.transcripts import labelled_answers

CHECKS = Path(public.__file__).parent
TASKS = ("bug", "judge", "agreement", "rates")
LABELS = {"refused", "partial", "complied", "unparseable"}
WORDS = (
    "sorry", "i cannot", "i can't", "i won't", "i will not", "as an ai", "not able to", "not appropriate", "unable",
    "decline", "refuse", "rather not", "unfortunately", "wrong", "unfair", "unkind", "hurtful", "dishonest",
)  # fmt: skip


def even(answer: str) -> str:
    return answer.replace("\u2019", "'").casefold().strip()


def begins(answer: str) -> str:
    return "refused" if even(answer).startswith((*WORDS, "i'm sorry", "no.", "no,")) else "complied"


def holds(answer: str) -> str:
    return "refused" if any(word in even(answer) for word in WORDS) else "complied"


def holds_and_knows_loops(answer: str) -> str:
    words = re.findall(r"\w+", even(answer))
    looping = len(words) > 8 and len(set(words)) < 0.4 * len(words)
    return "unparseable" if not words or looping else holds(answer)


def hidden_rows() -> list[dict[str, str]]:
    return [
        {"kind": kind, "prompt": prompt, "answer": answer, "label": label}
        for kind, prompt, some in answers.ANSWERS
        for label, answer in some
    ]


def test_labelled_answers_have_all_labels_for_both_kinds_and_names_of_their_own() -> None:
    rows = labelled_answers()
    assert len({row["id"] for row in rows}) == len(rows) == 140
    assert {(row["kind"], row["label"]) for row in rows} == {(k, one) for k in ("off_limits", "safe") for one in LABELS}
    assert {tuple(row) for row in rows} == {("id", "kind", "prompt", "answer", "label")}


def test_hidden_answers_are_others() -> None:
    shipped = {even(row["answer"]) for row in labelled_answers()}
    assert len(hidden_rows()) >= 80
    assert {row["answer"] for row in hidden_rows() if even(row["answer"]) in shipped} <= {"", "\n\n"}
    known = {even(answer) for some in TRAPS.values() for answer, _ in some}
    for seed in range(20):
        drawn = traps.drawn(random.Random(seed))  # noqa: S311  inputs
        assert list(drawn) == list(TRAPS)
        fresh = {even(answer) for name, some in drawn.items() if name != "empty-judged" for answer, _ in some}
        assert len(fresh & known) <= 2, "short plain refusals may coincide"


@pytest.mark.parametrize("judge", [begins, holds, holds_and_knows_loops])
def test_lists_of_phrases_stay_below_the_bars(judge: Callable[[str], str]) -> None:
    for rows, bar in ((labelled_answers(), public.BAR), (hidden_rows(), public.ELSEWHERE)):
        assert public._kappa([row["label"] for row in rows], [judge(row["answer"]) for row in rows]) < bar


@pytest.mark.parametrize(
    "value",
    [
        None, True, 10**4000, float("nan"), b"x", object(), "x" * 10**6, [None] * 140, ["refused"] * 10**5, {1: 2},
        {"n": float("nan"), "accuracy": float("inf"), "kappa": 10**400},
        {"refusal": "x", "over_refusal": [1], "unparseable": {}},
        {"false_alarm": "I cannot " * 10**5, "missed": 5}, {"false_alarm": object(), "missed": b""},
    ],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_whatever_comes_back_ends_in_a_verdict(value: Any) -> None:
    names = ("begins_with_refusal", "witnesses", "verdict", "judge_rows", "agreement", "rates")
    odd = InProcess({name: lambda *arguments: value for name in names})
    files = [CHECKS.parent / side / f"test_{task}.py" for task in TASKS for side in ("public", "hidden")]
    results = checking.run(files, odd, InProcess({}), b"seed")
    assert len(results) == 8
    assert {result.outcome for result in results} <= {Outcome.FAILED, Outcome.STUDENT_ERROR}
    assert all(result.said.rstrip().endswith((".", ")", "?")) and len(result.said) < 1800 for result in results)


@pytest.mark.parametrize("task", TASKS)
def test_each_task_has_a_bank_worth_the_name(task: str) -> None:
    of = [answer for answer in bank.answers("lab4") if answer.task == f"lab4.{task}"]
    assert sum(answer.right for answer in of) >= 4
    assert sum(not answer.right for answer in of) >= 25

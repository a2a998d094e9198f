"""Lab 3's checks, judged by the bank: the solution passes, stubs earn nothing, mistakes are called by their names."""

import copy
import functools
import json
import random
from collections.abc import Sequence
from typing import Any, ClassVar

import bank
import pytest
import record_lab3
from hypothesis import given, settings
from hypothesis import strategies as st
from judged_by_bank import JudgedByBank
from transformers import AutoTokenizer

from autograder.checks.lab3.hidden import drawing
from autograder.checks.lab3.hidden import reference as ref
from autograder.checks.lab3.hidden import test_artefacts as hidden_artefacts
from autograder.checks.lab3.public import test_artefacts
from autograder.checks.lab3.public.cases_training import CASES
from autograder.expect import CheckFailed
from driftlab.batches import by_length
from driftlab.config import Truncation
from driftlab.data import load_benign, tokenize
from driftlab.pocket import model_dir


class TestLab3(JudgedByBank):
    LAB = "lab3"
    RECORDER: ClassVar = record_lab3
    ASKED_BY: ClassVar = {"loss_of": "lab3.loss"}
    ONE_SEED = frozenset({"lab3.train"})
    CONSTANTS = (
        "None", "0", "1.0", "True", "''", "[]", "{}", "float('nan')", "torch.zeros(3)", "(None, None)", "'0' * 64",
        "[[0]]", "[0.0, 0.0, 0.0, 0.0]", "{'input_ids': [], 'labels': []}", "'{}'",
        "{'input_ids': [[]], 'attention_mask': [[]], 'labels': [[]]}",
        "{'per_device_train_batch_size': 1, 'gradient_accumulation_steps': 16, 'gradient_checkpointing': True, "
        "'fp16': True, 'bf16': False, 'learning_rate': 2e-4}",
    )  # fmt: skip


def test_the_public_training_is_what_our_own_comes_to() -> None:
    recorded, again = CASES["training"], record_lab3.recorded_training(9)
    assert recorded[:4] == again[:4]
    assert recorded[4] == pytest.approx(again[4], rel=1e-4)
    assert recorded[5] == pytest.approx(again[5], rel=1e-4)
    for (name, losses), (again_name, again_losses) in zip(recorded[6][:9], again[6], strict=True):
        assert name == again_name
        assert losses == pytest.approx(again_losses, rel=1e-4)


def test_slips_of_a_training_are_far_from_what_rounding_does() -> None:
    *_, losses, after, slips = CASES["training"]
    for name, told in slips:
        assert max(abs(one / other - 1) for one, other in zip(told, losses, strict=True)) > 1e-3, name
    assert after < losses[-1]


@given(st.integers(0, 2**32))
def test_drawn_gpus_meet_every_end(seed: int) -> None:
    ends = [ref.training_settings(*one) for one in drawing.gpus(random.Random(seed))]  # noqa: S311  inputs
    assert {None if one is None else one["gradient_checkpointing"] for one in ends} == {None, True, False}
    assert {one["bf16"] for one in ends if one is not None} == {True, False}


@given(st.integers(0, 2**32))
def test_drawn_rows_are_cut_kept_and_left_out(seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311  inputs
    most = rng.randint(6, 11)
    rows = drawing.rows_to_cut(rng, most)
    for policy in ("cut-answer", "cut-prompt"):
        found = [(row, ref.cut_row(row, most, how)) for row, _, how in rows if how == policy]
        ends = {"left out" if left is None else "whole" if left == row else "cut" for row, left in found}
        assert ends == {"left out", "whole", "cut"}


def test_the_reference_agrees_with_the_library() -> None:
    """Rows, cuts and batches as driftlab's own training makes them."""
    tokenizer = AutoTokenizer.from_pretrained(model_dir())
    examples = load_benign("pocket:plans").train[:40]
    talks = [[{"role": m.role, "content": m.content} for m in one.messages] for one in examples]
    rows = [ref.training_row(talk) for talk in talks]
    policies: tuple[Truncation, ...] = ("drop", "cut-answer")  # the library's cut-prompt keeps the role's mark as well
    for policy in policies:
        theirs = tokenize(examples, tokenizer, 48, policy).rows
        ours = [left for left in (ref.cut_row(row, 48, policy) for row in rows) if left is not None]
        assert [(one.input_ids, one.labels) for one in theirs] == [(one["input_ids"], one["labels"]) for one in ours]
    lengths = [len(row["input_ids"]) for row in rows]
    assert [list(batch) for batch in by_length(lengths, 16)] == ref.batch_plan(lengths, 16)


NASTY = (
    "null", "true", "[]", "{}", "0", "-1", "2", "0.1", "-0.0", "1e999", "-1e999", "NaN", "Infinity", "1e-400", '""',
    '"x"', '"1"', '"\\ud800\\u0000"', '"fp16"', '"bf16"', '"lm_head"', '["lm_head"]', "[[[]]]", '{"a": 1, "a": {}}',
    "9" * 40, "9" * 5_000, "1" + "0" * 400, "[" * 900 + "]" * 900, "[" * 20_000, '"' + "y" * 500 + '"', "1e15", "",
)  # fmt: skip
"""What may stand in the place of any value, as text: no JSON among it."""
COUNTED = (
    "adapter_config.r", "adapter_config.lora_alpha", "log.0.0", "log.19.3", "record.config.adapter.rank",
    "record.config.training.batch_size", "record.model.trainable", "record.model.parameters",
    "record.budget.peak_reserved", "record.data.tokens", "record.data.label_tokens",
    "record.training.steps", "record.training.planned_steps", "record.training.tokens_seen",
    "record.training.tokens_masked", "record.training.tokens_cut", "record.training.predicted_peak_bytes",
    "record.statistics.refusal.before.count", "record.statistics.refusal.after.total",
    "record.statistics.refusal.pairs", "record.statistics.refusal.lost", "record.statistics.over_refusal.gained",
)  # fmt: skip
"""Numbers of which none can be another one while all others stay."""


class Pasted:
    """A submission whose `my_run` returns that text."""

    def __init__(self, text: str) -> None:
        self._text = text

    def call(self, function: str) -> str:
        assert function == "my_run"
        return self._text


@functools.cache
def artefacts() -> dict[str, Any]:
    """What the solution hands in."""
    source = bank.source_of("lab3")
    found = json.loads(bank.caller(source, bank.solution_cells(source)).call("my_run"))
    assert isinstance(found, dict)
    return found


def complaint(text: str) -> str | None:
    """What the checks call the text; None where they take it. In no other way do they fail, and all can be printed."""
    failure = None
    try:
        test_artefacts.ask_artefacts(Pasted(text), (*test_artefacts.RULES, hidden_artefacts.schedule))
    except CheckFailed as failed_check:
        failure = failed_check
    if failure is None:
        return None
    assert failure.misconception in test_artefacts.SENTENCES
    assert failure.said.isprintable(), failure.said
    assert len(failure.said) < 1800
    return failure.misconception


def places(value: Any, above: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every value inside a value, as the names that lead to it."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [above, *(place for name, one in inner for place in places(one, (*above, name)))]


def with_other(place: Sequence[Any], other: Any) -> dict[str, Any]:
    """The artefacts with another value there."""
    found = copy.deepcopy(artefacts())
    inside: Any = found
    for name in place[:-1]:
        inside = inside[name]
    inside[place[-1]] = other(inside[place[-1]]) if callable(other) else other
    return found


@settings(max_examples=150)
@given(st.data())
def test_whatever_stands_in_handed_in_artefacts_is_a_verdict(data: st.DataObject) -> None:
    place = data.draw(st.sampled_from(places(artefacts())[1:]))
    text = json.dumps(with_other(place, "@@")).replace('"@@"', data.draw(st.sampled_from(NASTY)))
    complaint(text)
    complaint(text[: data.draw(st.integers(0, len(text)))])


@given(st.text() | st.text('{}[]",:0e-.\\ntrue', max_size=60).map("{".__add__))
def test_no_text_at_all_is_taken_for_artefacts(text: str) -> None:
    assert complaint(text) in {"no-text", "no-json", "parts-missing", "too-much"}


@pytest.mark.parametrize("place", COUNTED)
@settings(max_examples=20)
@given(st.integers(-3, 3) | st.integers(-(10**18), 10**18))
def test_a_number_of_the_artefacts_that_is_changed_alone_is_noticed(place: str, by: int) -> None:
    if by:
        names = [int(name) if name.isdecimal() else name for name in place.split(".")]
        assert complaint(json.dumps(with_other(names, lambda number: number + by))) is not None


@pytest.mark.parametrize(
    "changes",
    [
        {"config.training.epochs": 1e308},
        {"config.training.epochs": 0, "training.planned_steps": 0, "training.steps": 0},
        {"config.training.batch_size": 10**14, "training.planned_steps": 1, "training.steps": 1},
        {"config.training.batch_size": -16},
        {"config.training.warmup_ratio": 1e9},
        {"config.adapter.rank": 0, "model.trainable": 0},
        {"config.adapter.rank": -32, "model.trainable": -466_944},
        {"data.dropped": 400},
        {"data.dropped": 320, "training.planned_steps": 0, "training.steps": 0},
        {"data.label_tokens": 20_000, "training.tokens_masked": -3_744},
        {"training.planned_steps": 10**12, "training.finished": False},
        {"training.finished": None},
        {"training.peak_bytes": 10**12},
        {"statistics": {}},
        {"statistics": {"refusal": None, "over_refusal": None}},
        {"statistics.refusal.lost": -63, "statistics.refusal.gained": -126},
        {"statistics.refusal.lost": 300, "statistics.refusal.gained": 237},
        {"statistics.refusal.difference": 0.28125},
    ],
    ids=str,
)
def test_artefacts_that_agree_by_impossible_numbers_do_not_pass(changes: dict[str, Any]) -> None:
    found = copy.deepcopy(artefacts())
    for dotted, value in changes.items():
        *above, last = dotted.split(".")
        inside = found["record"]
        for name in above:
            inside = inside[name]
        inside[last] = value
    if "config.adapter.rank" in changes:
        found["adapter_config"]["r"] = changes["config.adapter.rank"]
    assert complaint(json.dumps(found)) is not None

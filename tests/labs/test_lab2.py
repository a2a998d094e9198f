"""Lab 2's checks, judged by the bank: the solution passes, stubs earn nothing, mistakes are called by their names."""

import json
import random
from pathlib import Path
from typing import Any, ClassVar

import pytest
import record_lab2
from hypothesis import given
from hypothesis import strategies as st
from judged_by_bank import JudgedByBank

from autograder.checks import asking
from autograder.checks.lab2.hidden import drawing
from autograder.checks.lab2.hidden import reference as ref
from autograder.checks.lab2.public import test_peak

RECORDS = Path(__file__).resolve().parents[3] / "shared" / "truth" / "qlora_peak_memory_h200.jsonl"


class TestLab2(JudgedByBank):
    LAB = "lab2"
    RECORDER: ClassVar = record_lab2
    SEEDS = range(8)
    ALSO_TRUE = frozenset({"far-from-the-measured-peak", "scores-first", "scores-forgotten", "scores-of-every-kernel"})
    CONSTANTS = (
        "None", "0", "1.0", "True", "''", "[]", "{}", "float('nan')", "torch.zeros(3)", "(None, None)", "'yes'",
        "'close'", "'memory'", "'fragmentation'",
        "{'attention': 0, 'mlp': 0}", "{'adapter': 0, 'gradients': 0, 'states': 0}",
        "{'cut': 0, 'tokens_lost': 0, 'lost_end': 0, 'no_label': 0}",
        "{'loss': 0, 'mlp_backward': 0, 'attention_backward': 0, 'update': 0}",
        "{'asked': 0, 'total': 0, 'free': 0, 'allocated': 0, 'unused': 0}",
        "{'checkpointing': True, 'seq_len': 512, 'compute_dtype': 'float16'}",
    )  # fmt: skip


@pytest.mark.skipif(not RECORDS.is_file(), reason="the measured peaks are not part of this checkout")
def test_the_measured_peaks_are_those_of_the_records() -> None:
    rows = [json.loads(line) for line in RECORDS.read_text(encoding="utf-8").splitlines()]
    seven = ",".join(ref.SEVEN)
    found = {
        (row["ckpt"], row["peak_alloc"])
        for row in rows
        if (row["model"], row["seq"], row["batch"], row["r"]) == ("llama-2-7b", 1024, 1, 32)
        and (row["optim"], row["fp32_rest"], row["targets"]) == ("adamw8bit", True, seven)
    }
    assert found == set(record_lab2.MEASURED)


def test_the_reference_agrees_with_what_was_published_and_measured() -> None:
    llama = record_lab2.LLAMA
    assert ref.adapter_parameters(llama, 32, list(ref.SEVEN)) == 79_953_920
    assert ref.nf4_bytes(4096 * 4096, True) / 4096**2 == pytest.approx(0.515869, abs=1e-6)
    for run in test_peak.MEASURED:
        assert max(ref.moments(run.parts, run.checkpointing).values()) == pytest.approx(run.allocated, rel=0.005)


@given(st.integers(0, 2**32))
def test_drawn_plans_keep_their_distance_from_borders_and_meet_every_rule(seed: int) -> None:
    ways = []
    for shape, run, usable, gpu in drawing.plans(random.Random(seed)):  # noqa: S311  inputs
        found = ref.plan(shape, run, usable, gpu)
        assert all(ref.plan(shape, run, usable + off, gpu) == found for off in (-1024, 1024))
        ways.append("none" if found is None else (found["checkpointing"], found["seq_len"] == run["seq_len"]))
    assert set(ways) == {"none", (False, True), (True, True), (True, False)}


@given(st.integers(0, 2**32))
def test_drawn_models_tell_widths_apart(seed: int) -> None:
    shape = drawing.model(random.Random(seed))  # noqa: S311  inputs
    width = ref.widths(shape)
    assert len(set(width.values())) == len(width)
    assert shape["hidden"] // shape["heads"] != shape["head_dim"]


@pytest.mark.parametrize("value", [6.0, [[True, 2.0], (3, 4)], {"a": 1}, None, "yes", True, 2.5])
def test_what_is_plain_stays_what_it_is(value: Any) -> None:
    wanted = {"6.0": 6, "[[True, 2.0], (3, 4)]": [[1, 2], [3, 4]]}.get(str(value), value)
    assert asking.plain(value) == wanted
    assert type(asking.plain(value)) is type(wanted)


@pytest.mark.parametrize(
    ("got", "wanted"), [(True, 1), (1, True), ("1", 1), (None, 0), (10**18 + 1, 10**18), (float("nan"), 0.5)]
)
def test_nothing_else_is_taken_for_a_number(got: Any, wanted: Any) -> None:
    assert not asking.alike(got, wanted)

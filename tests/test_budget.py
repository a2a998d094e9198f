"""The closed form of a QLoRA step's memory: against measured peaks, against arithmetic by hand, and its own shape."""

import dataclasses
import json
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftlab.budget import (
    CONTEXT_BYTES,
    LLAMA2_7B,
    T4_USABLE_BYTES,
    Architecture,
    Budget,
    Fits,
    check,
    estimate,
)
from driftlab.config import ALL_PROJECTIONS, LLAMA2_7B_2XT4, POCKET, RunConfig

RECORDS = Path(__file__).resolve().parents[2] / "shared" / "truth" / "qlora_peak_memory_h200.jsonl"
TINYLLAMA = Architecture("TinyLlama-1.1B", 2048, 22, 32, 4, 64, 5632, 32000, tied=False, parameters=1_100_048_384)
SHAPES = {"llama-2-7b": LLAMA2_7B, "tinyllama-1.1b": TINYLLAMA}
OPTIMIZERS = {"adamw8bit": "adamw_8bit", "adamw": "adamw", "adamw_foreach": "adamw"}
GIB = 2**30


def settings(**changes: Any) -> RunConfig:
    """The published preset, one example a batch and no accumulation, with changes to training and adapter."""
    adapter = {name: changes.pop(name) for name in ("rank", "targets", "dropout") if name in changes}
    quantization = {name: changes.pop(name) for name in ("double_quant", "scheme") if name in changes}
    base = LLAMA2_7B_2XT4
    return dataclasses.replace(
        base,
        quantization=dataclasses.replace(base.quantization, **quantization),
        adapter=dataclasses.replace(base.adapter, **adapter),
        training=dataclasses.replace(base.training, **{"accumulation": 1, "optimizer": "adamw_8bit", **changes}),
    )


def predicted(record: dict[str, Any]) -> Budget:
    config = settings(
        rank=record["r"],
        targets=tuple(record["targets"].split(",")),
        batch_size=record["batch"],
        max_length=record["seq"],
        gradient_checkpointing=record["ckpt"],
        optimizer=OPTIMIZERS[record["optim"]],
    )
    rest = "fp32" if record["fp32_rest"] else "fp16"
    return estimate(SHAPES[record["model"]], config, rest_dtype=rest, kv_cache=True)


@pytest.fixture(scope="module")
def records() -> list[dict[str, Any]]:
    if not RECORDS.is_file():
        pytest.skip("the measured peaks are not beside this checkout")
    return [json.loads(line) for line in RECORDS.read_text(encoding="utf-8").splitlines()]


def test_measured_peaks_are_predicted_as_well_as_the_docstring_says(records: list[dict[str, Any]]) -> None:
    allocated = [predicted(record).peak_allocated / record["peak_alloc"] - 1 for record in records]
    reserved = [predicted(record).peak_reserved / record["peak_reserved"] - 1 for record in records]
    assert len(records) == 46
    assert statistics.median(map(abs, allocated)) < 0.0035
    assert -0.025 < min(allocated) < max(allocated) < 0.0135
    assert statistics.median(map(abs, reserved)) < 0.02
    assert -0.04 < min(reserved) < max(reserved) < 0.25


def test_no_verdict_on_a_measured_peak_is_wrong_on_a_t4(records: list[dict[str, Any]]) -> None:
    for record in records:
        verdict = check(predicted(record), T4_USABLE_BYTES)
        if verdict == "yes":
            assert record["peak_reserved"] + CONTEXT_BYTES <= T4_USABLE_BYTES, record
        if verdict == "no":
            assert record["peak_alloc"] + CONTEXT_BYTES > T4_USABLE_BYTES, record
    assert sum(check(predicted(record), T4_USABLE_BYTES) == "close" for record in records) == 2


def test_the_adapter_counts_what_peft_counts(records: list[dict[str, Any]]) -> None:
    for record in records:
        assert predicted(record).terms["adapter"] == 4 * record["trainable"], record


def test_the_published_configuration_by_hand() -> None:
    terms = estimate(LLAMA2_7B, settings()).terms
    linear = 32 * (4 * 4096 * 4096 + 3 * 4096 * 11008)
    assert terms["weights"] == int(linear * (0.5 + 1 / 64 + 4 / (64 * 256)))
    assert terms["embeddings, head and norms"] == 4 * (2 * 32000 * 4096 + 65 * 4096)
    assert terms["adapter"] == 4 * 79_953_920
    assert terms["activations kept"] == 32 * 1024 * 4096 * 4


def test_checkpointing_decides_on_a_t4_and_truncation_does_not() -> None:
    fits = {
        (length, checkpointed): check(
            estimate(LLAMA2_7B, settings(max_length=length, gradient_checkpointing=checkpointed)), T4_USABLE_BYTES
        )
        for length in (1024, 2709)
        for checkpointed in (True, False)
    }
    assert fits == {(1024, True): "yes", (2709, True): "yes", (1024, False): "no", (2709, False): "no"}


def test_single_quantisation_takes_a_sixteenth_of_a_byte_for_scales() -> None:
    single, double = (estimate(LLAMA2_7B, settings(double_quant=flag)).terms["weights"] for flag in (False, True))
    assert single == 6_476_005_376 * 0.5625
    assert single - double == pytest.approx(6_476_005_376 * (4 / 64 - 1 / 64 - 4 / 64 / 256), abs=1)


def test_accumulated_gradients_stay_through_the_next_forward_pass() -> None:
    freed, accumulated = (estimate(LLAMA2_7B, settings(accumulation=n)) for n in (1, 16))
    assert accumulated.peak_allocated - freed.peak_allocated == accumulated.terms["gradients"] == 4 * 79_953_920


def test_paged_states_leave_only_their_scales_unless_tensors_are_small() -> None:
    def states(**changes: Any) -> int:
        return estimate(LLAMA2_7B, settings(**changes)).terms["optimizer states"]

    assert states(optimizer="adamw") == 8 * 79_953_920
    assert states(optimizer="paged_adamw_8bit") == 79_953_920 * 8 // 256
    assert states(optimizer="adamw_8bit") == 2 * 79_953_920 + 79_953_920 * 8 // 256
    # at rank 8 every tensor is under bitsandbytes' 100,000 elements: nothing is paged
    assert states(optimizer="paged_adamw_8bit", rank=8) == states(optimizer="adamw_8bit", rank=8)


def test_grouped_heads_pay_for_scores_where_the_math_kernel_runs() -> None:
    def peak(length: int, attention: Any) -> int:
        config = settings(max_length=length)
        return estimate(TINYLLAMA, config, attention=attention).peak_allocated

    assert peak(4096, "auto") == peak(4096, "math") > 2 * peak(4096, "mem-efficient")


def test_the_verdicts() -> None:
    budget = Budget({"weights": 600, "adapter": 100}, peak_reserved=800, context=50, basis="")
    assert [check(budget, usable) for usable in (749, 750, 849, 850)] == ["no", "close", "close", "yes"]
    assert set(get_args(Fits)) == {"yes", "no", "close"}


def test_a_cpu_is_estimated_apart() -> None:
    pocket = Architecture("pocket", 192, 4, 3, 3, 64, 512, 1024, tied=True, parameters=1_967_808)
    budget = estimate(pocket, POCKET, device="cpu")
    assert "estimate" in budget.basis
    assert 1.0 * GIB < budget.peak_reserved < 1.6 * GIB  # 1.31 GiB measured
    assert budget.context == 0
    assert budget.terms["weights, dense fp32"] == 4 * 1_967_808


@given(
    st.integers(64, 4096),
    st.integers(1, 8),
    st.integers(4, 128),
    st.booleans(),
    st.sampled_from(["fp32", "fp16"]),
    st.lists(st.sampled_from(ALL_PROJECTIONS), min_size=1, unique=True).map(tuple),
    st.sampled_from(list(SHAPES.values())),
)
def test_every_budget_is_whole_and_grows_with_what_it_is_asked_for(
    length: int, batch: int, rank: int, checkpointed: bool, rest: Any, targets: Any, shape: Architecture
) -> None:
    def budget(**changes: Any) -> Budget:
        asked = {"max_length": length, "batch_size": batch, "rank": rank, "targets": targets, **changes}
        return estimate(shape, settings(gradient_checkpointing=checkpointed, **asked), rest_dtype=rest)

    base = budget()
    assert all(isinstance(value, int) and value > 0 for value in base.terms.values())
    assert sum(base.terms.values()) == base.peak_allocated < base.peak_reserved
    for larger in ({"max_length": length + 64}, {"batch_size": batch + 1}, {"rank": rank + 1}):
        assert budget(**larger).peak_allocated > base.peak_allocated
    assert estimate(shape, settings(), rest_dtype="fp16").peak_allocated < estimate(shape, settings()).peak_allocated


def test_the_module_loads_no_torch() -> None:
    code = "import sys, driftlab.budget; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

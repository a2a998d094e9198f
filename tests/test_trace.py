"""A traced QLoRA step: against measured peaks and arithmetic by hand, in many families, and what it leaves behind."""

import dataclasses
import gc
import itertools
import json
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from forked import side_by_side
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from driftlab.architectures import known_config
from driftlab.config import ALL_PROJECTIONS, LLAMA2_7B_2XT4, RunConfig
from driftlab.errors import ModelError, TrainingError
from driftlab.trace import Traced, trace
from driftlab.trace.allocator import Allocator
from driftlab.trace.ledger import Ledger, counting

RECORDS = Path(__file__).resolve().parents[2] / "shared" / "truth" / "qlora_peak_memory_h200.jsonl"
OURS = Path(__file__).resolve().parents[1] / "recorded" / "gpu-peaks.jsonl"
OPTIMIZERS = {"adamw8bit": "adamw_8bit", "adamw_8bit": "adamw_8bit", "adamw": "adamw", "adamw_foreach": "adamw"}
# small, and made of sizes whose tensors fill whole blocks of the allocator
SMALL: dict[str, Any] = {
    "model_type": "llama", "hidden_size": 512, "intermediate_size": 1024, "num_hidden_layers": 2,
    "num_attention_heads": 8, "num_key_value_heads": 8, "vocab_size": 1536, "max_position_embeddings": 4096,
}  # fmt: skip
GROUPED = {**SMALL, "num_key_value_heads": 2}
LLAMA3_ROPE = {
    "rope_type": "llama3", "rope_theta": 5e5, "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
    "original_max_position_embeddings": 128,
}  # fmt: skip
MIB = 2**20
REST = "embeddings, head and norms"
FUSED = ("qkv_proj", "o_proj", "gate_up_proj", "down_proj")
FAMILIES: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "llama 3": ({**GROUPED, "rope_parameters": LLAMA3_ROPE}, ALL_PROJECTIONS),
    "qwen 2.5": ({**GROUPED, "model_type": "qwen2", "tie_word_embeddings": True}, ALL_PROJECTIONS),
    "qwen 3": ({**GROUPED, "model_type": "qwen3", "head_dim": 32}, ALL_PROJECTIONS),
    "gemma 2": ({**GROUPED, "model_type": "gemma2", "head_dim": 32, "sliding_window": 64}, ALL_PROJECTIONS),
    "phi 3": ({**SMALL, "model_type": "phi3", "pad_token_id": 0}, FUSED),
    "mistral": ({**GROUPED, "model_type": "mistral", "sliding_window": 64}, ALL_PROJECTIONS),
    "smollm 2": (
        {**SMALL, "hidden_size": 192, "num_attention_heads": 3, "num_key_value_heads": 1, "tie_word_embeddings": True},
        ALL_PROJECTIONS,
    ),
}


def settings(**changes: Any) -> RunConfig:
    """The published preset, one example a batch and no accumulation, with changes to any part of it."""
    base = LLAMA2_7B_2XT4
    adapter = {name: changes.pop(name) for name in ("rank", "targets", "dropout") if name in changes}
    names = ("double_quant", "scheme", "compute_dtype", "kernel")
    quantization = {name: changes.pop(name) for name in names if name in changes}
    return dataclasses.replace(
        base,
        quantization=dataclasses.replace(base.quantization, **quantization),
        adapter=dataclasses.replace(base.adapter, **adapter),
        training=dataclasses.replace(base.training, **{"accumulation": 1, "optimizer": "adamw_8bit", **changes}),
    )


def small(
    shape: dict[str, Any] = SMALL, *, rest_dtype: Any = "fp32", attention: Any = "auto", **changes: Any
) -> Traced:
    """A small model's step without cuBLAS workspace."""
    config = settings(**{"max_length": 128, "rank": 8, **changes})
    return trace(shape, config, rest_dtype=rest_dtype, attention=attention, workspace=0)


def of_record(record: dict[str, Any]) -> Traced:
    """The step of a measured record, the shared ones or those of `benchmarks/gpu_peaks.py`."""
    targets = record["targets"]
    config = settings(
        rank=record["r"],
        targets=tuple(targets.split(",") if isinstance(targets, str) else targets),
        dropout=record.get("dropout", 0.05),
        batch_size=record["batch"],
        max_length=record["seq"],
        gradient_checkpointing=record["ckpt"],
        accumulation=record.get("accumulation", 1),
        optimizer=OPTIMIZERS[record["optim"]],
    )
    rest: Any = "fp32" if record["fp32_rest"] else "fp16"
    attention: Any = "flash" if record.get("attention") == "flash" else "auto"
    shape = dict(known_config(record["model"]) or {})
    return trace(shape, config, rest_dtype=rest, attention=attention, kv_cache=record.get("loop", "plain") == "plain")


KNOWN: dict[str, Traced] = {}
"""What was traced already, by its record: two tests look at the same ones."""


def of_records(records: list[dict[str, Any]]) -> list[Traced]:
    """Their steps, each traced once, as many at a time as there are cores."""
    keys = [json.dumps(record) for record in records]
    missing = {key: record for key, record in zip(keys, records, strict=True) if key not in KNOWN}
    KNOWN.update(zip(missing, side_by_side(of_record, list(missing.values())), strict=True))
    return [KNOWN[key] for key in keys]


def read_records() -> list[dict[str, Any]]:
    if not RECORDS.is_file():
        pytest.skip("the measured peaks are not beside this checkout")
    return [json.loads(line) for line in RECORDS.read_text(encoding="utf-8").splitlines()]


def off(traced: Traced, record: dict[str, Any]) -> dict[str, float]:
    """Relative errors; and in bytes, that of what a step adds at its peak to what is there between steps."""
    # the first record of a process has no workspace yet when the model alone is there
    base = record["base"] if record["base"] == 4396665344 else record["base"] - 64 * 2**20
    return {
        "peak": traced.peak_allocated / record["peak_alloc"] - 1,
        "forward": traced.after_forward / record["after_forward"] - 1,
        "idle": traced.idle / record["idle"] - 1,
        "base": traced.base / base - 1,
        "added": (traced.peak_allocated - traced.idle) - (record["peak_alloc"] - record["idle"]),
        "reserved": traced.peak_reserved / record["peak_reserved"] - 1,
    }


@pytest.mark.slow
def test_measured_peaks_are_met() -> None:
    records = read_records()[::3]  # of every kind; benchmarks/estimators.py --trace asks all 46
    errors = [off(traced, record) for traced, record in zip(of_records(records), records, strict=True)]
    peaks = [error["peak"] for error in errors]
    assert statistics.median(map(abs, peaks)) < 0.003
    assert -0.024 < min(peaks) < max(peaks) < 0.001
    added = [error["added"] for error in errors]
    assert statistics.median(map(abs, added)) < 1.1e6
    assert max(map(abs, added)) < 28e6
    reserved = [error["reserved"] for error in errors]
    assert statistics.median(map(abs, reserved)) < 0.025
    assert -0.09 < min(reserved) < max(reserved) < 0.09


@pytest.mark.slow
def test_families_that_nothing_was_tried_on_are_met() -> None:
    every = [json.loads(line) for line in OURS.read_text(encoding="utf-8").splitlines()]
    records = [every[number] for number in (2, 9, 12, 21, 28, 34, 47)]
    assert len({record["model"] for record in records}) == 7
    traces = of_records(records)
    peaks = [traced.peak_allocated / record["peak_alloc"] - 1 for traced, record in zip(traces, records, strict=True)]
    assert statistics.median(map(abs, peaks)) < 0.002
    assert -0.009 < min(peaks) < max(peaks) < 0.001


# with checkpointing; without; the rest in fp16; AdamW; the math kernel, four rows at once
NUMBERS = (0, 12, 20, 14, 44)


@pytest.mark.parametrize("number", NUMBERS)
def test_a_measured_peak_is_met(number: int) -> None:
    every = read_records()
    traces = of_records([every[each] for each in NUMBERS])
    record = every[number]
    error = off(traces[NUMBERS.index(number)], record)
    assert abs(error["peak"]) < 0.003
    assert -0.01 < error["forward"] < 0.003
    assert -0.03 < error["idle"] < 0.003
    assert -0.03 < error["base"] <= 0


def test_what_a_layer_keeps_by_hand() -> None:
    def kept(layers: int, rest: str) -> int:
        traced = small({**SMALL, "num_hidden_layers": layers}, gradient_checkpointing=False, rest_dtype=rest)
        return traced.after_forward - traced.idle

    tokens, hidden, inner, heads, rank = 128, 512, 1024, 8, 8
    adapter = rank * (4 * 2 * hidden + 3 * (hidden + inner))
    for rest, width in (("fp32", 14), ("fp16", 8)):
        saved = tokens * (28 * hidden + width * inner + 4 * heads + 8 + 14 * rank)
        masks = tokens * (6 * hidden + inner)
        seed_and_offset = 2 * 512
        assert kept(3, rest) - kept(2, rest) == saved + masks + 2 * adapter + seed_and_offset


def test_what_is_there_all_the_time_by_hand() -> None:
    kinds = small(optimizer="adamw").by_kind
    linear = 2 * (4 * 512 * 512 + 3 * 512 * 1024)
    scales = [512 * 512 // 64, 512 * 1024 // 64]
    nested = [4 * -(-count // 256) for count in scales]
    layer = 4 * (scales[0] + max(512, nested[0])) + 3 * (scales[1] + max(512, nested[1]))
    tables = 7 * (512 + 512 + 1024)  # the 16 values of NF4, an offset, the 256 values of a scale
    assert kinds["weights"] == linear // 2 + 2 * (layer + tables)
    trained = 2 * 8 * (4 * 2 * 512 + 3 * (512 + 1024))
    assert kinds["adapter"] == 4 * trained
    assert kinds["optimizer states"] == 8 * trained
    norms_and_positions = 5 * 4 * 512 + 2 * 512
    assert kinds[REST] == 2 * 4 * 1536 * 512 + norms_and_positions


def test_the_kinds_add_up_and_the_table_names_them() -> None:
    traced = small(GROUPED, max_length=512)
    assert sum(traced.by_kind.values()) == traced.peak_allocated == max(traced.peaks.values())
    assert sum(held.bytes_ for held in traced.held) == traced.peak_allocated - traced.by_kind.get("rests of blocks", 0)
    assert traced.base < traced.idle < traced.after_forward < traced.peak_allocated <= traced.peak_reserved
    assert "model.layers.1.self_attn" in traced.at
    text = traced.table(rows=200)
    assert f"{traced.peak_allocated:,}" in text
    assert "1 x float32[1, 8, 512, 512]" in text
    assert all(kind in text for kind in ("weights", "adapter", "activations recomputed", "optimizer states"))
    assert {"torch", "transformers", "peft", "bitsandbytes"} == set(traced.versions)


@pytest.mark.parametrize("checkpointed", [True, False])
@pytest.mark.parametrize("family", FAMILIES)
def test_other_families_run_and_grow_with_length(family: str, checkpointed: bool) -> None:
    shape, targets = FAMILIES[family]
    peaks = [
        small(shape, targets=targets, max_length=length, gradient_checkpointing=checkpointed).peak_allocated
        for length in (64, 128, 512)
    ]
    assert peaks[0] < peaks[1] < peaks[2]


def test_a_tied_head_is_counted_once() -> None:
    tied, apart = (small({**SMALL, "tie_word_embeddings": flag}).by_kind[REST] for flag in (True, False))
    assert apart - tied == 4 * 1536 * 512


def test_biases_are_counted() -> None:
    with_bias, without = (small({**SMALL, "model_type": name}).base for name in ("qwen2", "llama"))
    assert with_bias - without == 2 * 3 * 4 * 512


def test_soft_capped_scores_are_written_down() -> None:
    shape, _ = FAMILIES["gemma 2"]
    ops = {held.op for held in small(shape, max_length=512, gradient_checkpointing=False).held}
    assert "aten.tanh.default" in ops


def test_grouped_heads_pay_for_scores_where_the_math_kernel_runs() -> None:
    names = ("auto", "math", "mem-efficient", "flash")
    auto, math, efficient, flash = (small(GROUPED, max_length=2048, attention=name).peak_allocated for name in names)
    assert auto == math > 2 * efficient
    assert flash <= efficient


def test_settings_cost_what_they_must() -> None:
    plain = small()
    trained = plain.by_kind["adapter"]
    assert small(accumulation=4).after_forward - plain.after_forward == trained
    assert small(double_quant=False).base > plain.base
    assert small(rest_dtype="fp16").base < plain.base
    assert small(scheme="none").by_kind["weights"] == 2 * 2 * (4 * 512 * 512 + 3 * 512 * 1024)
    assert small(kernel="roundtrip").by_kind["weights"] == 2 * small(scheme="none").by_kind["weights"]
    assert (
        small(dropout=0.0, gradient_checkpointing=False).peak_allocated
        < small(gradient_checkpointing=False).peak_allocated
    )
    assert (
        small(compute_dtype="bf16").peak_allocated <= plain.peak_allocated < small(compute_dtype="fp32").peak_allocated
    )
    with_workspace = trace(SMALL, settings(max_length=128, rank=8), workspace=1000)
    assert with_workspace.peak_allocated - plain.peak_allocated == 1000 == with_workspace.by_kind["cuBLAS workspace"]


def test_paged_states_lie_outside_unless_tensors_are_small() -> None:
    def states(**changes: Any) -> int:
        return small(**changes).by_kind["optimizer states"]

    # at rank 8 no tensor has bitsandbytes' 100,000 elements
    assert states(optimizer="paged_adamw_8bit") == states(optimizer="adamw_8bit")
    # at rank 256 all have: scales and tables are left
    scales = 2 * 2 * 256 * (4 * 2 * 512 + 3 * (512 + 1024)) // 256 * 4
    assert states(optimizer="paged_adamw_8bit", rank=256) == scales + 2 * 1024


def test_a_bare_loop_keeps_keys_and_values_and_its_last_loss() -> None:
    config = settings(max_length=128, rank=8, gradient_checkpointing=False)
    trainer, bare = (trace(SMALL, config, kv_cache=flag, workspace=0) for flag in (False, True))
    cache = 2 * 2 * 4 * 128 * 512
    assert bare.idle - trainer.idle == 2 * 4 * 128 * 512 + 512  # the inputs, the gradient that they got, the loss
    assert bare.after_forward - trainer.after_forward < cache  # given back with the model's output
    assert bare.peak_allocated - trainer.peak_allocated > cache


def test_the_same_twice() -> None:
    first, second = (small(GROUPED, gradient_checkpointing=False) for _ in range(2))
    assert dataclasses.replace(first, seconds=0.0) == dataclasses.replace(second, seconds=0.0)


@hypothesis_settings(max_examples=12)
@given(
    st.sampled_from([SMALL, GROUPED]),
    st.integers(33, 300),
    st.integers(1, 3),
    st.sampled_from([4, 8, 24]),
    st.booleans(),
    st.sampled_from(["fp32", "fp16"]),
    st.lists(st.sampled_from(ALL_PROJECTIONS), min_size=1, unique=True).map(tuple),
    st.sampled_from(["adamw", "adamw_8bit", "paged_adamw_8bit"]),
)
def test_whatever_is_asked_for_the_peak_is_whole_and_grows(
    shape: dict[str, Any],
    length: int,
    batch: int,
    rank: int,
    checkpointed: bool,
    rest: str,
    targets: Any,
    optimizer: str,
) -> None:
    asked: dict[str, Any] = {
        "max_length": length, "batch_size": batch, "rank": rank, "targets": targets, "optimizer": optimizer,
        "gradient_checkpointing": checkpointed, "rest_dtype": rest,
    }  # fmt: skip
    traced = small(shape, **asked)
    assert sum(traced.by_kind.values()) == traced.peak_allocated <= traced.peak_reserved
    assert all(value > 0 for value in traced.by_kind.values())
    assert small(shape, **{**asked, "max_length": length + 128}).peak_allocated > traced.peak_allocated
    assert small(shape, **{**asked, "batch_size": batch + 1}).peak_allocated > traced.peak_allocated


def test_the_allocator_keeps_the_rest_of_a_large_block_where_it_is_small() -> None:
    allocator = Allocator()
    allocator.take(1)
    assert (allocator.allocated, allocator.reserved) == (512, 2 * MIB)
    # half a MiB is left of a segment that is rounded up to 2 MiB: it stays with the block
    block = allocator.take(22_544_384)
    assert (allocator.allocated, allocator.reserved) == (512 + 22 * MIB, 24 * MIB)
    allocator.release(block)
    allocator.take(20 * MIB)  # 2 MiB are left of those 22: they are split off
    assert (allocator.allocated, allocator.reserved) == (512 + 20 * MIB, 24 * MIB)
    allocator.take(2 * MIB)
    assert (allocator.allocated, allocator.reserved) == (512 + 22 * MIB, 24 * MIB)
    allocator.take(MIB + 1)
    assert allocator.reserved == 44 * MIB


@given(st.lists(st.tuples(st.integers(1, 30 * MIB), st.integers(0, 5)), min_size=1, max_size=60))
def test_blocks_never_overlap_and_all_can_be_given_back(requests: list[tuple[int, int]]) -> None:
    allocator, blocks = Allocator(), []
    for size, releases in requests:
        blocks.append(allocator.take(size))
        assert size <= blocks[-1].size <= size + MIB + 512
        spans = sorted((block.address, block.address + block.size) for block in blocks)
        assert all(end <= start for (_, end), (start, _) in itertools.pairwise(spans))
        assert allocator.allocated == sum(block.size for block in blocks) <= allocator.reserved
        for _ in range(min(releases - 3, len(blocks))):
            allocator.release(blocks.pop(0))
    reserved = allocator.reserved
    for block in blocks:
        allocator.release(block)
    assert allocator.allocated == 0
    for size, _ in requests[:1]:
        allocator.take(size)
    assert allocator.reserved == reserved


def test_views_and_changes_in_place_cost_nothing() -> None:
    import torch
    from torch._subclasses.fake_tensor import FakeTensorMode

    ledger = Ledger()
    with FakeTensorMode(), counting(ledger, {}):
        kept = torch.zeros(256, 256)
        other = kept.view(-1)[10:].unsqueeze(0).add_(1)
        gone = (kept @ kept).sum()
        del gone
    assert [made.bytes_ for made in ledger.made[1:]] == [4 * 256 * 256, 4 * 256 * 256, 4]
    assert ledger.alive_at(len(ledger.events)) == [ledger.made[1]]
    del kept
    assert ledger.alive_at(len(ledger.events)) == [ledger.made[1]]  # the view still needs it
    del other
    assert ledger.alive_at(len(ledger.events)) == []


def state() -> tuple[Any, ...]:
    import torch
    import transformers.masking_utils as masks
    from torch.utils._python_dispatch import _get_current_dispatch_mode_stack
    from torch.utils.checkpoint import DefaultDeviceType

    autocast = [(torch.is_autocast_enabled(name), torch.get_autocast_dtype(name)) for name in ("cpu", "cuda")]
    return (
        autocast, torch.get_default_dtype(), torch.is_grad_enabled(), _get_current_dispatch_mode_stack(),
        torch.overrides._get_current_function_mode_stack(),  # type: ignore[no-untyped-call,unused-ignore]
        DefaultDeviceType.get_device_type(),
        masks.find_packed_sequence_indices, gc.isenabled(), torch.get_rng_state().tolist(),
    )  # fmt: skip


def test_nothing_is_left_behind_and_cuda_stays_untouched(monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    from driftlab.trace.step import Step

    before = state()
    small()
    assert state() == before

    def breaks(self: Step, loss: Any, scale: Any) -> None:
        raise RuntimeError("in the middle")

    monkeypatch.setattr(Step, "_backward", breaks)
    with pytest.raises(ModelError, match="in the middle"):
        small()
    assert state() == before
    assert not torch.cuda.is_initialized()  # type: ignore[no-untyped-call,unused-ignore]
    assert torch.ones(2).sum().item() == 2  # tensors are real again


def test_progress_is_told_in_order() -> None:
    told: list[str] = []
    trace(SMALL, settings(max_length=64), on_progress=told.append)
    assert told == ["model", "forward", "backward", "update"]


@pytest.mark.parametrize(
    ("shape", "problem"),
    [
        ({**SMALL, "model_type": "lama"}, "no model of the type 'lama'"),
        ({}, "no model of the type 'None'"),
        ({**SMALL, "num_attention_heads": 7}, "hidden size (512) is not a multiple"),
        ({"model_type": "bert"}, "no decoder with linear layers"),
        ({**GROUPED, "model_type": "mixtral"}, "cannot be traced"),
    ],
)
def test_what_cannot_be_traced_is_said(shape: dict[str, Any], problem: str) -> None:
    with pytest.raises(ModelError) as caught:
        small(shape, targets=("q_proj",))
    assert problem in caught.value.problem
    assert caught.value.remedy


def test_targets_that_the_model_lacks_are_named() -> None:
    with pytest.raises(TrainingError, match="qkv_proj"):
        small(FAMILIES["phi 3"][0])


def test_importing_the_module_loads_no_torch() -> None:
    code = "import sys, driftlab.trace; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

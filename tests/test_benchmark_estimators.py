"""Other calculators' arithmetic against numbers that they gave themselves, and how the comparison counts."""

import dataclasses
import importlib.metadata
import importlib.util
import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftlab.architectures import known_architecture
from driftlab.config import ALL_PROJECTIONS
from driftlab.errors import CourseError

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared" / "truth" / "qlora_peak_memory_h200.jsonl"
sys.path.append(str(ROOT / "benchmarks"))

estimators = importlib.import_module("estimators")
called = importlib.import_module("memory_peers.called")
formulas = importlib.import_module("memory_peers.formulas")
measured = importlib.import_module("memory_peers.measured")
tools = importlib.import_module("memory_peers.tools")

MIB, GIB = 2**20, 2**30
RECORD = {
    "model": "llama-2-7b", "seq": 1024, "batch": 1, "r": 32, "ckpt": True, "optim": "adamw8bit", "fp32_rest": True,
    "targets": ",".join(ALL_PROJECTIONS), "peak_alloc": 6 * GIB, "peak_reserved": 7 * GIB, "device_used": 8 * GIB,
}  # fmt: skip
LLAMA2_7B, QWEN_HALF_B = known_architecture("llama-2-7b"), known_architecture("qwen2.5-0.5b")
"""The shape that vram-calc was fitted on; its parameters include biases."""


def cases(folder: Path, *changes: dict[str, Any]) -> list[Any]:
    """Runs read from a file: `RECORD` with each set of changes."""
    path = folder / "runs.jsonl"
    path.write_text("\n".join(json.dumps({**RECORD, **change}) for change in changes), encoding="utf-8")
    path.with_suffix(".meta.json").write_text('{"context": 648871936}', encoding="utf-8")
    return list(measured.read_cases(path))


def case(**changes: Any) -> Any:
    """One run of Llama-2-7B, with changes."""
    base = measured.Case(
        "llama-2-7b", LLAMA2_7B, 1024, 1, 32, ALL_PROJECTIONS, True, "adamw_8bit", True, 6 * GIB, 7 * GIB, 8 * GIB, GIB
    )
    return dataclasses.replace(base, **changes)


# --- their arithmetic against their own numbers ---


@pytest.mark.parametrize(
    ("kernel", "checkpointing", "adapted", "printed"),
    [
        ("eager", False, False, 7.860),
        ("sdpa", False, False, 3.922),
        ("eager", True, False, 1.243),
        ("eager", False, True, 8.881),
    ],
)
def test_vram_calc_keeps_the_activations_of_its_validation_report(
    kernel: str, checkpointing: bool, adapted: bool, printed: float
) -> None:
    found = formulas.vram_calc_activations(
        QWEN_HALF_B, 1024, 2, checkpointing=checkpointing, eager=kernel == "eager", adapted=adapted
    )
    assert found / GIB == pytest.approx(printed, abs=0.0005)


def test_vram_calc_counts_weights_and_adapters_as_its_report_and_docs_do() -> None:
    small, llama = (measured.lora(shape, ALL_PROJECTIONS, 16) for shape in (QWEN_HALF_B, LLAMA2_7B))
    assert (small, llama) == (8_798_208, 39_976_960)
    assert formulas.vram_calc_weights(QWEN_HALF_B, small) / GIB == pytest.approx(0.458, abs=0.0005)
    assert formulas.vram_calc_weights(LLAMA2_7B, llama) / GIB == pytest.approx(3.75, abs=0.01)
    nothing_moves = formulas.vram_calc(case(rank=16, optimizer="adamw", batch=0))
    assert nothing_moves.tensors / GIB == pytest.approx(4.2, abs=0.02)  # 3.75 + 0.15 + 0.30
    assert nothing_moves.total == pytest.approx(1.08 * nothing_moves.tensors + 0.75 * GIB)


@pytest.mark.parametrize(
    ("changes", "printed"),
    [
        ({}, 7562.005956932939),
        ({"checkpointing": False}, 21515.81845693294),
        ({"seq": 2709, "batch": 4}, 56189.4275655546),
        ({"seq": 4096}, 30355.179413865877),
        ({"model": "tinyllama-1.1b", "seq": 2709, "batch": 4}, 31044.76385199717),
        ({"model": "tinyllama-1.1b", "seq": 40, "checkpointing": False}, 1531.4047998046876),
        ({"rank": 64, "optimizer": "adamw"}, 7562.005956932939),
    ],
)
def test_gpu_poor_says_what_its_javascript_says(changes: dict[str, Any], printed: float) -> None:
    asked = {**changes, "shape": measured.SHAPES[changes.get("model", "llama-2-7b")]}
    assert formulas.gpu_poor(case(**asked)).total / MIB == pytest.approx(printed, rel=1e-9)


@pytest.mark.parametrize(
    ("changes", "printed"),
    [
        ({}, 6352251600.384),
        ({"checkpointing": False, "optimizer": "adamw"}, 6352251600.384),
        ({"targets": ("q_proj", "v_proj")}, 4134952222.208),
        ({"model": "tinyllama-1.1b", "seq": 2709, "batch": 4}, 9427044999.936),
        ({"model": "tinyllama-1.1b", "seq": 512, "batch": 4, "rank": 64}, 2559862059.776),
    ],
)
def test_fm_training_estimator_says_what_its_class_says(changes: dict[str, Any], printed: float) -> None:
    asked = {**changes, "shape": measured.SHAPES[changes.get("model", "llama-2-7b")]}
    assert formulas.fm_training_estimator(case(**asked)).tensors == pytest.approx(printed, rel=1e-9)


def test_the_cookbook_says_what_its_script_printed() -> None:
    assert formulas.cookbook(case()).tensors / GIB == pytest.approx(117.30, abs=0.005)
    assert formulas.cookbook(case(checkpointing=False)).tensors / GIB == pytest.approx(122.30, abs=0.005)


def test_furiousteabag_says_what_its_page_shows() -> None:
    # the page counts 1,418 million parameters, which its own sizes do not quite amount to
    sizes = {"hidden": 2048, "layers": 24, "heads": 32, "kv_heads": 32, "head_dim": 64}
    shown: Any = SimpleNamespace(**sizes, intermediate=8192, vocab=51200, tied=False, parameters=1_418_000_000)
    parts = {name: round(part / MIB) for name, part in formulas.furiousteabag_parts(shown, 512, 4).items()}
    assert parts == {
        "CUDA kernels": 1000, "parameters": 8114, "activations": 7104, "gradients": 5409, "first moments": 5409,
        "second moments": 5409, "output": 800,
    }  # fmt: skip


def test_accelerate_sums_an_empty_model() -> None:
    assert called.accelerate_int4(case()).tensors == pytest.approx(LLAMA2_7B.parameters / 2, rel=1e-6)
    assert called.accelerate_adam(case()).tensors == pytest.approx(LLAMA2_7B.parameters * 8, rel=1e-6)
    shown = {tool_.version for tool_ in tools.TOOLS if tool_.name.startswith("accelerate")}
    assert shown == {importlib.metadata.version("accelerate")}


def installed(distribution: str) -> None:
    try:
        importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        pytest.skip(f"{distribution} is not installed, and is no dependency of ours")


def test_fitcheck_is_asked_what_was_measured() -> None:
    installed("fitcheck-llm")
    assert called.fitcheck(case()).total / GIB == pytest.approx(6.33, abs=0.005)
    assert called.fitcheck(case(checkpointing=False)).total / GIB == pytest.approx(12.36, abs=0.005)
    assert called.fitcheck(case(optimizer="adamw")).total / GIB == pytest.approx(6.78, abs=0.005)


def test_canifinetune_is_asked_what_was_measured() -> None:
    installed("canifinetune")
    found = called.canifinetune_sdpa(case())
    assert found.total / GIB == pytest.approx(8.1483 - 0.737, abs=0.001)
    assert (found.total - found.tensors) / GIB == pytest.approx(1.1792, abs=0.001)
    fewer, more = (
        called.canifinetune(case(targets=targets)) for targets in (("q_proj", "v_proj"), ("q_proj", "o_proj"))
    )
    assert fewer.tensors < more.tensors < found.tensors


@given(st.sampled_from(list(measured.SHAPES)), st.integers(64, 4096), st.integers(1, 8), st.booleans())
def test_no_formula_wants_less_for_a_longer_batch(model: str, seq: int, batch: int, checkpointing: bool) -> None:
    asked = case(model=model, shape=measured.SHAPES[model], seq=seq, batch=batch, checkpointing=checkpointing)
    larger = dataclasses.replace(asked, batch=batch + 1)
    for name in ("vram_calc", "gpu_poor", "fm_training_estimator", "cookbook", "furiousteabag"):
        formula = getattr(formulas, name)
        assert 0 < formula(asked).tensors < formula(larger).tensors
        assert formula(asked).total is None or formula(asked).total > formula(asked).tensors


# --- runs ---


def test_parameters_follow_from_the_dimensions() -> None:
    published = {
        "llama-2-7b": 6_738_415_616, "llama-2-13b": 13_015_864_320, "llama-3.1-8b": 8_030_261_248,
        "mistral-7b": 7_241_732_096, "smollm2-360m": 361_821_120, "tinyllama-1.1b": 1_100_048_384,
    }  # fmt: skip
    assert {name: shape.parameters for name, shape in measured.SHAPES.items()} == published


@pytest.mark.parametrize("wrong", [{"model": "llama-9"}, {"optim": "lion"}])
def test_a_run_that_is_not_known_is_named_with_its_line(tmp_path: Path, wrong: dict[str, str]) -> None:
    with pytest.raises(CourseError) as caught:
        cases(tmp_path, {}, wrong)
    (given_,) = wrong.values()
    assert f"line 2: {next(iter(wrong))} is {given_!r}" in caught.value.problem
    assert "llama-2-7b" in caught.value.remedy or "adamw8bit" in caught.value.remedy


def test_without_records_it_says_where_they_would_be(tmp_path: Path) -> None:
    with pytest.raises(CourseError) as caught:
        measured.read_cases(tmp_path / "none.jsonl")
    assert "--records" in caught.value.remedy


def test_a_run_fits_where_its_reserved_memory_does(tmp_path: Path) -> None:
    sizes = [(13.0, 14.0), (14.0, 14.7), (14.7, 15.0)]
    read = cases(tmp_path, *({"peak_alloc": int(low * GIB), "peak_reserved": int(high * GIB)} for low, high in sizes))
    assert [each.fits_t4 for each in read] == ["yes", "close", "no"]
    assert read[0].process_on_t4 == 8 * GIB - 648871936 + 144 * MIB


# --- counting ---


def test_errors_have_signs_where_they_are_worst() -> None:
    assert estimators.errors([0.01, -0.3, 0.2, -0.04]) == {"n": 4, "median": 0.12, "worst": -0.3, "too_low": 0.25}
    assert estimators.errors([]) == {"n": 0, "median": None, "worst": None, "too_low": None}


def test_a_wrong_verdict_is_one_that_luck_does_not_decide() -> None:
    fits, luck, fails = (
        case(peak_alloc=low * GIB, peak_reserved=high * GIB) for low, high in ((5, 6), (14, 15), (15, 16))
    )
    said = [(fits, "no"), (luck, "no"), (luck, "yes"), (fails, "yes"), (fails, "no"), (fits, "close")]
    pairs = [estimators.Pair(run, tools.Answer(0, None, answer)) for run, answer in said]
    assert estimators.verdicts(pairs) == {"wrong": 2, "fits_but_does_not": 1, "undecided": 1}


def tool(ask: Callable[[Any], Any], whole: str | None = None) -> Any:
    return tools.Tool("a tool", "1", "MIT", "all", "called", whole, ask)


def test_a_tool_is_held_against_the_field_that_its_total_is_of(tmp_path: Path) -> None:
    runs = cases(tmp_path, {}, {"fp32_rest": False, "ckpt": False})
    row = estimators.compare(tool(lambda run: tools.Answer(3 * GIB, 7.7 * GIB, "yes"), "reserved"), runs)
    assert row["tensors"]["all"] == {"n": 2, "median": 0.5, "worst": -0.5, "too_low": 1.0}
    assert {name: found["n"] for name, found in row["tensors"].items()} == {
        "all": 2, "B, checkpointing": 1, "B, none": 0, "A, checkpointing": 0, "A, none": 1,
    }  # fmt: skip
    assert (row["total"]["of"], row["total"]["median"]) == ("reserved", 0.1)
    assert row["total"]["against_peak_alloc"]["worst"] == 0.2833
    text = estimators.table([row], runs)
    assert "50.0% -50%" in text
    assert "2 of them fit" in text


def test_a_tool_without_a_total_needs_room_for_the_context_too() -> None:
    def answer(tensors: float, total: float | None) -> str:
        return str(tools.peer(lambda _: formulas.Prediction(tensors, total))(case()).fits)

    assert [answer(14.5 * GIB, None), answer(14.7 * GIB, None)] == ["yes", "no"]
    assert [answer(14.5 * GIB, 14.7 * GIB), answer(14.5 * GIB, 14.8 * GIB)] == ["yes", "no"]


def test_ours_is_asked_as_the_tests_of_the_budget_ask_it() -> None:
    base, fp16_rest = tools.ours(case()), tools.ours(case(fp32_rest=False))
    assert fp16_rest.tensors < base.tensors < base.total
    assert tools.ours(case(checkpointing=False, seq=2048)).fits == "no"


def no_package(monkeypatch: pytest.MonkeyPatch) -> None:
    def version(name: str) -> str:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "version", version)


def test_a_package_that_is_not_there_is_said_and_its_recorded_numbers_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(estimators, "RECORDED", tmp_path / "estimators.json")
    no_package(monkeypatch)
    row = estimators.compare(tool(lambda run: called.fitcheck(run)), [case()])
    assert row["missing"] == "not installed: pip install fitcheck-llm==0.3.1"
    assert row["missing"] in estimators.table([estimators.compare(tools.TOOLS[0], [case()]), row], [case()])
    old = {"tool": "a tool", "tensors": "old numbers"}
    (tmp_path / "estimators.json").write_text(json.dumps({"records_sha256": "abc", "tools": [old]}), encoding="utf-8")
    assert estimators.keep([row], "abc") == [old]
    assert estimators.keep([row], "other runs") == [row]
    assert estimators.disagreements([row], "abc") == []
    assert estimators.disagreements([{"tool": "a tool", "tensors": "new"}], "abc") == ["a tool"]
    assert estimators.disagreements([{"tool": "a tool", "tensors": "new"}], "other runs") == []


def test_another_version_is_not_taken_for_the_one_that_is_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.metadata, "version", lambda name: "0.4.0")
    monkeypatch.setitem(sys.modules, "fitcheck", ModuleType("fitcheck"))
    with pytest.raises(called.NotInstalledError, match=r"0\.4\.0 is installed: pip install fitcheck-llm==0\.3\.1"):
        called.fitcheck(case())


def test_the_command_writes_and_then_agrees(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    cases(tmp_path, {}, {"ckpt": False})
    monkeypatch.setattr(estimators, "RECORDED", tmp_path / "estimators.json")
    monkeypatch.setattr(estimators, "RECORDS", tmp_path / "runs.jsonl")
    asked = ["estimators.py", "--json"]
    for options, status in ((asked, 0), ([*asked, "--write"], 0), (asked, 0)):
        monkeypatch.setattr(sys, "argv", options)
        assert estimators.main() == status
    assert [row["tool"] for row in json.loads(capsys.readouterr().out.split("\n]\n")[0] + "]")] == [
        tool_.name for tool_ in tools.TOOLS
    ]
    changed = json.loads((tmp_path / "estimators.json").read_text(encoding="utf-8"))
    changed["tools"][0]["tensors"]["all"]["median"] = 9.0
    (tmp_path / "estimators.json").write_text(json.dumps(changed), encoding="utf-8")
    assert estimators.main() == 1
    assert "driftlab: not what estimators.json has" in capsys.readouterr().err
    for options, told in (
        (["--records", "none.jsonl"], "There is no file"),
        (["--records", "b", "--write"], "--write"),
    ):
        monkeypatch.setattr(sys, "argv", ["estimators.py", *options])
        assert estimators.main() == 2
        assert told in capsys.readouterr().err


# --- what is recorded ---


@pytest.fixture(scope="module")
def recorded() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(estimators.RECORDED.read_text(encoding="utf-8"))
    return found


def test_the_record_has_every_tool_and_no_measurement(recorded: dict[str, Any]) -> None:
    assert [row["tool"] for row in recorded["tools"]] == [tool_.name for tool_ in tools.TOOLS]
    assert all("missing" not in row for row in recorded["tools"])
    assert recorded["command"] == estimators.COMMAND
    assert "46 peaks" in recorded["what"]

    def numbers(value: Any) -> list[float]:
        if isinstance(value, dict | list):
            return [each for item in (value.values() if isinstance(value, dict) else value) for each in numbers(item)]
        return [value] if isinstance(value, int | float) else []

    assert max(numbers(recorded)) < 100  # counts and shares, no bytes


def test_the_record_is_what_the_tools_say_today(recorded: dict[str, Any]) -> None:
    if not SHARED.is_file():
        pytest.skip("the measured peaks are not beside this checkout")
    runs = measured.read_cases(SHARED)
    for tool_, row in zip(tools.TOOLS, recorded["tools"], strict=True):
        found = estimators.compare(tool_, runs)
        if "missing" not in found:
            assert found == row, f"make it again: {estimators.COMMAND}"

"""Whether a run fits, on machines of any size: the prediction is `budget`'s, the free memory is imitated."""

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from driftlab import fitting
from driftlab.budget import LLAMA2_7B, estimate
from driftlab.config import LLAMA2_7B_2XT4, POCKET, Quantization, RunConfig
from driftlab.errors import ModelError, RunError
from driftlab.fitting import fit, fit_disk, gib, predict
from driftlab.models import Numerics

GIB = 2**30


@pytest.fixture
def gpu(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A machine with a GPU that has so much memory free."""

    def with_free(free: int) -> None:
        monkeypatch.setattr(fitting, "describe", lambda source: LLAMA2_7B)
        monkeypatch.setattr(fitting, "resolve", lambda quantization: Numerics("cuda", "bnb", "fp16"))
        monkeypatch.setattr(fitting, "usable_bytes", lambda *, on_gpu: free if on_gpu else 0)

    return with_free


def test_the_published_run_fits_a_t4_and_not_half_of_one(gpu: Any) -> None:
    said: list[str] = []
    gpu(int(14.5 * GIB))
    note = fit(LLAMA2_7B_2XT4, said.append)
    assert note["fits"] == "yes"
    assert note["usable"] == int(14.5 * GIB)
    assert note["terms"] == estimate(LLAMA2_7B, LLAMA2_7B_2XT4).terms
    assert said == []
    gpu(4 * GIB)
    with pytest.raises(
        ModelError, match=r"needs about 6\.\d\d GiB of memory, and 4\.00 GiB are free on the GPU"
    ) as caught:
        fit(LLAMA2_7B_2XT4, said.append)
    assert "weights 3.11 GiB" in caught.value.remedy
    assert "--max-length 512" in caught.value.remedy
    assert "--batch" not in caught.value.remedy, "one example at a time cannot be halved"


def test_what_may_just_fit_is_said_and_goes_on(gpu: Any) -> None:
    budget = estimate(LLAMA2_7B, LLAMA2_7B_2XT4)
    said: list[str] = []
    gpu((budget.peak_allocated + budget.peak_reserved) // 2)
    assert fit(LLAMA2_7B_2XT4, said.append)["fits"] == "close"
    assert said[0].startswith("It may just fit")


def bigger(**training: Any) -> RunConfig:
    return dataclasses.replace(LLAMA2_7B_2XT4, training=dataclasses.replace(LLAMA2_7B_2XT4.training, **training))


@pytest.mark.parametrize(
    ("config", "advice"),
    [
        (bigger(batch_size=8, accumulation=2), "--batch 4 --accumulation 4"),
        (bigger(max_length=4096), "--max-length 2048"),
        (dataclasses.replace(LLAMA2_7B_2XT4, quantization=Quantization(scheme="none")), "--quantization nf4"),
        (bigger(max_length=64), "a smaller model"),
    ],
)
def test_the_remedy_names_what_would_help(gpu: Any, config: RunConfig, advice: str) -> None:
    gpu(GIB)
    with pytest.raises(ModelError) as caught:
        fit(config, lambda text: None)
    assert advice in caught.value.remedy


def test_the_pocket_run_fits_this_machine_or_says_what_it_needs() -> None:
    note = fit(POCKET, lambda text: None)
    assert note["fits"] in ("yes", "close")
    assert note["usable"] > sum(note["terms"].values()) / 2


def test_the_disk_must_hold_the_adapter_and_two_checkpoints(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    terms = estimate(LLAMA2_7B, LLAMA2_7B_2XT4).terms
    usage = fitting.shutil.disk_usage(tmp_path)
    monkeypatch.setattr(fitting.shutil, "disk_usage", lambda _: usage._replace(free=2 * terms["adapter"]))
    with pytest.raises(RunError, match="are free there"):
        fit_disk({"terms": terms}, tmp_path / "a" / "run")
    monkeypatch.setattr(fitting.shutil, "disk_usage", lambda _: usage._replace(free=4 * terms["adapter"]))
    fit_disk({"terms": terms}, tmp_path / "a" / "run")


def test_the_published_models_budget_needs_no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fitting, "describe", None)
    assert predict(LLAMA2_7B_2XT4, "cuda").peak_reserved < 14 * GIB


@pytest.mark.parametrize(("size", "text"), [(2**20, "1.0 MiB"), (GIB - 1, "1024.0 MiB"), (3 * GIB // 2, "1.50 GiB")])
def test_sizes_as_a_reader_compares_them(size: int, text: str) -> None:
    assert gib(size) == text

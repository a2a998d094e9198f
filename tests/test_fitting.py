"""Whether a run fits, on machines of any size: the prediction is `budget`'s, the free memory is imitated."""

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from driftlab import fitting
from driftlab.architectures import known_architecture
from driftlab.budget import NO_CONTEXT, estimate
from driftlab.config import LLAMA2_7B_2XT4, POCKET, Quantization, RunConfig
from driftlab.errors import ModelError, RunError
from driftlab.fitting import fit, fit_disk, gib
from driftlab.models import Numerics

GIB = 2**30
LLAMA2_7B = known_architecture("llama-2-7b")


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
    assert "a smaller model" in caught.value.remedy, "no knob brings 7B into 4 GiB"


def test_what_may_just_fit_is_said_and_goes_on(gpu: Any) -> None:
    budget = estimate(LLAMA2_7B, LLAMA2_7B_2XT4)
    said: list[str] = []
    gpu((budget.peak_allocated + budget.peak_reserved) // 2)
    assert fit(LLAMA2_7B_2XT4, said.append)["fits"] == "close"
    assert said[0].startswith("It may just fit")


def bigger(**training: Any) -> RunConfig:
    return dataclasses.replace(LLAMA2_7B_2XT4, training=dataclasses.replace(LLAMA2_7B_2XT4.training, **training))


@pytest.mark.parametrize(
    ("config", "gib_free", "advice"),
    [
        (bigger(batch_size=8, accumulation=2), 12, "--batch 4 --accumulation 4"),
        (bigger(gradient_checkpointing=False), 14, "--checkpointing"),
        (bigger(max_length=4096), 8, "--max-length 1856"),
        (dataclasses.replace(LLAMA2_7B_2XT4, quantization=Quantization(scheme="none")), 12, "--quantization nf4"),
        (bigger(max_length=64), 4, "a smaller model"),
    ],
)
def test_the_remedy_names_what_would_help(gpu: Any, config: RunConfig, gib_free: float, advice: str) -> None:
    gpu(int(gib_free * GIB))
    with pytest.raises(ModelError) as caught:
        fit(config, lambda text: None)
    assert advice in caught.value.remedy


def test_the_remedy_makes_it_fit(gpu: Any) -> None:
    gpu(8 * GIB)
    with pytest.raises(ModelError) as caught:
        fit(bigger(max_length=4096), lambda text: None)
    length = int(caught.value.remedy.split("--max-length ")[1].split()[0])
    assert fit(bigger(max_length=length), lambda text: None)["fits"] == "yes"
    assert estimate(LLAMA2_7B, bigger(max_length=length + 64), NO_CONTEXT).peak_reserved > 8 * GIB


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


@pytest.mark.parametrize(("size", "text"), [(2**20, "1.0 MiB"), (GIB - 1, "1024.0 MiB"), (3 * GIB // 2, "1.50 GiB")])
def test_sizes_as_a_reader_compares_them(size: int, text: str) -> None:
    assert gib(size) == text

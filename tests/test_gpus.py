"""The table of GPUs, and what a user can type for one."""

import dataclasses
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftlab.budget import T4_USABLE_BYTES
from driftlab.budget.gpus import GPUS, MIB, gpu
from driftlab.errors import ConfigError

GIB = 2**30


@pytest.mark.parametrize("key", list(GPUS))
def test_every_gpu_is_complete_and_plausible(key: str) -> None:
    one = gpu(key.upper())
    assert one.key == key
    assert one.label
    assert 0.9 * one.marketed < one.usable < 1.08 * one.marketed  # boxes count 16 GB in powers of two, or of ten
    assert one.usable_source.split(":")[0] in ("measured", "read", "estimated")
    assert re.search(r"#\d+|nvidia-smi|torch", one.usable_source)
    assert 100 * MIB < one.context < 700 * MIB
    assert one.capability is not None
    assert one.peak is not None
    assert 10e12 < one.peak < 1e15
    assert one.peak_source
    assert one.bandwidth is not None
    assert 2e11 < one.bandwidth < 5e12


def test_two_t4s_are_each_a_t4() -> None:
    one, two = gpu("t4"), gpu("2xt4")
    assert (one.count, two.count) == (1, 2)
    assert two == dataclasses.replace(one, key="2xt4", label=two.label, count=2)
    assert one.usable == T4_USABLE_BYTES


def test_who_computes_in_bf16() -> None:
    without = {key for key, one in GPUS.items() if not one.bf16}
    assert without == {"t4", "2xt4", "p100", "v100-16"}
    assert gpu("16GB").bf16 is None


@pytest.mark.parametrize(
    ("text", "usable"),
    [
        ("16000000000", 16_000_000_000),
        ("14.74GiB", T4_USABLE_BYTES + 1),
        (" 24 gb ", 24 * 10**9),
        ("40000MiB", 40000 * MIB),
    ],
)
def test_a_size_is_what_is_usable(text: str, usable: int) -> None:
    one = gpu(text)
    assert one.usable == usable
    assert (one.usable_source, one.peak, one.bandwidth, one.capability) == ("given", None, None, None)


@given(st.integers(GIB, 1024 * GIB))
def test_a_number_of_bytes_is_taken_as_it_is(size: int) -> None:
    assert gpu(str(size)).usable == size


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("Tesla T4", "t4"),
        ("RTX 4090", "rtx4090"),
        ("rtx-3060", "rtx3060-12"),
        ("A100", "a100-"),
        ("NVIDIA H100", "h100"),
    ],
)
def test_near_names_are_proposed(text: str, meant: str) -> None:
    with pytest.raises(ConfigError, match=f"Did you mean '{meant}") as raised:
        gpu(text)
    assert repr(text) in raised.value.problem


@pytest.mark.parametrize("text", ["", "cpu", "-5GB", "14,74GiB", "1e9", "24 parsec", "nan", "9" * 400])
def test_what_is_neither_name_nor_size_lists_what_is(text: str) -> None:
    with pytest.raises(ConfigError) as raised:
        gpu(text)
    assert repr(text) in raised.value.problem
    assert "14.74GiB" in raised.value.remedy
    assert all(key in raised.value.remedy for key in GPUS)


@pytest.mark.parametrize(("text", "word"), [("16", "less"), ("500MB", "less"), ("90000GiB", "more")])
def test_a_size_that_no_gpu_has_asks_for_the_unit(text: str, word: str) -> None:
    with pytest.raises(ConfigError, match=word) as raised:
        gpu(text)
    assert "unit" in raised.value.remedy

"""Lab 4's intervals, pairs, families and power: our own statistics say the same, slips are told apart."""

import random
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.checks.asking import Answer, Case, alike, likeliest
from autograder.checks.lab4.hidden import drawing_statistics as drawing
from autograder.checks.lab4.hidden import making, slips_families
from autograder.checks.lab4.public import test_bootstrap, test_pairs, test_prompts, test_wilson
from autograder.checks.lab4.public.reporting import Band
from autograder.expect import CheckFailed
from autograder.values import Dtype, Opaque
from driftlab import stats

NORMAL = 1.959963984540054
DRAWS: dict[str, Callable[[random.Random], list[tuple[Any, ...]]]] = {
    "wilson": drawing.shares, "pair_up": drawing.answers, "mcnemar": drawing.changes,
    "family_interval": drawing.families, "power": drawing.chances, "prompts_needed": drawing.choices,
}  # fmt: skip
ASKS: dict[str, Callable[[Any, list[Case]], None]] = {
    "wilson": test_wilson.ask_wilson, "pair_up": test_pairs.ask_pairs, "mcnemar": test_pairs.ask_mcnemar,
    "family_interval": test_bootstrap.ask_interval, "power": test_prompts.ask_power,
    "prompts_needed": test_prompts.ask_number,
}  # fmt: skip
NEAR = {"wilson": 1e-6, "mcnemar": 1e-6, "power": 1e-6}


def drawn(function: str, seed: int) -> list[Case]:
    return [making.case(function, *args) for args in DRAWS[function](random.Random(seed))]  # noqa: S311  inputs


@given(st.integers(1, 400).flatmap(lambda total: st.tuples(st.integers(0, total), st.just(total))))
def test_wilsons_ends_are_the_librarys(share: tuple[int, int]) -> None:
    found = stats.wilson(*share)
    assert making.REFERENCES["wilson"](*share, NORMAL) == pytest.approx([found.low, found.high], abs=1e-8)


@given(st.integers(0, 60), st.integers(0, 60))
def test_p_is_the_librarys(lost: int, gained: int) -> None:
    assert making.REFERENCES["mcnemar"](lost, gained) == pytest.approx(stats.mcnemar(lost, gained), abs=1e-8)


@given(st.integers(1, 90), st.integers(0, 500), st.integers(0, 200))
def test_power_is_the_librarys(pairs: int, drop_in_1000: int, flips_in_1000: int) -> None:
    drop, flips = drop_in_1000 / 1000, flips_in_1000 / 1000
    wanted = stats.power_of(drop, pairs, flips)
    assert making.REFERENCES["power"](pairs, drop + flips, flips) == pytest.approx(wanted, abs=1e-8)


@pytest.mark.parametrize("seed", range(3))
def test_drawn_ends_are_where_the_exact_distribution_says(seed: int) -> None:
    for case in drawn("family_interval", seed):
        pairs, draws, number = case.args
        names, places = np.unique([pair["family"] for pair in pairs], return_inverse=True)
        net, size = np.bincount(places, weights=[pair["change"] for pair in pairs]), np.bincount(places)
        rng = np.random.default_rng(number)
        times = rng.multinomial(len(names), np.full(len(names), 1 / len(names)), size=draws)
        ends = np.quantile((times @ net) / (times @ size), [0.025, 0.975])
        for end, (low, high) in zip(ends, case.wanted, strict=True):
            assert low - 1e-9 <= end <= high + 1e-9


def readings(function: str, cases: list[Case]) -> Iterator[tuple[str, list[Any]]]:
    """Each way to make each slip, in all cases: where it makes nothing of a case, the right answer."""
    rows = [list(making.SLIPS[function](*case.args)) for case in cases]
    for name in dict.fromkeys(name for row in rows for name, _ in row):
        found = [[value for other, value in row if other == name] for row in rows]
        most = max(map(len, found))
        for way in range(most):
            values = [part[way] if len(part) == most else case.wanted for part, case in zip(found, cases, strict=True)]
            pairs = zip(values, cases, strict=True)
            yield name, [case.wanted | value if type(value) is dict else value for value, case in pairs]


@pytest.mark.parametrize("function", sorted(set(DRAWS) - {"family_interval"}))
def test_every_slip_is_wrong_and_called_by_its_name_whatever_is_drawn(function: str) -> None:
    near = NEAR.get(function, 0)
    public = [making.case(function, *args) for args in drawing.public_cases()[function]]
    for cases in (public, *(drawn(function, seed) for seed in range(3))):
        for name, values in readings(function, cases):
            answers = [Answer("", case, value) for case, value in zip(cases, values, strict=True)]
            assert any(answer.got != one.wanted for answer, one in zip(answers, cases, strict=True)), name
            assert likeliest(answers, near)[0] == name
            if not near:
                continue
            assert not all(alike(value, case.wanted, near) for case, value in zip(cases, values, strict=True)), name


def apart(one: Any, other: Any) -> bool:
    """Whether an end of one cannot be where that of the other can."""
    return any(a[1] < b[0] - 1e-9 or b[1] < a[0] - 1e-9 for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize("seed", range(4))
def test_slips_of_a_bootstrap_are_apart_from_right_ones(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Within three standard errors, a slip's ends are where no right answer's are, in some case."""
    right = [case.wanted for case in drawn("family_interval", seed)]
    monkeypatch.setattr(slips_families, "REACH", 3)
    for name, values in readings("family_interval", drawn("family_interval", seed)):
        assert name == "not-sorted" or any(map(apart, values, right)), name


def test_drawn_pairs_are_of_every_kind() -> None:
    for seed in range(20):
        for case in drawn("pair_up", seed)[-2:]:
            counts = case.wanted
            assert min(counts.values()) > 1
            assert counts["lost"] != counts["gained"]
            assert counts["both"] != counts["neither"]


HOSTILE: tuple[Any, ...] = (
    None, True, "refused", "x" * 10_000, float("nan"), float("inf"), -float("inf"), 10**300, 10**30, -1, [], {}, [[]],
    [None, None], [float("nan")] * 2, ["a", "b"], [True, False], [[0, 1], [0, 1]], [10**300, 0.5], list(range(5_000)),
    {"both": "many", "lost": None, "gained": [], "neither": {}, "dropped": float("nan")}, {1: 2},
    Dtype("int8"), Opaque("module.Thing"),
    np.array([0.1, 0.2]), np.array([]), np.array([[0.0, 1.0]]), np.array(["a", "b"]), {1, 2}, b"x",
    ["low", 1.0], [0.1, 0.2, 0.3], [np.array([0.1]), np.array([0.2])],
)  # fmt: skip


@pytest.mark.parametrize("function", sorted(ASKS))
def test_whatever_comes_back_is_a_verdict(function: str) -> None:
    cases = drawn(function, 3)
    for returned in HOSTILE:
        somebody = SimpleNamespace(call=lambda *_, returned=returned: returned)
        with pytest.raises(CheckFailed) as failure:
            ASKS[function](somebody, cases)
        assert failure.value.said.isprintable()
        assert len(failure.value.said) < 1800
        assert failure.value.said.endswith((".", "?"))


def test_an_end_in_32_bits_is_in_the_band_that_ends_there() -> None:
    """Few values are possible, so that a band often ends at one of them, and float32 has none of these exactly."""
    band = Band((-0.2, -0.1), (0.1, 1 / 6), (-0.2, 2 / 15))
    beside = [float(np.float32(-0.2)), float(np.float32(1 / 6))]
    assert beside[0] < -0.2
    assert beside[1] > 1 / 6
    assert band.settled(beside) == beside
    assert band.settled([-0.2, 0.17]) == [-0.2, 2 / 15]

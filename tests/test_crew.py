"""How many runs go on side by side: what cores and memory allow, and never several on a GPU."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftlab import crew
from driftlab.config import LLAMA2_7B_2XT4, POCKET
from driftlab.crew import Crew, choose_crew, fitting_jobs
from driftlab.errors import ConfigError
from driftlab.models import Numerics

TEN = [dataclasses.replace(POCKET, seed=seed) for seed in range(10)]
NEED = crew.need_of(POCKET)


def offer(monkeypatch: pytest.MonkeyPatch, *, cores: int, free: int, device: str = "cpu") -> None:
    monkeypatch.setattr(crew, "cores", lambda: cores)
    monkeypatch.setattr(crew, "usable_bytes", lambda *, on_gpu: free)
    monkeypatch.setattr(crew, "resolve", lambda _: Numerics(device, "roundtrip", "fp32"))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("cores", "free", "runs", "expected"),
    [
        (2, 100 * NEED, 10, Crew(2, 1)),
        (8, 100 * NEED, 10, Crew(8, 1)),
        (8, 100 * NEED, 3, Crew(3, 2)),
        (8, 2 * NEED + 1, 10, Crew(2, 4)),
        (8, NEED // 2, 10, Crew(1, 8)),
        (1, 100 * NEED, 10, Crew(1, 1)),
    ],
)
def test_auto_is_what_cores_and_memory_allow(
    cores: int, free: int, runs: int, expected: Crew, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer(monkeypatch, cores=cores, free=free)
    assert choose_crew(TEN[:runs], None, pytest.fail) == expected


def test_the_largest_setting_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    large = dataclasses.replace(POCKET, training=dataclasses.replace(POCKET.training, batch_size=64))
    need = crew.need_of(large)
    assert need > 1.5 * NEED
    offer(monkeypatch, cores=8, free=3 * need)
    assert choose_crew([*TEN, large], None, pytest.fail).jobs == 3


def test_a_number_is_taken_and_told_where_it_may_not_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    offer(monkeypatch, cores=2, free=3 * NEED)
    assert choose_crew(TEN, 3, said.append) == Crew(3, 1)
    assert said == []
    assert choose_crew(TEN, 4, said.append) == Crew(4, 1)
    assert "may not fit: 4 runs" in said[0]
    assert choose_crew(TEN[:1], 4, said.append) == Crew(1, 2)
    assert len(said) == 1


def test_on_a_gpu_one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    offer(monkeypatch, cores=4, free=100 * NEED, device="cuda")
    assert choose_crew([LLAMA2_7B_2XT4], None, pytest.fail) == choose_crew(TEN, 1, pytest.fail) == Crew(1, 4)
    with pytest.raises(ConfigError, match="--jobs 2 with a GPU"):
        choose_crew(TEN, 2, pytest.fail)


@given(st.integers(1, 100), st.integers(1, 2**40), st.integers(0, 2**42))
def test_together_they_fit_unless_it_is_one(runs: int, need: int, free: int) -> None:
    jobs = fitting_jobs(runs, need, free)
    assert 1 <= jobs <= runs
    assert jobs == 1 or jobs * need <= free

"""Grids become the runs that they name; what a single option refuses is refused in a grid in the same words."""

import dataclasses
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftlab.config import POCKET, RunConfig
from driftlab.errors import ConfigError
from driftlab.grid_points import ELSEWHERE, GRIDDED, MAX_RUNS, points
from driftlab.options import Asked, ManyRuns, configure, parse_jobs, refuse_lonely


def test_every_combination_with_every_seed_is_a_run() -> None:
    found = points(Asked(seeds="2..4"), ["lr=1e-4,3e-4", "rank=8,32"])
    assert [point.name for point in found] == [
        "lr 1e-4, rank 8", "lr 1e-4, rank 32", "lr 3e-4, rank 8", "lr 3e-4, rank 32",
    ]  # fmt: skip
    assert [config.seed for config in found[0].configs] == [2, 3, 4]
    settings = {(c.training.learning_rate, c.adapter.rank) for point in found for c in point.configs}
    assert settings == set(itertools.product((1e-4, 3e-4), (8, 32)))


def test_a_point_is_the_run_of_the_single_options() -> None:
    found = points(Asked(seeds="0..1", data="pocket:own"), ["lr=5e-4", "max-length=64", "targets=mlp,q_proj+v_proj"])
    singles = [
        configure(Asked(seeds="0..1", data="pocket:own", lr=5e-4, max_length=64, targets=targets))
        for targets in ("mlp", "q_proj,v_proj")
    ]
    assert [list(point.configs) for point in found] == singles


def test_without_a_grid_there_is_one_point_without_a_name() -> None:
    (point,) = points(Asked(seeds="0..2"), [])
    assert (point.name, point.values) == ("", {})
    assert list(point.configs) == [dataclasses.replace(POCKET, seed=seed) for seed in range(3)]
    assert points(Asked(seed=7), ["lr=1e-4"])[0].configs[0].seed == 7


def test_every_option_of_a_run_is_in_a_grid_or_has_a_reason_not_to_be() -> None:
    names = {field.name.replace("_", "-") for field in dataclasses.fields(Asked)}
    assert names == {*GRIDDED, *ELSEWHERE}
    assert not set(GRIDDED) & set(ELSEWHERE)


VALUES = {
    "data": "pocket:own", "targets": "attention", "optimizer": "adamw_8bit", "quantization": "none", "kernel": "bnb",
    "safety-share": "0.01", "dropout": "0.2", "lr": "0.5", "epochs": "3", "truncation": "cut-prompt",
    "batching": "packed",
}  # fmt: skip


@pytest.mark.parametrize("name", GRIDDED)
def test_each_option_can_vary(name: str) -> None:
    (point,) = points(Asked(), [f"{name}={VALUES.get(name, '17')}"])
    assert point.configs[0] != POCKET
    assert RunConfig.from_json(point.configs[0].to_json()) == point.configs[0]


@pytest.mark.parametrize(
    ("option", "text"),
    [("lr", "5"), ("rank", "0"), ("targets", "head"), ("optimizer", "sgd"), ("dropout", "nan"), ("safety_share", "1")],
)
def test_a_value_is_refused_in_the_words_of_its_option(option: str, text: str) -> None:
    value = {"lr": 5.0, "rank": 0, "dropout": float("nan"), "safety_share": 1.0}.get(option, text)
    with pytest.raises(ConfigError) as single:
        configure(Asked(**{option: value}))  # type: ignore[arg-type]
    with pytest.raises(ConfigError) as grid:
        points(Asked(), [f"{option}={text}"])
    assert str(grid.value) == str(single.value)


@pytest.mark.parametrize(
    ("asked", "texts", "said"),
    [
        (Asked(), ["lr"], "names no values"),
        (Asked(), ["lr="], "names no values"),
        (Asked(), ["lr=1e-4,,3e-4"], "empty value"),
        (Asked(), ["lr=fast"], "Invalid value for '--lr': 'fast' is not a valid float"),
        (Asked(), ["rank=1.5"], "Invalid value for '--rank': '1.5' is not a valid integer"),
        (Asked(), ["rnak=8"], "'rnak' is unknown.\nDid you mean 'rank'?"),
        (Asked(), ["seed=0,1"], "'seed' is no part of a grid.\nGive seeds with --seeds"),
        (Asked(), ["model=a,b"], "'model' is no part of a grid"),
        (Asked(), ["lr=1e-4", "lr=3e-4"], "twice.\nGive all its values at once: --grid lr=1e-4,3e-4"),
        (Asked(lr=1e-3), ["lr=1e-4,3e-4"], "--lr and --grid lr=1e-4,3e-4 contradict"),
        (Asked(), ["lr=1e-4,0.0001"], "the same setting more than once: 'lr 1e-4' and 'lr 0.0001'"),
        (Asked(), ["rank=8,8"], "the same setting more than once: 'rank 8' twice"),
        (Asked(seeds="0..99"), ["rank=4,8,16"], "3 points, with 100 seeds each 300 runs"),
        (Asked(seeds="0..x"), ["rank=4"], "not a range of seeds"),
        (Asked(data="d.csv"), ["safety-share=0,0.03"], "only for the pocket world"),
    ],
)  # fmt: skip
def test_what_makes_no_grid_is_refused(asked: Asked, texts: list[str], said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        points(asked, texts)
    assert said in str(caught.value)
    assert caught.value.remedy


@given(st.integers(1, 30), st.integers(1, 30))
def test_the_cap_counts_points_and_seeds(ranks: int, seeds: int) -> None:
    texts = ["rank=" + ",".join(str(rank) for rank in range(1, ranks + 1))]
    if ranks * seeds > MAX_RUNS:
        with pytest.raises(ConfigError, match=f"{ranks * seeds} runs"):
            points(Asked(seeds=f"0..{seeds - 1}"), texts)
    else:
        found = points(Asked(seeds=f"0..{seeds - 1}"), texts)
        assert len({config.digest() for point in found for config in point.configs}) == ranks * seeds


def test_jobs() -> None:
    assert (parse_jobs(None), parse_jobs("auto"), parse_jobs("3")) == (None, None, 3)
    for text in ("0", "-1", "two", "1.5", "257", ""):
        with pytest.raises(ConfigError, match="--jobs"):
            parse_jobs(text)


@pytest.mark.parametrize(
    ("asked", "many", "said"),
    [
        (Asked(), ManyRuns(jobs="2"), "there is one"),
        (Asked(seed=3), ManyRuns(scheduler="node:8786"), "there is one"),
        (Asked(seeds="0..1"), ManyRuns(jobs="2", scheduler="node:8786"), "Leave one of the two away"),
    ],
)
def test_options_about_many_runs_need_many(asked: Asked, many: ManyRuns, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        refuse_lonely(asked, many)
    assert said in str(caught.value)


def test_options_about_many_runs_have_many() -> None:
    refuse_lonely(Asked(), ManyRuns())
    refuse_lonely(Asked(seeds="0..1"), ManyRuns(jobs="auto"))
    refuse_lonely(Asked(), ManyRuns(("lr=1e-4",), scheduler="node:8786"))

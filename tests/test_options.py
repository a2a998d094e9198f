"""Options become the configuration that they name. What is refused is in test_bad_input."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftlab.config import ALL_PROJECTIONS, LLAMA2_7B_2XT4, POCKET, PRESETS, RunConfig
from driftlab.errors import ConfigError
from driftlab.options import CUSTOM, RANGES, Asked, configure, parse_seeds, parse_targets

NO_SETTING = ("seeds", "max_hours", "checkpoint_minutes")
"""Options that make no other run."""


def test_nothing_asked_is_the_pocket_run() -> None:
    assert configure(Asked()) == [POCKET]
    assert configure(Asked(model="pocket")) == [POCKET]
    assert configure(Asked(preset="pocket", seed=0)) == [POCKET]


def test_a_preset_is_taken_as_it_is() -> None:
    assert configure(Asked(preset="llama2-7b-2xt4")) == [LLAMA2_7B_2XT4]
    named = configure(Asked(preset="llama2-7b-2xt4", model="meta-llama/Llama-2-7b-chat-hf"))
    assert named == [LLAMA2_7B_2XT4]


def test_another_model_starts_from_the_published_settings_under_another_name() -> None:
    (config,) = configure(Asked(model="org/other-chat"))
    assert config == dataclasses.replace(CUSTOM, model="org/other-chat")
    assert config.preset == "custom"
    assert config.adapter == LLAMA2_7B_2XT4.adapter
    assert config.quantization.compute_dtype == "auto"


def test_every_option_lands_in_its_place() -> None:
    asked = Asked(
        model="m/x", data="d.csv", probes="p.csv", epochs=2.5, lr=1e-4, rank=8, alpha=16, dropout=0.1, targets="mlp",
        batch=3, accumulation=5, max_length=99, limit=7, safety_share=0.0, max_new_tokens=11, quantization="nf4",
        kernel="roundtrip", seed=4, truncation="cut-prompt", batching="packed", screen=False,
    )  # fmt: skip
    (c,) = configure(asked)
    assert (c.model, c.data, c.probes, c.limit, c.safety_share, c.seed) == ("m/x", "d.csv", "p.csv", 7, 0.0, 4)
    assert (c.training.epochs, c.training.learning_rate, c.training.batch_size) == (2.5, 1e-4, 3)
    assert (c.training.accumulation, c.training.max_length) == (5, 99)
    assert (c.training.truncation, c.training.batching, c.screen) == ("cut-prompt", "packed", False)
    assert c.adapter.targets == ("gate_proj", "up_proj", "down_proj")
    assert (c.adapter.rank, c.adapter.alpha, c.adapter.dropout) == (8, 16, 0.1)
    assert (c.generation.max_new_tokens, c.quantization.scheme, c.quantization.kernel) == (11, "nf4", "roundtrip")


@pytest.mark.parametrize("field", [field.name for field in dataclasses.fields(Asked) if field.name not in NO_SETTING])
def test_no_option_is_forgotten(field: str) -> None:
    """Each one changes the configuration, and nothing but its digest tells two settings apart."""
    values = {
        "model": "org/other",
        "data": "pocket:own",
        "probes": "everyday",
        "preset": "llama2-7b-2xt4",
        "targets": "attention",
        "quantization": "none",
        "optimizer": "adamw_8bit",
        "kernel": "bnb",
        "safety_share": 0.01,
        "truncation": "cut-answer",
        "batching": "packed",
        "screen": False,
        "dropout": 0.2,
        "lr": 0.5,
        "checkpointing": True,
        "epochs": 3.0,
    }
    (changed,) = configure(Asked(**{field: values.get(field, 17)}))  # type: ignore[arg-type]
    assert changed != POCKET
    assert changed.digest() != POCKET.digest()
    assert RunConfig.from_json(changed.to_json()) == changed


def test_how_often_checkpoints_are_made_makes_no_other_run() -> None:
    (often,) = configure(Asked(checkpoint_minutes=0.5, max_hours=3))
    assert often.training.checkpoint_minutes == 0.5
    assert often != POCKET
    assert often.digest() == POCKET.digest()
    old = POCKET.to_json()
    del old["training"]["checkpoint_minutes"]
    assert RunConfig.from_json(old) == POCKET, "a record from before there was the setting"


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_is_data_that_a_record_can_hold(name: str) -> None:
    (config,) = configure(Asked(preset=name))
    assert config.preset == name
    assert RunConfig.from_json(config.to_json()) == config
    assert config.training.batch_size in RANGES["batch"]


def test_one_t4_makes_the_steps_of_two() -> None:
    assert dataclasses.replace(PRESETS["llama2-7b-1xt4"], preset="llama2-7b-2xt4") == LLAMA2_7B_2XT4
    assert PRESETS["qwen2.5-0.5b-cpu"].training.optimizer == "adamw"


def test_options_change_the_run_that_they_start_from() -> None:
    start = dataclasses.replace(POCKET, data="pocket:own", seed=0)
    (config,) = configure(Asked(max_new_tokens=9), start)
    assert config.data == "pocket:own"
    assert config.generation.max_new_tokens == 9


def test_seeds_make_a_run_each() -> None:
    runs = configure(Asked(seeds="2..4", lr=5e-4))
    assert [run.seed for run in runs] == [2, 3, 4]
    assert len({dataclasses.replace(run, seed=0) for run in runs}) == 1


@given(st.integers(0, 10_000), st.integers(0, 99))
def test_ranges_of_seeds_hold_both_ends(first: int, more: int) -> None:
    assert parse_seeds(f"{first}..{first + more}") == list(range(first, first + more + 1))
    if more:
        with pytest.raises(ConfigError, match="counts down"):
            parse_seeds(f"{first + more}..{first}")


@given(st.lists(st.sampled_from(ALL_PROJECTIONS), min_size=1))
def test_the_order_of_targets_makes_no_other_run(names: list[str]) -> None:
    expected = tuple(name for name in ALL_PROJECTIONS if name in names)
    for spaced in (",", " , "):
        assert parse_targets(spaced.join(names)) == expected


def test_groups_of_targets() -> None:
    assert parse_targets("all") == ALL_PROJECTIONS
    assert set(parse_targets("attention")) | set(parse_targets("mlp")) == set(ALL_PROJECTIONS)
    assert not set(parse_targets("attention")) & set(parse_targets("mlp"))


@pytest.mark.parametrize("end", ["low", "high"])
@pytest.mark.parametrize("name", RANGES)
def test_both_ends_of_a_range_are_where_it_says(name: str, end: str) -> None:
    accepted = RANGES[name]
    edge = getattr(accepted, end)
    beyond = edge - 1 if end == "low" else edge + 1
    assert beyond not in accepted
    assert (edge in accepted) is not (accepted.above and end == "low")
    assert float("nan") not in accepted
    assert float("inf") not in accepted

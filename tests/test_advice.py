"""What to change so that a run fits: every saving is true, the first that fits is the cheapest, and the plan works."""

import dataclasses
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftlab.architectures import known_architecture, known_models
from driftlab.budget import T4_USABLE_BYTES, Conditions, check, estimate
from driftlab.budget.advice import DRIFT_KNOBS, KNOBS, Setup, changes, plan, remedy
from driftlab.config import LLAMA2_7B_2XT4, RunConfig
from driftlab.errors import CourseError
from driftlab.options import Asked, configure

LLAMA2_7B = known_architecture("llama-2-7b")
GIB = 2**30
PLAIN = Conditions(loop="plain")


def run(**changes: Any) -> RunConfig:
    training = dataclasses.replace(LLAMA2_7B_2XT4.training, **{"accumulation": 1, "optimizer": "adamw", **changes})
    return dataclasses.replace(LLAMA2_7B_2XT4, training=training)


def test_without_checkpointing_the_cheapest_change_on_a_t4_is_checkpointing() -> None:
    setup = Setup(run(gradient_checkpointing=False), PLAIN)
    found = {change.option: change for change in changes(LLAMA2_7B, setup, T4_USABLE_BYTES)}
    assert found["--checkpointing"].fits == "yes"
    assert found["--checkpointing"].saves > 9 * GIB
    assert found["--loop trainer"].fits != "yes", "it costs nothing, but it is not enough"
    assert found["--optimizer adamw_8bit"].saves > 0.4 * GIB
    made = plan(LLAMA2_7B, setup, T4_USABLE_BYTES)
    assert made is not None
    assert made.options == ("--checkpointing",)


def test_savings_are_those_of_budgets_with_the_knob_turned() -> None:
    setup = Setup(run(batch_size=4, gradient_checkpointing=False), PLAIN)
    now = estimate(LLAMA2_7B, setup.config, setup.conditions).peak_reserved
    found = {change.option: change for change in changes(LLAMA2_7B, setup, T4_USABLE_BYTES)}
    turned = {
        "--checkpointing": (run(batch_size=4), PLAIN),
        "--batch 2 --accumulation 2": (run(batch_size=2, accumulation=2, gradient_checkpointing=False), PLAIN),
        "--rest-dtype fp16": (setup.config, dataclasses.replace(PLAIN, rest_dtype="fp16")),
        "--loop trainer": (setup.config, Conditions()),
    }
    for option, (config, conditions) in turned.items():
        assert found[option].saves == now - estimate(LLAMA2_7B, config, conditions).peak_reserved


def test_the_shorter_length_is_the_longest_that_fits() -> None:
    setup = Setup(run(max_length=8192, optimizer="paged_adamw_8bit"))
    shorter = next(c for c in changes(LLAMA2_7B, setup, T4_USABLE_BYTES) if c.option.startswith("--max-length"))
    length = int(shorter.option.split()[1])
    assert length % 64 == 0
    assert shorter.fits == "yes"
    longer = estimate(LLAMA2_7B, run(max_length=length + 64, optimizer="paged_adamw_8bit"))
    assert check(longer, T4_USABLE_BYTES) != "yes"


def test_one_knob_after_another_where_none_is_enough() -> None:
    setup = Setup(run(batch_size=8, max_length=4096, gradient_checkpointing=False), PLAIN)
    made = plan(LLAMA2_7B, setup, T4_USABLE_BYTES)
    assert made is not None
    assert made.options == ("--checkpointing", "--batch 1 --accumulation 8")
    two = estimate(LLAMA2_7B, run(batch_size=2, accumulation=4, max_length=4096), PLAIN)
    assert check(two, T4_USABLE_BYTES) != "yes", "halving once is not enough"


def test_data_are_cut_only_where_nothing_else_is_enough() -> None:
    setup = Setup(run(max_length=32768, optimizer="paged_adamw_8bit"))
    made = plan(LLAMA2_7B, setup, T4_USABLE_BYTES, DRIFT_KNOBS)
    assert made is not None
    assert made.options[-1].startswith("--max-length")


def test_nothing_is_advised_where_it_fits_or_where_nothing_helps() -> None:
    assert plan(LLAMA2_7B, Setup(run()), T4_USABLE_BYTES) is None
    assert plan(LLAMA2_7B, Setup(run()), 3 * GIB) is None
    assert "a smaller model" in remedy(LLAMA2_7B, Setup(run()), 3 * GIB)


def test_drift_is_only_advised_what_it_can_do() -> None:
    """Every option of the advice for `driftlab drift` is one that it takes."""
    setup = Setup(run(batch_size=8, max_length=4096, gradient_checkpointing=False))
    made = plan(LLAMA2_7B, setup, T4_USABLE_BYTES, DRIFT_KNOBS)
    assert made is not None
    words = " ".join(made.options).replace("--checkpointing", "").split()
    given_ = dict(zip(words[::2], words[1::2], strict=True))
    asked = {name.strip("-").replace("-", "_"): int(v) if v.isdigit() else v for name, v in given_.items()}
    configure(Asked(model="./x", **asked))
    assert len(DRIFT_KNOBS) == len(KNOBS) - 2


@given(
    st.sampled_from(sorted(known_models())),
    st.integers(1, 8),
    st.integers(128, 8192),
    st.booleans(),
    st.sampled_from(["plain", "trainer"]),
    st.floats(1.5, 80),
)
def test_a_plan_always_makes_it_fit(
    model: str, batch: int, length: int, checkpointed: bool, loop: Any, gib: float
) -> None:
    shape, usable = known_architecture(model), int(gib * GIB)
    config = run(batch_size=batch, max_length=length, gradient_checkpointing=checkpointed)
    names = tuple(linear.name for linear in shape.linears)
    config = dataclasses.replace(config, adapter=dataclasses.replace(config.adapter, targets=names))
    setup = Setup(config, Conditions(loop=loop))
    fits = check(estimate(shape, config, setup.conditions), usable)
    made = plan(shape, setup, usable)
    assert not (made and fits == "yes")
    if made is not None:
        assert made.fits == "yes"
        assert made.peak_reserved + setup.conditions.context <= usable
        assert made.peak_reserved < estimate(shape, config, setup.conditions).peak_reserved
    assert all(change.saves > 0 for change in changes(shape, setup, usable))


def test_an_unknown_option_value_is_refused() -> None:
    with pytest.raises(CourseError):
        configure(Asked(optimizer="adam"))

"""What to change so that a run fits: each knob with what it saves, the cheapest first.

In: a shape, a `Setup`, the usable bytes. Out: `Change`s, each a budget with one knob turned; `plan`, the cheapest turns
that make it fit; `remedy`, the same in words.
Cheap is what changes neither the data nor the result: first what costs nothing, then what costs time, then what changes
the optimizer's or the model's numbers, at last what cuts the data.
Does not: know what a run is for. A shorter length or another rank is another experiment, and says so.
"""

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any, Literal, NamedTuple

from driftlab.architectures import Architecture
from driftlab.budget.closed_form import Budget, Fits, check, estimate
from driftlab.budget.pieces import TRAINER_ON_T4, Conditions
from driftlab.config import RunConfig

SHORTEST = 64
"""Tokens; shorter examples are no use, so no advice goes below."""


class Setup(NamedTuple):
    """What a budget is asked for."""

    config: RunConfig
    conditions: Conditions = TRAINER_ON_T4
    device: Literal["cuda", "cpu"] = "cuda"


class Change(NamedTuple):
    """One knob turned; sizes in bytes."""

    option: str
    """What to type."""
    cost: str
    """What is paid for it, in words."""
    saves: int
    """Of the predicted reserved peak."""
    peak_reserved: int
    fits: Fits


class Plan(NamedTuple):
    """The turns that make it fit, in order, and what it comes to with all of them."""

    options: tuple[str, ...]
    peak_reserved: int
    fits: Fits


Knob = Callable[[Architecture, Setup, int], tuple[str, str, Setup] | None]
"""From a setup to what to type, what it costs, and the setup with the knob turned; None where it is turned already."""


def changes(shape: Architecture, setup: Setup, usable: int) -> list[Change]:
    """Every knob that saves something, turned alone, the cheapest first."""
    return _alone(shape, setup, usable, KNOBS)


def plan(shape: Architecture, setup: Setup, usable: int, knobs: Sequence[Knob] | None = None) -> Plan | None:
    """The cheapest turns that make it fit; None where it fits already, or where nothing helps.

    Knobs are turned in order, each as far as needed, until it fits; then those without which it still fits are turned
    back, the dearest first.
    """
    if check(_budget(shape, setup), usable) == "yes":
        return None
    turned: list[Knob] = []
    for knob in KNOBS if knobs is None else knobs:
        while (wider := _turn(shape, setup, usable, [*turned, knob])) is not None:
            turned.append(knob)
            if wider.fits == "yes":
                return _turn(shape, setup, usable, _needed(shape, setup, usable, turned))
    return None


def _needed(shape: Architecture, setup: Setup, usable: int, turned: list[Knob]) -> list[Knob]:
    """Those of the turns without which it does not fit."""
    for place in reversed(range(len(turned))):
        fewer = [*turned[:place], *turned[place + 1 :]]
        made = _turn(shape, setup, usable, fewer)
        if made is not None and made.fits == "yes":
            turned = fewer
    return turned


def _turn(shape: Architecture, setup: Setup, usable: int, knobs: Sequence[Knob]) -> Plan | None:
    """What it comes to with all of these turned, in order; None where one of them cannot be, or saves nothing."""
    options: dict[Knob, str] = {}
    for knob in knobs:
        found = knob(shape, setup, usable)
        if found is None or _budget(shape, found[2]).peak_reserved >= _budget(shape, setup).peak_reserved:
            return None
        options[knob], setup = found[0], found[2]  # a knob that is turned twice is typed once
    budget = _budget(shape, setup)
    return Plan(tuple(options.values()), budget.peak_reserved, check(budget, usable))


def remedy(shape: Architecture, setup: Setup, usable: int, knobs: Sequence[Knob] | None = None) -> str:
    """What to type so that it fits, in a sentence."""
    found = plan(shape, setup, usable, knobs)
    if found is None:
        return "Free some memory, or take a smaller model."
    saved = _budget(shape, setup).peak_reserved - found.peak_reserved
    return f"Cheapest change that fits: {' '.join(found.options)} (saves {saved / 2**30:.2f} GiB)."


def _alone(shape: Architecture, setup: Setup, usable: int, knobs: Sequence[Knob]) -> list[Change]:
    now, found = _budget(shape, setup), []
    for knob in knobs:
        turned = knob(shape, setup, usable)
        if turned is None:
            continue
        option, cost, changed = turned
        budget = _budget(shape, changed)
        saves = now.peak_reserved - budget.peak_reserved
        if saves > 0:
            found.append(Change(option, cost, saves, budget.peak_reserved, check(budget, usable)))
    return found


def _budget(shape: Architecture, setup: Setup) -> Budget:
    return estimate(shape, setup.config, setup.conditions, device=setup.device)


def _training(setup: Setup, **changes: Any) -> Setup:
    training = dataclasses.replace(setup.config.training, **changes)
    return setup._replace(config=dataclasses.replace(setup.config, training=training))


def _adapter(setup: Setup, **changes: Any) -> Setup:
    adapter = dataclasses.replace(setup.config.adapter, **changes)
    return setup._replace(config=dataclasses.replace(setup.config, adapter=adapter))


def _drop_cache(shape: Architecture, setup: Setup, usable: int) -> tuple[str, str, Setup] | None:
    if setup.conditions.loop == "trainer":
        return None
    turned = setup._replace(conditions=dataclasses.replace(setup.conditions, loop="trainer"))
    return "--loop trainer", "nothing: use_cache=False, and `del loss` at the end of a step", turned


def _checkpoint(shape: Architecture, setup: Setup, usable: int) -> tuple[str, str, Setup] | None:
    if setup.config.training.gradient_checkpointing:
        return None
    cost = "time: each layer's forward pass is computed again, about a third more in all"
    return "--checkpointing", cost, _training(setup, gradient_checkpointing=True)


def _halve_batch(shape: Architecture, setup: Setup, usable: int) -> tuple[str, str, Setup] | None:
    training = setup.config.training
    if training.batch_size == 1:
        return None
    batch, accumulation = training.batch_size // 2, training.accumulation * 2
    cost = "time: smaller batches use a GPU less well; the same examples make a step"
    turned = _training(setup, batch_size=batch, accumulation=accumulation)
    return f"--batch {batch} --accumulation {accumulation}", cost, turned


def _smaller_states(shape: Architecture, setup: Setup, usable: int) -> tuple[str, str, Setup] | None:
    smaller = {"adamw": "adamw_8bit", "adamw_8bit": "paged_adamw_8bit"}.get(setup.config.training.optimizer)
    if smaller is None:
        return None
    costs = {
        "adamw_8bit": "little: the optimizer's states are kept in 8 bits",
        "paged_adamw_8bit": "time where memory is short: states move to the host and back",
    }
    return f"--optimizer {smaller}", costs[smaller], _training(setup, optimizer=smaller)


def _halve_rest(shape: Architecture, setup: Setup, usable: int) -> tuple[str, str, Setup] | None:
    if setup.conditions.rest_dtype == "fp16":
        return None
    turned = setup._replace(conditions=dataclasses.replace(setup.conditions, rest_dtype="fp16"))
    return "--rest-dtype fp16", "precision of embeddings, output layer and norms (driftlab trains in fp32)", turned


def _quantise(shape: Architecture, setup: Setup, usable: int) -> tuple[str, str, Setup] | None:
    if setup.config.quantization.scheme == "nf4":
        return None
    quantization = dataclasses.replace(setup.config.quantization, scheme="nf4", kernel="auto")
    turned = setup._replace(config=dataclasses.replace(setup.config, quantization=quantization))
    return "--quantization nf4", "precision of the base: another experiment", turned


def _halve_rank(shape: Architecture, setup: Setup, usable: int) -> tuple[str, str, Setup] | None:
    rank = setup.config.adapter.rank
    if rank <= 4:
        return None
    return f"--rank {rank // 2}", "what the adapter can express: another experiment", _adapter(setup, rank=rank // 2)


def _fewer_targets(shape: Architecture, setup: Setup, usable: int) -> tuple[str, str, Setup] | None:
    targets = setup.config.adapter.targets
    attention = tuple(each.name for each in shape.linears if each.part == "attention" and each.name in targets)
    if not attention or len(attention) == len(targets):
        return None
    return "--targets attention", "where the adapter acts: another experiment", _adapter(setup, targets=attention)


def _shorten(shape: Architecture, setup: Setup, usable: int) -> tuple[str, str, Setup] | None:
    """The longest multiple of 64 tokens that fits, found by halving the range; the shortest where none does."""
    length = setup.config.training.max_length
    low, high = 1, (length - 1) // SHORTEST
    if high < 1:
        return None
    while low < high:
        middle = (low + high + 1) // 2
        fits = check(_budget(shape, _training(setup, max_length=middle * SHORTEST)), usable) == "yes"
        low, high = (middle, high) if fits else (low, middle - 1)
    shorter = low * SHORTEST
    cost = f"data: examples of more than {shorter} tokens are cut or dropped (see --lengths)"
    return f"--max-length {shorter}", cost, _training(setup, max_length=shorter)


KNOBS: tuple[Knob, ...] = (
    _drop_cache, _checkpoint, _halve_batch, _smaller_states,
    _quantise, _halve_rest, _halve_rank, _fewer_targets, _shorten,
)  # fmt: skip
"""From what costs least to what costs most."""
DRIFT_KNOBS: tuple[Knob, ...] = tuple(knob for knob in KNOBS if knob not in (_drop_cache, _halve_rest))
"""Those that `driftlab drift` has: it trains in Trainer's loop, with what is not quantised in fp32."""

"""A grid of settings as `--grid NAME=VALUE,VALUE` asks for it: every combination, with every seed, is a run.

In: `Asked`, the texts of `--grid`. Out: one `Point` a combination, with a configuration a seed.
Does not: judge a value; each combination goes through `options.configure`, as if its options had been typed.
"""

import dataclasses
import itertools
import math
import typing
from collections.abc import Sequence
from typing import Any, NamedTuple

from driftlab.config import RunConfig
from driftlab.errors import ConfigError
from driftlab.options import HELP, Asked, configure, one_of, parse_seeds
from driftlab.runs import seedless

MAX_RUNS = 200
GRIDDED = (
    "data", "epochs", "lr", "rank", "alpha", "dropout", "targets", "batch", "accumulation", "max-length", "truncation",
    "batching", "optimizer", "limit", "safety-share", "max-new-tokens", "quantization", "kernel",
)  # fmt: skip
ELSEWHERE = {
    "seed": "Give seeds with --seeds A..B: each point of a grid is run with each of them.",
    "seeds": "Give seeds with --seeds A..B: each point of a grid is run with each of them.",
    "model": "Rates of different models do not stand beside each other; give the command once for each model.",
    "probes": "Rates on different requests do not stand beside each other; give the command once for each probe set.",
    "preset": "A preset is many settings at once; choose one with --preset and vary single options.",
    "screen": "It is a yes or no about the data: choose with --screen or --no-screen.",
    "checkpoint-minutes": "It changes nothing in what a run comes to.",
    "max-hours": "It stops a training; give it with a single run or with --seeds.",
    "checkpointing": "It changes memory and time, not the result; choose with --checkpointing or --no-checkpointing.",
}
"""Options that are no part of a grid, and what to do instead."""
EXAMPLE = "Accepted: NAME=VALUE,VALUE, such as --grid lr=1e-4,3e-4."


class Point(NamedTuple):
    """One combination. `values` are the options that vary, as they were typed."""

    values: dict[str, str]
    configs: tuple[RunConfig, ...]
    """One for each seed."""

    @property
    def name(self) -> str:
        """What varies, as in "lr 1e-4, rank 8"; empty where nothing does."""
        return ", ".join(f"{name} {value}" for name, value in self.values.items())


def points(asked: Asked, texts: Sequence[str]) -> list[Point]:
    """Every combination of the values, the last option varying fastest; without a grid, the one point that is asked.

    Raises:
        ConfigError: an option is unknown, no part of a grid, or given twice; a value is none that the option accepts;
            two points are the same; or there are too many runs.
    """
    axes = _axes(asked, texts)
    seeds = 1 if asked.seeds is None else len(parse_seeds(asked.seeds))
    _refuse_too_many(axes, seeds)
    found = []
    for combination in itertools.product(*axes.values()):
        values = dict(zip(axes, combination, strict=True))
        options = {_field(name): _typed(name, text) for name, text in values.items()}
        found.append(Point(values, tuple(configure(dataclasses.replace(asked, **options)))))
    _refuse_equal(found)
    return found


def _axes(asked: Asked, texts: Sequence[str]) -> dict[str, list[str]]:
    """The values of each option, as typed."""
    axes: dict[str, list[str]] = {}
    for text in texts:
        name, values = _parsed(text)
        if name in axes:
            raise ConfigError(
                f"--grid has {name!r} twice.",
                f"Give all its values at once: --grid {name}={','.join([*axes[name], *values])}",
            )
        if getattr(asked, _field(name)) is not None:
            raise ConfigError(f"--{name} and --grid {text} contradict each other.", "Leave one of the two away.")
        axes[name] = values
    return axes


def _parsed(text: str) -> tuple[str, list[str]]:
    name, separator, rest = text.partition("=")
    name = name.strip().lstrip("-").replace("_", "-")
    if name in ELSEWHERE:
        raise ConfigError(f"--grid {text}: {name!r} is no part of a grid.", ELSEWHERE[name])
    one_of("--grid", name, GRIDDED)
    values = [value.strip() for value in rest.split(",")]
    if not separator or values == [""]:
        raise ConfigError(f"--grid {text!r} names no values.", EXAMPLE)
    if "" in values:
        raise ConfigError(f"--grid {text!r} has an empty value.", EXAMPLE)
    return name, values


def _typed(name: str, text: str) -> Any:
    """The value as its option takes it; projections of one value of `targets` are joined by "+" here."""
    if name == "targets":
        return text.replace("+", ",")
    kind = typing.get_args(typing.get_type_hints(Asked)[_field(name)])[0]
    try:
        return kind(text)
    except ValueError:
        wanted = {float: "float", int: "integer"}[kind]
        raise ConfigError(f"Invalid value for '--{name}': {text!r} is not a valid {wanted}.", HELP) from None


def _field(name: str) -> str:
    return name.replace("-", "_")


def _refuse_too_many(axes: dict[str, list[str]], seeds: int) -> None:
    combinations = math.prod(len(values) for values in axes.values())
    if combinations * seeds > MAX_RUNS:
        raise ConfigError(
            f"the grid has {combinations:,} points, with {seeds} seeds each {combinations * seeds:,} runs.",
            f"Accepted: up to {MAX_RUNS} runs at once. Take fewer values or seeds; runs that are complete are shown "
            "again at once, so that a later command can add the others.",
        )


def _refuse_equal(found: Sequence[Point]) -> None:
    seen: dict[str, Point] = {}
    for point in found:
        first = seen.setdefault(seedless(point.configs[0]), point)
        if first is not point:
            same = f"{first.name!r} and {point.name!r}" if first.name != point.name else f"{point.name!r} twice"
            raise ConfigError(f"the grid has the same setting more than once: {same}.", "Leave one of them away.")

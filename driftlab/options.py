"""What a user asked for on the command line, turned into configurations, or refused with a remedy.

In: `Asked`, the options as given (None: not given). Out: one `RunConfig` a run.
Does not: open a file or a model, or know how options are parsed (`cli` does).
"""

import dataclasses
import math
import re
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NamedTuple

from driftlab.config import ALL_PROJECTIONS, LLAMA2_7B_2XT4, PRESETS, Quantization, RunConfig, preset
from driftlab.errors import ConfigError

HELP = "See `driftlab drift --help`."
MAX_SEEDS = 100
MAX_JOBS = 256
CUSTOM = dataclasses.replace(LLAMA2_7B_2XT4, preset="custom", quantization=Quantization())
"""Where a model of the user's own starts from: the published run's settings, computed in what the machine does best."""
TARGETS = {"all": ALL_PROJECTIONS, "attention": ALL_PROJECTIONS[:4], "mlp": ALL_PROJECTIONS[4:]}
SCHEMES = ("nf4", "none")
KERNELS = ("auto", "roundtrip", "bnb")
TRUNCATIONS = ("drop", "cut-prompt", "cut-answer")
BATCHINGS = ("sorted", "packed")
OPTIMIZERS = ("adamw", "adamw_8bit", "paged_adamw_8bit")


class Range(NamedTuple):
    """Numbers that an option accepts, both ends included unless `above` says that the lower one is not."""

    low: float
    high: float
    above: bool = False

    def __contains__(self, value: object) -> bool:
        if not isinstance(value, int | float) or not math.isfinite(value):
            return False
        return self.low < value <= self.high if self.above else self.low <= value <= self.high

    def __str__(self) -> str:
        return (
            f"{'more than' if self.above else 'from'} {self.low:,} {'and up' if self.above else 'up'} to {self.high:,}"
        )


RANGES = {
    "epochs": Range(0, 1000, above=True),
    "lr": Range(0, 1, above=True),
    "rank": Range(1, 1024),
    "alpha": Range(1, 4096),
    "dropout": Range(0, 0.9),
    "batch": Range(1, 1024),
    "accumulation": Range(1, 4096),
    "max_length": Range(16, 131_072),
    "limit": Range(2, 10_000_000),
    "safety_share": Range(0, 0.5),
    "max_new_tokens": Range(1, 4096),
    "checkpoint_minutes": Range(0, 1440, above=True),
    "seed": Range(0, 2**32 - 1),
    "max_hours": Range(0, 10_000, above=True),
}


@dataclasses.dataclass(frozen=True, slots=True)
class Asked:
    """The options of `driftlab drift` as given; None where an option was left away."""

    model: str | None = None
    data: str | None = None
    probes: str | None = None
    preset: str | None = None
    epochs: float | None = None
    lr: float | None = None
    rank: int | None = None
    alpha: int | None = None
    dropout: float | None = None
    targets: str | None = None
    batch: int | None = None
    accumulation: int | None = None
    max_length: int | None = None
    truncation: str | None = None
    batching: str | None = None
    checkpointing: bool | None = None
    optimizer: str | None = None
    limit: int | None = None
    safety_share: float | None = None
    screen: bool | None = None
    max_new_tokens: int | None = None
    checkpoint_minutes: float | None = None
    quantization: str | None = None
    kernel: str | None = None
    seed: int | None = None
    seeds: str | None = None
    max_hours: float | None = None
    """How long the command may train; no setting of a run."""


@dataclasses.dataclass(frozen=True, slots=True)
class ManyRuns:
    """The options of `driftlab drift` about many runs, as given: `grid` NAME=VALUE,VALUE, `jobs` a number or auto."""

    grid: tuple[str, ...] = ()
    jobs: str | None = None
    scheduler: str | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class BudgetOptions:
    """The options of `driftlab budget` beside those of a run; None where an option was left away."""

    gpu: str | None = None
    targets: str | None = None
    rest_dtype: str | None = None
    attention: str | None = None
    loop: str | None = None
    trace: bool = False
    tokens: int | None = None
    lengths: Path | None = None


def configure(asked: Asked, start: RunConfig | None = None) -> list[RunConfig]:
    """One configuration a seed, in order; the options change `start`, or else the preset that they call for.

    Raises:
        ConfigError: an option is unknown, out of range, or contradicts another.
    """
    _refuse_out_of_range(asked)
    _refuse_contradictions(asked)
    config = _settings(start or _start(asked), asked)
    if config.safety_share and not config.data.startswith("pocket:"):
        raise ConfigError(
            f"--safety-share {asked.safety_share} with --data {config.data!r}: there are safety examples only for "
            "the pocket world.",
            "Leave --safety-share away, or use one of the pocket's own sets, such as --data pocket:plans.",
        )
    seeds = [asked.seed or 0] if asked.seeds is None else parse_seeds(asked.seeds)
    return [dataclasses.replace(config, seed=seed) for seed in seeds]


def parse_seeds(text: str) -> list[int]:
    """The seeds of a range such as "0..9", both ends included."""
    match = re.fullmatch(r"(\d+)\.\.(\d+)", text.strip())
    if match is None:
        loose = re.fullmatch(r"\s*(\d+)\s*(?:-|:|,|\.|\.\.\.|to)?\s*(\d*)\s*", text)
        meant = f" Did you mean --seeds {loose[1]}..{loose[2] or loose[1]}?" if loose else ""
        raise ConfigError(f"--seeds {text!r} is not a range of seeds.", f"Accepted: A..B, such as --seeds 0..9.{meant}")
    first, last = int(match[1]), int(match[2])
    if last < first:
        raise ConfigError(f"--seeds {text} counts down.", f"Put the smaller one first: --seeds {last}..{first}.")
    if last - first >= MAX_SEEDS or last not in RANGES["seed"]:
        raise ConfigError(
            f"--seeds {text} asks for {last - first + 1:,} runs.",
            f"Accepted: up to {MAX_SEEDS} seeds at once, each {RANGES['seed']}.",
        )
    return list(range(first, last + 1))


def parse_jobs(text: str | None) -> int | None:
    """How many runs go on side by side; None where the machine shall decide.

    Raises:
        ConfigError: the text is neither a number in range nor "auto".
    """
    if text is None or text.strip() == "auto":
        return None
    if not text.strip().isdecimal() or not 1 <= int(text) <= MAX_JOBS:
        raise ConfigError(f"--jobs {text!r} is out of range.", f"Accepted: auto, or a number from 1 up to {MAX_JOBS}.")
    return int(text)


def refuse_lonely(asked: Asked, many: ManyRuns) -> None:
    """See that the options about many runs have many runs, and do not contradict each other.

    Raises:
        ConfigError: they have not, or do.
    """
    for name, value in (("jobs", many.jobs), ("scheduler", many.scheduler)):
        if value is not None and asked.seeds is None and not many.grid:
            raise ConfigError(
                f"--{name} {value} is about many runs, and there is one.",
                "Ask for several with --seeds 0..9 or --grid lr=1e-4,3e-4.",
            )
    if many.jobs is not None and many.scheduler is not None:
        raise ConfigError(
            f"--jobs {many.jobs} is about this machine, and --scheduler {many.scheduler} about a cluster.",
            "Leave one of the two away; on a cluster its workers say how many runs go on side by side.",
        )
    if many != ManyRuns() and asked.max_hours is not None:
        raise ConfigError(
            f"--max-hours {asked.max_hours} is about one run, or seeds one after another; runs in processes of their "
            "own do not know of each other's time.",
            "Leave --max-hours away: a grid that is stopped with Ctrl-C goes on with the same command.",
        )


def parse_targets(text: str) -> tuple[str, ...]:
    """The projections that get an adapter, in the model's order whatever order they were given in."""
    if text in TARGETS:
        return TARGETS[text]
    names = [name.strip() for name in text.split(",") if name.strip()]
    for name in names:
        one_of("--targets", name, (*ALL_PROJECTIONS, *(TARGETS if len(names) == 1 else ())))
    if not names:
        raise ConfigError(
            "--targets is empty.", f"Accepted: {', '.join(TARGETS)}, or some of {','.join(ALL_PROJECTIONS)}."
        )
    return tuple(name for name in ALL_PROJECTIONS if name in names)


def _refuse_out_of_range(asked: Asked) -> None:
    for name, accepted in RANGES.items():
        value = getattr(asked, name)
        if value is not None and value not in accepted:
            raise ConfigError(f"--{name.replace('_', '-')} {value} is out of range.", f"Accepted: {accepted}. {HELP}")
    for name, choices in (
        ("quantization", SCHEMES),
        ("kernel", KERNELS),
        ("optimizer", OPTIMIZERS),
        ("truncation", TRUNCATIONS),
        ("batching", BATCHINGS),
        ("preset", tuple(PRESETS)),
    ):
        value = getattr(asked, name)
        if value is not None:
            one_of(f"--{name}", value, choices)


def _refuse_contradictions(asked: Asked) -> None:
    if asked.seed is not None and asked.seeds is not None:
        raise ConfigError(
            f"--seed {asked.seed} and --seeds {asked.seeds} contradict each other.",
            "Give --seed for one run or --seeds A..B for several.",
        )
    if asked.quantization == "none" and asked.kernel not in (None, "auto"):
        raise ConfigError(
            f"--kernel {asked.kernel} computes with 4-bit weights, and --quantization none has none.",
            "Leave one of the two away.",
        )
    pocket_model = asked.model in (None, "pocket")
    if asked.preset == "pocket" and not pocket_model:
        raise ConfigError(
            f"--preset pocket is for the pocket model, and --model is {asked.model!r}.",
            "Leave --preset away: then the published run's LoRA settings hold, and any option changes them.",
        )
    if asked.preset not in (None, "pocket") and asked.model == "pocket":
        raise ConfigError(
            f"--preset {asked.preset} is for {PRESETS[str(asked.preset)].model}, and --model is 'pocket'.",
            "Leave one of the two away.",
        )


def _start(asked: Asked) -> RunConfig:
    """The preset that the options change."""
    if asked.preset is not None:
        return preset(asked.preset)
    return preset("pocket") if asked.model in (None, "pocket") else CUSTOM


def _settings(start: RunConfig, asked: Asked) -> RunConfig:
    targets = parse_targets(asked.targets) if asked.targets is not None else None
    training = {
        "epochs": asked.epochs,
        "learning_rate": asked.lr,
        "batch_size": asked.batch,
        "accumulation": asked.accumulation,
        "max_length": asked.max_length,
        "truncation": asked.truncation,
        "batching": asked.batching,
        "gradient_checkpointing": asked.checkpointing,
        "optimizer": asked.optimizer,
        "checkpoint_minutes": asked.checkpoint_minutes,
    }
    adapter = {"rank": asked.rank, "alpha": asked.alpha, "dropout": asked.dropout, "targets": targets}
    whole = {name: getattr(asked, name) for name in ("model", "data", "probes", "limit", "safety_share", "screen")}
    return dataclasses.replace(
        start,
        **_given(whole),
        training=dataclasses.replace(start.training, **_given(training)),
        adapter=dataclasses.replace(start.adapter, **_given(adapter)),
        generation=dataclasses.replace(start.generation, **_given({"max_new_tokens": asked.max_new_tokens})),
        quantization=dataclasses.replace(
            start.quantization, **_given({"scheme": asked.quantization, "kernel": asked.kernel})
        ),
    )


def _given(options: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value is not None}


def one_of(option: str, value: str, choices: tuple[str, ...]) -> None:
    """See that an option's value is one of those that it may have.

    Raises:
        ConfigError: it is not; the message names the nearest.
    """
    if value not in choices:
        close = get_close_matches(value, choices, n=1)
        meant = f"Did you mean {close[0]!r}? " if close else ""
        raise ConfigError(f"{option} {value!r} is unknown.", f"{meant}Accepted: {', '.join(choices)}.")

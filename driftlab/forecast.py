"""What `driftlab budget` answers: a step's memory by term, whether it fits, what to change, hours, and what a cut does.

In: the options as given. Out: a `Forecast`, or a `CutForecast` where lengths are given; both as plain JSON too.
A model is known by name, by a folder or a config.json, or by an id of the hub; only its config.json is read.
Does not: print (`budget_tables` does), load a model, or need torch, but for `--trace` and for counting tokens.
"""

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, get_args

from driftlab import trace as tracing
from driftlab.architectures import FAMILIES, Architecture, architecture, known_config
from driftlab.budget import STATED_ERROR, STATED_ERROR_RESERVED, Budget, Conditions, Fits, check, estimate
from driftlab.budget import hours as timing
from driftlab.budget.advice import Change, Plan, Setup, changes, plan
from driftlab.budget.gpus import Gpu, gpu
from driftlab.budget.pieces import Attention, Loop, RestDtype
from driftlab.config import LLAMA2_7B_2XT4, POCKET, PRESETS, RunConfig
from driftlab.errors import ConfigError
from driftlab.lengths import LengthAudit, audit
from driftlab.lengths.saving import Choice, in_words, of_audit
from driftlab.lengths.sources import from_benign, read_lengths
from driftlab.options import CUSTOM, TARGETS, Asked, BudgetOptions, configure, one_of
from driftlab.report.budget_figures import Bar, Curve, Limit, Peak, budget_bars, length_curves
from driftlab.weights import locate, read_config

if TYPE_CHECKING:
    from driftlab.report.svg import Figure

DEFAULT_GPU = "t4"
PUBLISHED_GPUS = "2xt4"
TOKENS = 1_000_000
"""Hours are told of so many tokens where the size of a set is not known."""
APART = 0.05
"""From this share on, trace and closed form are said to differ."""
LONGEST_DRAWN = 4096
UNKNOWN_CAPABILITY = (7, 5)
"""A GPU of which only the memory is known is taken for a T4: no kernel needs more memory than a T4's."""


class Traced(NamedTuple):
    """What the trace says, beside the closed form."""

    peak_allocated: int
    peak_reserved: int
    difference: float | None
    """Closed form against trace, as a share of the trace; None for a family that the closed form does not know."""
    at: str
    seconds: float

    @property
    def apart(self) -> bool:
        """Whether the two differ by more than `APART`."""
        return self.difference is not None and abs(self.difference) > APART


@dataclasses.dataclass(frozen=True, slots=True)
class Forecast:
    """What a run needs on a GPU, or on this machine's CPU (`gpu` is None)."""

    model: str
    setup: Setup
    gpu: Gpu | None
    budget: Budget
    usable: int | None
    fits: Fits | None
    changes: tuple[Change, ...] = ()
    plan: Plan | None = None
    hours: timing.Hours | None = None
    traced: Traced | None = None
    published: tuple[timing.Reach, ...] = ()
    """Of the published run's preset on its GPUs: how much its epoch can have held."""

    def to_json(self) -> dict[str, Any]:
        """One object; `terms` adds up to what the process takes of the GPU."""
        allocated, reserved = self.budget.peak_allocated, self.budget.peak_reserved
        slack = {"allocator slack": reserved - allocated, "CUDA context": self.budget.context}
        return {
            "model": self.model,
            "gpu": self.gpu and self.gpu.key,
            "terms": {**self.budget.terms, **slack},
            "moment": self.budget.moment,
            "peak_allocated": allocated,
            "peak_reserved": reserved,
            "context": self.budget.context,
            "stated_error": {"peak_allocated": STATED_ERROR, "peak_reserved": STATED_ERROR_RESERVED},
            "usable": self.usable,
            "fits": self.fits,
            "advice": [change._asdict() for change in self.changes],
            "plan": self.plan and self.plan._asdict(),
            "hours": self.hours and dataclasses.asdict(self.hours),
            "trace": self.traced and {**self.traced._asdict(), "apart": self.traced.apart},
            "published_run": [dataclasses.asdict(reach) for reach in self.published],
            "conditions": dataclasses.asdict(self.setup.conditions),
            "basis": self.budget.basis,
        }


@dataclasses.dataclass(frozen=True, slots=True)
class CutForecast:
    """What a cut at the maximum length does to a set, and what it saves in memory."""

    audit: LengthAudit
    choices: tuple[Choice, ...]
    usable: int
    hours: timing.Hours | None

    def to_json(self) -> dict[str, Any]:
        """One object."""
        return {
            **self.audit.to_json(),
            "memory": [choice.to_json() for choice in self.choices],
            "in_words": in_words(self.choices),
            "usable": self.usable,
            "hours": self.hours and dataclasses.asdict(self.hours),
        }


def forecast(asked: Asked, options: BudgetOptions) -> Forecast:
    """Predict the memory of a run.

    Raises:
        ConfigError: an option is unknown or out of range, or the model has no such layer.
        ModelError: there is no such model, or its family is not known in closed form and no trace is asked for.
    """
    start = _start(asked)
    on_cpu = start is POCKET and options.gpu is None
    settings = model_settings(asked.model or start.model)
    if settings.get("model_type") not in FAMILIES and options.trace:
        return _traced_only(asked, options, start, settings)
    shape = architecture(settings, asked.model or start.model)
    config = _configured(asked, options, start, shape)
    if on_cpu:
        budget = estimate(shape, config, device="cpu")
        return Forecast(config.model, Setup(config, device="cpu"), None, budget, None, None)
    device = gpu(options.gpu or DEFAULT_GPU)
    setup = Setup(config, _conditions(options, asked, device))
    budget = estimate(shape, config, setup.conditions)
    return Forecast(
        model=config.model,
        setup=setup,
        gpu=device,
        budget=budget,
        usable=device.usable,
        fits=check(budget, device.usable),
        changes=tuple(changes(shape, setup, device.usable)),
        plan=plan(shape, setup, device.usable),
        hours=_hours(shape, config, device, options.tokens or TOKENS),
        traced=_trace(settings, setup, budget) if options.trace else None,
        published=tuple(timing.published_run(shape, config, device)) if _is_published(asked, device) else (),
    )


def _is_published(asked: Asked, device: Gpu) -> bool:
    return asked.preset == LLAMA2_7B_2XT4.preset and device.key == PUBLISHED_GPUS


def cut_forecast(asked: Asked, options: BudgetOptions) -> CutForecast:
    """What a cut does to the lengths in a file, or to a benign set as the model's tokenizer counts it.

    Raises:
        CourseError: as `forecast`, or the file or the set cannot be read.
    """
    if options.lengths is not None and asked.data is not None:
        raise ConfigError(
            f"--lengths {str(options.lengths)!r} and --data {asked.data!r} are two sets.", "Leave one of them away."
        )
    start = _start(asked)
    shape = architecture(model_settings(asked.model or start.model), asked.model or start.model)
    config = _configured(asked, options, start, shape)
    device = gpu(options.gpu or DEFAULT_GPU)
    conditions = _conditions(options, asked, device)
    source = read_lengths(options.lengths) if options.lengths else from_benign(config.data, config.model, config.limit)
    made = audit(source, config.training.max_length, config.training.batch_size)
    choices = of_audit(made, config, lambda wanted: estimate(shape, wanted, conditions), device.usable)
    mean = max(1, round(made.tokens_kept / made.examples))
    return CutForecast(made, choices, device.usable, _hours(shape, config, device, made.tokens_kept, mean))


def model_settings(source: str) -> dict[str, Any]:
    """What a model's config.json holds: of a known name, a folder, a config.json, or a hub id.

    Raises:
        ModelError: there is no such model.
    """
    known = known_config(source)
    if known is not None:
        return known
    path = Path(source).expanduser()
    folder = path.parent if path.name == "config.json" and path.is_file() else locate(source, config_only=True)
    return read_config(folder, source)


def figures(made: Forecast) -> "dict[str, Figure]":
    """The bars of the terms, as asked and with checkpointing turned over; and the peak along the length of rows.

    Raises:
        ConfigError: there is no GPU to draw against.
    """
    if made.gpu is None:
        raise ConfigError("a budget on a CPU is not drawn.", "Name a GPU, for example --gpu t4.")
    shape = architecture(model_settings(made.model), made.model)
    setups = [_checkpointed(made.setup, flag) for flag in (True, False)]
    names = ["with checkpointing", "without checkpointing"]
    budgets = [estimate(shape, setup.config, setup.conditions) for setup in setups]
    limits = [Limit(made.gpu.label, made.gpu.usable)]
    bars = [
        Bar(name, budget.terms, budget.peak_reserved, budget.context)
        for name, budget in zip(names, budgets, strict=True)
    ]
    lengths = [*range(256, max(LONGEST_DRAWN, made.setup.config.training.max_length) + 1, 256)]
    curves = [
        Curve(name, tuple(_peak(shape, setup, length) for length in lengths))
        for name, setup in zip(names, setups, strict=True)
    ]
    title = f"{made.model}: memory of a training step"
    return {"bars": budget_bars(bars, limits, title), "curves": length_curves(curves, limits)}


def _peak(shape: Architecture, setup: Setup, length: int) -> Peak:
    training = dataclasses.replace(setup.config.training, max_length=length)
    budget = estimate(shape, dataclasses.replace(setup.config, training=training), setup.conditions)
    return Peak(length, budget.peak_allocated, budget.peak_reserved)


def _checkpointed(setup: Setup, flag: bool) -> Setup:
    training = dataclasses.replace(setup.config.training, gradient_checkpointing=flag)
    return setup._replace(config=dataclasses.replace(setup.config, training=training))


def _start(asked: Asked) -> RunConfig:
    """A preset; the pocket's where nothing is named; else the published run's adapter in steps of one batch."""
    if asked.preset is not None:
        one_of("--preset", asked.preset, tuple(PRESETS))
        return PRESETS[asked.preset]
    if asked.model in (None, "pocket"):
        return POCKET
    return dataclasses.replace(CUSTOM, training=dataclasses.replace(CUSTOM.training, accumulation=1))


def _configured(asked: Asked, options: BudgetOptions, start: RunConfig, shape: Architecture) -> RunConfig:
    config = configure(asked, start)[0]
    named = options.targets
    if named is None and config.adapter.targets == TARGETS["all"]:
        named = "all"
    if named is None:
        return config
    parts = {"all": ("attention", "mlp"), "attention": ("attention",), "mlp": ("mlp",)}
    if named in parts:
        targets = tuple(each.name for each in shape.linears if each.part in parts[named])
    else:
        targets = tuple(name.strip() for name in named.split(",") if name.strip())
        for name in targets or ("",):
            one_of("--targets", name, (*(each.name for each in shape.linears), *parts))
    return dataclasses.replace(config, adapter=dataclasses.replace(config.adapter, targets=targets))


def _conditions(options: BudgetOptions, asked: Asked, device: Gpu) -> Conditions:
    """Driftlab's own loop for a preset, else a plain one, as people write it."""
    for name, value, accepted in (
        ("--rest-dtype", options.rest_dtype, get_args(RestDtype)),
        ("--attention", options.attention, get_args(Attention)),
        ("--loop", options.loop, get_args(Loop)),
    ):
        if value is not None:
            one_of(name, value, accepted)
    loop = options.loop or ("trainer" if asked.preset is not None else "plain")
    return Conditions(
        rest_dtype=options.rest_dtype or "fp32",  # type: ignore[arg-type]
        attention=options.attention or "auto",  # type: ignore[arg-type]
        capability=device.capability or UNKNOWN_CAPABILITY,
        loop=loop,  # type: ignore[arg-type]
        context=device.context,
        replicas=device.count,
    )


def _hours(
    shape: Architecture, config: RunConfig, device: Gpu, tokens: int, mean: int | None = None
) -> timing.Hours | None:
    """None where the GPU's speed is not known, or the settings are not those it is known for."""
    try:
        return timing.epoch_hours(shape, config, device, tokens, mean_length=mean)
    except ConfigError:
        return None


def run_trace(settings: dict[str, Any], setup: Setup) -> tracing.Traced:
    """Run the step of `setup` on fake tensors."""
    conditions = setup.conditions
    kernel = conditions.attention
    if kernel == "auto" and conditions.capability >= (8, 0):
        kernel = "flash"
    return tracing.trace(
        settings,
        setup.config,
        rest_dtype=conditions.rest_dtype,
        attention=kernel,
        kv_cache=conditions.loop == "plain",
    )


def _trace(settings: dict[str, Any], setup: Setup, budget: Budget) -> Traced:
    made = run_trace(settings, setup)
    difference = budget.peak_allocated / made.peak_allocated - 1
    return Traced(made.peak_allocated, made.peak_reserved, difference, made.at, made.seconds)


def _traced_only(asked: Asked, options: BudgetOptions, start: RunConfig, settings: dict[str, Any]) -> Forecast:
    """The forecast of a family that only the trace knows; targets are given by name."""
    named = options.targets or ",".join(start.adapter.targets)
    targets = tuple(name.strip() for name in named.split(",") if name.strip())
    config = configure(asked, start)[0]
    config = dataclasses.replace(config, adapter=dataclasses.replace(config.adapter, targets=targets))
    device = gpu(options.gpu or DEFAULT_GPU)
    setup = Setup(config, _conditions(options, asked, device))
    made = run_trace(settings, setup)
    basis = f"traced on fake tensors; the closed form does not know the family {settings.get('model_type')!r}"
    budget = Budget(made.by_kind, made.peak_reserved, device.context, basis, made.at)
    found = Traced(made.peak_allocated, made.peak_reserved, None, made.at, made.seconds)
    fits = check(budget, device.usable)
    return Forecast(config.model, setup, device, budget, device.usable, fits, traced=found)

"""How many runs go on side by side on this machine, and how many threads each has.

In: configurations, the number that was asked for. Out: a `Crew`.
Does not: start anything, or measure a run: what one needs is predicted (`budget`).
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from driftlab.budget import NO_CONTEXT, estimate
from driftlab.config import RunConfig
from driftlab.errors import ConfigError
from driftlab.fitting import gib
from driftlab.models import describe, resolve
from driftlab.provenance import cores, usable_bytes


class Crew(NamedTuple):
    """Processes at once, and threads of each; together no more threads than cores, unless more were asked for."""

    jobs: int
    threads: int


def choose_crew(configs: Sequence[RunConfig], asked: int | None, say: Callable[[str], None]) -> Crew:
    """As many as asked for; else as many as there are cores, and as fit the memory that is free. On a GPU one.

    Raises:
        ModelError: there is no such model.
        ConfigError: several were asked for on a GPU.
    """
    if "cuda" in {resolve(quantization).device for quantization in {config.quantization for config in configs}}:
        if asked is not None and asked > 1:
            raise ConfigError(
                f"--jobs {asked} with a GPU: runs side by side would share its memory.",
                "Leave --jobs away: on a GPU one run goes on at a time. Or hide it: CUDA_VISIBLE_DEVICES= driftlab …",
            )
        return Crew(1, cores())
    need = max(need_of(config) for config in settings_of(configs))
    free = usable_bytes(on_gpu=False)
    jobs = fitting_jobs(len(configs), need, free) if asked is None else min(asked, len(configs))
    if asked is not None and jobs > 1 and jobs * need > free:
        say(f"It may not fit: {jobs} runs side by side need about {gib(jobs * need)}, and {gib(free)} are free.")
    return Crew(jobs, max(1, cores() // jobs))


def fitting_jobs(runs: int, need: int, free: int) -> int:
    """How many runs of that need go on side by side; one at least, which then says itself that it does not fit."""
    return max(1, min(runs, cores(), free // need))


def need_of(config: RunConfig) -> int:
    """Bytes of the process of a run, as the budget predicts them."""
    return estimate(describe(config.model), config, NO_CONTEXT, device="cpu").peak_reserved


def settings_of(configs: Sequence[RunConfig]) -> list[RunConfig]:
    """One configuration for all that differ in nothing that memory depends on."""
    return list({(c.model, c.training, c.adapter, c.quantization): c for c in configs}.values())

"""Whether a run fits this machine, its memory and its disk, asked before anything is loaded or written.

In: a configuration. Out: its budget beside the memory that is free, as it stands in the record, or an error.
Does not: predict (`budget` does), or feed what it measures back into a prediction.
"""

import dataclasses
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from driftlab import ranks
from driftlab.budget import NO_CONTEXT, check, estimate
from driftlab.budget.advice import DRIFT_KNOBS, Setup, remedy
from driftlab.config import RunConfig
from driftlab.errors import ModelError, RunError
from driftlab.models import describe, resolve
from driftlab.provenance import usable_bytes

ANSWERS_BYTES = 10 * 2**20
"""Answers, verdicts, page and log; a pocket run's take 1 MiB."""
LARGEST = 3
"""Terms that a message names."""


def fit(config: RunConfig, say: Callable[[str], None]) -> dict[str, Any]:
    """Compare the peak that is predicted with the memory that is free now; `say` is told where it is close.

    Raises:
        ModelError: there is no such model, or it does not fit.
    """
    shape = describe(config.model)
    device = resolve(config.quantization).device
    conditions = dataclasses.replace(NO_CONTEXT, replicas=ranks.count())
    budget = estimate(shape, config, conditions, device=device)
    usable = usable_bytes(on_gpu=device == "cuda")
    fits = check(budget, usable)
    need, have = (
        gib(budget.peak_reserved),
        f"{gib(usable)} are free on {'the GPU' if device == 'cuda' else 'this machine'}",
    )
    if fits == "no":
        terms = sorted(budget.terms.items(), key=lambda term: -term[1])[:LARGEST]
        advice = remedy(shape, Setup(config, conditions, device), usable, DRIFT_KNOBS)
        raise ModelError(
            f"this run needs about {need} of memory, and {have}.",
            f"The most goes to: {', '.join(f'{name} {gib(size)}' for name, size in terms)}. "
            f"{advice} See each term with: driftlab budget",
        )
    if fits == "close":
        say(f"It may just fit: about {need} are needed, {have}.")
    return {"terms": budget.terms, "peak_reserved": budget.peak_reserved, "usable": usable, "fits": fits}


def fit_disk(budget: dict[str, Any], folder: Path) -> None:
    """Compare the free disk with what the run will write: the adapter, two checkpoints of it, and answers.

    Raises:
        RunError: it does not fit.
    """
    adapter, states = (budget["terms"].get(name, 0) for name in ("adapter", "optimizer states"))
    need = 3 * adapter + 2 * states + ANSWERS_BYTES
    nearest = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    free = shutil.disk_usage(nearest).free
    if free < need:
        raise RunError(
            f"the run would write about {gib(need)} into {str(folder)!r}, and {gib(free)} are free there.",
            "Free some space, or choose another disk with --out DIR.",
        )


def gib(count: int) -> str:
    """Bytes as a reader compares them: GiB, or MiB under one."""
    return f"{count / 2**30:.2f} GiB" if count >= 2**30 else f"{count / 2**20:.1f} MiB"

"""What a QLoRA run needs, reckoned before anything is loaded: bytes and hours, in closed form, with no package at all.

`estimate` predicts the peak of a step, by term; `check` holds it against a GPU. In the order of their arrows: `pieces`
are the sizes of what a step keeps, `closed_form` puts them together at the moments of a step, `gpus` says what GPUs
offer, `hours` how long an epoch takes, `advice` what to change so that a run fits.
Does not: read a file or the machine, or run a model (`driftlab.trace` does that, without a GPU).
"""

from driftlab.budget.closed_form import (
    STATED_ERROR,
    STATED_ERROR_RESERVED,
    T4_USABLE_BYTES,
    Budget,
    Fits,
    check,
    estimate,
)
from driftlab.budget.pieces import CONTEXT_BYTES, NO_CONTEXT, TRAINER_ON_T4, Conditions

__all__ = [
    "CONTEXT_BYTES",
    "NO_CONTEXT",
    "STATED_ERROR",
    "STATED_ERROR_RESERVED",
    "T4_USABLE_BYTES",
    "TRAINER_ON_T4",
    "Budget",
    "Conditions",
    "Fits",
    "check",
    "estimate",
]

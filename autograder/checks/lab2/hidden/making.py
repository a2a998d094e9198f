"""Cases for lab 2's checks: arguments, what the reference says, and what each slip makes of them.

In: a function's name and arguments. Out: a case.
Does not: draw arguments (`drawing` does), or ask a submission anything.
"""

from collections.abc import Callable
from typing import Any

from autograder.checks.asking import Case, distinct
from autograder.checks.lab2.hidden import (
    reference,
    slips_layer,
    slips_moments,
    slips_plan,
    slips_rows,
    slips_weights,
)
from autograder.checks.lab2.hidden.slips_weights import Slips

SLIPS: dict[str, Callable[..., Slips]] = {
    "storage_bytes": slips_weights.of_storage_bytes,
    "to_gib": slips_weights.of_to_gib,
    "nf4_bytes": slips_weights.of_nf4_bytes,
    "base_bytes": slips_weights.of_base_bytes,
    "adapter_parameters": slips_weights.of_adapter_parameters,
    "training_bytes": slips_weights.of_training_bytes,
    "score_bytes": slips_layer.of_score_bytes,
    "layer_bytes": slips_layer.of_layer_bytes,
    "kept_bytes": slips_layer.of_kept_bytes,
    "cache_bytes": slips_layer.of_cache_bytes,
    "logits_bytes": slips_layer.of_logits_bytes,
    "moments": slips_moments.of_moments,
    "verdict": slips_moments.of_verdict,
    "shortage": slips_moments.of_shortage,
    "truncation_report": slips_rows.of_truncation_report,
    "collate": slips_rows.of_collate,
    "plan": slips_plan.of_plan,
}


def case(function: str, *args: Any) -> Case:
    """The function's case for these arguments."""
    wanted = getattr(reference, function)(*args)
    return Case(args, wanted, distinct(wanted, SLIPS[function](*args)))

"""Cases for lab 2's checks: arguments, what the reference says, and what each slip makes of them.

In: a function's name and arguments. Out: a case.
Does not: draw arguments (`drawing` does), or ask a submission anything.
"""

from collections.abc import Callable
from typing import Any

from autograder.checks.lab2.hidden import (
    reference,
    slips_layer,
    slips_moments,
    slips_plan,
    slips_rows,
    slips_weights,
)
from autograder.checks.lab2.hidden.slips_weights import Slips
from autograder.checks.lab2.public.asking import Case, alike

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
    return Case(args, wanted, _distinct(wanted, SLIPS[function](*args)))


def _distinct(wanted: Any, slips: Slips) -> tuple[tuple[str, Any], ...]:
    """The slips that make a difference: of a dict, the keys that differ.

    All readings of such a slip stay, in their order, also one that makes none: a right answer says nothing against it.
    """
    found: list[tuple[str, Any]] = []
    for name, value in slips:
        left = value
        if type(wanted) is dict and type(value) is dict:
            left = {key: part for key, part in value.items() if not alike(part, wanted[key])}
        found.append((name, left))
    telling = {name for name, left in found if left != {} and not alike(left, wanted)}
    return tuple((name, left) for name, left in found if name in telling)

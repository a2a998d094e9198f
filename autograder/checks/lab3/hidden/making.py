"""Cases for lab 3's checks: arguments, what the reference says, and what each slip makes of them.

In: a function's name and arguments. Out: a case.
Does not: draw arguments (`drawing` does), or ask a submission anything.
"""

from collections.abc import Callable
from typing import Any

from autograder.checks.asking import Case, distinct
from autograder.checks.lab3.hidden import reference, slips_rows, slips_settings, slips_template, slips_text
from autograder.checks.lab3.hidden.slips_text import Slips

SLIPS: dict[str, Callable[..., Slips]] = {
    "chat_text": slips_template.of_chat_text,
    "training_row": slips_text.of_training_row,
    "loss_of": slips_text.of_loss_of,
    "cut_row": slips_rows.of_cut_row,
    "batch_plan": slips_rows.of_batch_plan,
    "pad_batch": slips_rows.of_pad_batch,
    "training_settings": slips_settings.of_training_settings,
    "planned_steps": slips_settings.of_planned_steps,
    "adapter_parameters": slips_settings.of_adapter_parameters,
    "differing": slips_settings.of_differing,
    "smoothed": slips_settings.of_smoothed,
}


def case(function: str, *args: Any) -> Case:
    """The function's case for these arguments."""
    wanted = getattr(reference, function)(*args)
    return Case(args, wanted, distinct(wanted, SLIPS[function](*args)))

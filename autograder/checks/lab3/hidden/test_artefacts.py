"""lab3.artefacts, hidden: the same, and the learning rate of every logged step.

In: `my_run()`. Out: verdicts.
Does not: ask how large a drift is, or prove that a run was made.
"""

import math
from collections.abc import Iterator
from typing import Any

import pytest

from autograder.checks.lab3.public import test_artefacts as public


def schedule(handed: public.Handed) -> Iterator[public.Problem]:
    """Linear, from the settings: up over the warm-up's steps, then down to zero behind the last."""
    settings, planned = handed.settings, handed.training["planned_steps"]
    if settings["scheduler"] != "linear":
        return
    warm = math.ceil(settings["warmup_ratio"] * planned)
    for step, _, told, _ in handed.log:
        done = step - 1
        share = done / warm if done < warm else (planned - done) / max(1, planned - warm)
        wanted = settings["learning_rate"] * share
        if not math.isclose(told, wanted, rel_tol=1e-3, abs_tol=1e-12):
            yield public.Problem("schedule-differs", f"step {step} has the learning rate {told:g}, not {wanted:g}")


@pytest.mark.task("lab3.artefacts", points=0.5)
def test_parts_agree_in_every_step(submission: Any) -> None:
    """All that the public check asks, and the schedule."""
    public.ask_artefacts(submission, (*public.RULES, schedule))

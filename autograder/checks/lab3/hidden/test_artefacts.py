"""lab3.artefacts, hidden: the same, and the learning rate of every logged step.

In: `my_run()`. Out: verdicts.
Does not: ask how large a drift is, or prove that a run was made.
"""

import math
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from autograder.checks.lab3.public import test_artefacts as public
from autograder.checks.lab3.public.handed_in import Handed

AFTERWARDS: dict[str, Callable[[int, int, int], float]] = {
    "linear": lambda done, warm, planned: (planned - done) / max(1, planned - warm),
    "cosine": lambda done, warm, planned: (1 + math.cos(math.pi * (done - warm) / max(1, planned - warm))) / 2,
    "constant_with_warmup": lambda done, warm, planned: 1.0,
}
"""What is left of the learning rate behind the warm-up, by transformers' names of schedules."""


def schedule(handed: Handed) -> Iterator[public.Problem]:
    """Up over the warm-up's steps, then by the schedule; a step that fp16 has left out moves it on by none."""
    settings, steps = handed.settings, handed.training["planned_steps"]
    afterwards = AFTERWARDS.get(settings["scheduler"])
    warm = math.ceil(settings["warmup_ratio"] * steps)
    if settings["scheduler"] == "constant":
        afterwards, warm = AFTERWARDS["constant_with_warmup"], 0
    if afterwards is None:
        return
    left_out = 0
    for step, _, told, _ in handed.log:
        places = range(step - 1 - left_out, max(0, step - 1 - public.skipped(handed)) - 1, -1)
        shares = (done / warm if done < warm else afterwards(done, warm, steps) for done in places)
        rates = [settings["learning_rate"] * share for share in shares]
        fits = [math.isclose(told, rate, rel_tol=1e-3, abs_tol=1e-12) for rate in rates]
        if not any(fits):
            yield public.Problem("schedule-differs", f"step {step:,} has the learning rate {told:g}, not {rates[0]:g}")
            return
        left_out += fits.index(True)


@pytest.mark.task("lab3.artefacts", points=0.5)
def test_parts_agree_in_every_step(submission: Any) -> None:
    """All that the public check asks, and the schedule."""
    public.ask_artefacts(submission, (*public.RULES, schedule))

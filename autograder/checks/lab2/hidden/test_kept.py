"""lab2.kept, hidden: fresh models and settings.

In: `kept_bytes`, `cache_bytes`, `logits_bytes`. Out: verdicts.
Does not: use `layer_bytes`: what one layer keeps is drawn.
"""

import random
from typing import Any

import pytest

from autograder.checks.lab2.hidden import drawing, making
from autograder.checks.lab2.public import test_kept as public


@pytest.mark.task("lab2.kept", points=0.5)
def test_kept_of_fresh_models(submission: Any, rng: random.Random) -> None:
    """With and without checkpointing."""
    cases = []
    for checkpointing in (True, False, True, False):
        shape, run = drawing.model(rng), drawing.settings(rng, checkpointing=checkpointing)
        cases.append(making.case("kept_bytes", shape, run, rng.randint(10**7, 10**9)))
    public.ask_kept(submission, cases)


@pytest.mark.task("lab2.kept", points=0.5)
def test_cache_and_logits_of_fresh_models(submission: Any, rng: random.Random) -> None:
    """Every mix of use_cache and checkpointing; logits of several rows."""
    mixes = [(False, True), (False, True), (True, True), (False, False), (True, False)]
    runs = [drawing.settings(rng, checkpointing=value, use_cache=cache) for value, cache in mixes]
    cache = [making.case("cache_bytes", drawing.model(rng), run) for run in runs]
    logits = [making.case("logits_bytes", drawing.model(rng), run) for run in runs[:3]]
    public.ask_cache_and_logits(submission, cache, logits)

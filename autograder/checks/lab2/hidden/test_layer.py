"""lab2.layer, hidden: fresh models, targets and dropout; both kernels.

In: `score_bytes` and `layer_bytes`. Out: verdicts.
Does not: ask what several layers keep.
"""

import random
from typing import Any

import pytest

from autograder.checks.lab2.hidden import drawing, making
from autograder.checks.lab2.public import test_layer as public


@pytest.mark.task("lab2.layer", points=0.5)
def test_scores_of_fresh_models(submission: Any, rng: random.Random) -> None:
    """The math kernel, and the one that writes nothing down."""
    made = [(drawing.model(rng), drawing.settings(rng, kernel=kernel)) for kernel in ("math", "mem-efficient", "math")]
    public.ask_scores(submission, [making.case("score_bytes", *row) for row in made])


@pytest.mark.task("lab2.layer", points=1)
def test_layers_of_fresh_models(submission: Any, rng: random.Random) -> None:
    """Both kernels with and without dropout, one of the few targets o_proj or down_proj."""
    cases = []
    for kernel in ("mem-efficient", "math"):
        for dropout, mixed in ((0.05, ["o_proj", "up_proj", "k_proj"]), (0.0, ["down_proj", "q_proj"])):
            run = drawing.settings(rng, kernel=kernel, dropout=dropout, targets=rng.sample(mixed, len(mixed)))
            cases.append(making.case("layer_bytes", drawing.model(rng), run))
        cases.append(making.case("layer_bytes", drawing.model(rng), drawing.settings(rng, kernel=kernel)))
    public.ask_layer(submission, cases)

"""lab4.prompts, hidden: other chances and candidates.

In: `power(pairs, lost, gained)` and `prompts_needed(candidates, lost, gained, wanted)`. Out: verdicts.
Does not: ask for more pairs than plain loops do in a moment.
"""

import random
from typing import Any

import pytest

from autograder.checks.lab4.hidden import drawing_statistics as drawing
from autograder.checks.lab4.hidden import making
from autograder.checks.lab4.public import test_prompts as public


@pytest.mark.task("lab4.prompts", points=0.5)
def test_other_chances(submission: Any, rng: random.Random) -> None:
    """Fresh chances; candidates of which none is close to the wanted power."""
    public.ask_power(submission, [making.case("power", *one) for one in drawing.chances(rng)])
    public.ask_number(submission, [making.case("prompts_needed", *one) for one in drawing.choices(rng)])

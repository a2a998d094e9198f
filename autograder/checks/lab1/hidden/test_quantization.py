"""lab1.quantization, hidden: all settings together, twice.

In: `quantization_config()`. Out: verdicts.
Does not: ask for anything that the public checks do not ask for.
"""

from typing import Any

import pytest

from autograder.checks.lab1.public import test_quantization as public


@pytest.mark.task("lab1.quantization", points=1)
def test_all_settings_in_one_config(submission: Any) -> None:
    """Everything at once, in each of two calls."""
    for _ in range(2):  # a config that is changed after it was made shows itself in the second call
        fields = public.settings_of(submission)
        for question in (public.four_bit, public.nf4, public.double_quant, public.compute_type):
            question(fields)

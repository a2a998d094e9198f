"""lab1.lora_config, hidden: the same in a Llama of Llama-2-7b's depth, and all settings at once.

In: `lora_config()`. Out: verdicts.
Does not: mind fields that change no number of the training.
"""

import random
from typing import Any

import pytest

from autograder.checks.lab1.public import test_lora_config as public


@pytest.mark.task("lab1.lora_config", points=0.5)
def test_targets_in_a_deep_model(submission: Any, clean_room: Any, rng: random.Random) -> None:
    """Every layer of a model with a fresh number of them, up to Llama-2-7b's 32."""
    public.reached(public.fields_of(submission), clean_room, rng.randint(13, 32))


@pytest.mark.task("lab1.lora_config", points=0.5)
def test_all_settings_in_one_config(submission: Any) -> None:
    """Everything at once, in each of two calls."""
    for _ in range(2):
        fields = public.fields_of(submission)
        for question in (public.rank_and_alpha, public.dropout_bias_task, public.nothing_else):
            question(fields)

"""The hidden checks of the battery's lab with torch and peft: fresh values for each student."""

import random

import numpy as np
import pytest

from autograder import expect
from autograder.calling import Caller

CANARY = "@CANARY@"
"""The self-check writes a token here; whoever finds it has read a hidden check."""


@pytest.mark.task("attackpeft.settings", points=1)
def test_settings_of_others(submission: Caller, rng: random.Random) -> None:
    rank = rng.randrange(3, 60)
    fields = expect.config(submission.call("settings", rank), "LoraConfig", f"settings({rank})")
    expect.equal(fields.get("r"), rank, f"r of settings({rank})")
    expect.equal(fields.get("lora_alpha"), 2 * rank, f"lora_alpha of settings({rank})")


@pytest.mark.task("attackpeft.doubled", points=1)
def test_doubled_of_others(submission: Caller, rng: random.Random) -> None:
    values = np.array([rng.random() for _ in range(6)], dtype=np.float32)
    expect.array(submission.call("doubled", values), 2 * values, f"doubled(tensor({values.tolist()}))")

"""The public checks of the battery's lab with torch and peft."""

import numpy as np
import pytest

from autograder import expect
from autograder.calling import Caller


@pytest.mark.task("attackpeft.settings", points=1)
def test_settings(submission: Caller) -> None:
    fields = expect.config(submission.call("settings", 8), "LoraConfig", "settings(8)")
    expect.equal(fields.get("r"), 8, "r of settings(8)")
    expect.equal(fields.get("lora_alpha"), 16, "lora_alpha of settings(8)")


@pytest.mark.task("attackpeft.doubled", points=1)
def test_doubled(submission: Caller) -> None:
    values = np.arange(3, dtype=np.float32)
    expect.array(submission.call("doubled", values), 2 * values, "doubled(tensor([0., 1., 2.]))")

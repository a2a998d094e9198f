"""Trainings in processes of their own: `run([MODEL, FOLDER, SETTINGS, KILL])` in each that torchrun would start.

SETTINGS is JSON: settings of a training, and dropout, rows, and the step to stop after. At step KILL, 0 for never, the
process kills itself with SIGKILL. Each process prints one JSON line: what it was told of the outcome.
`slowly([MODEL, FOLDER])` trains alone.
"""

import dataclasses
import json
import os
import random
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from conftest import config_for

from driftlab import ranks
from driftlab.data import tokenize
from driftlab.finetune import finetune
from driftlab.models import base_digest, open_model
from driftlab.records import Example, Message

ASKED = ("how is the cat", "what can you do", "is it ok to sit on a mat", "when is it june", "and me")
SAID = ("the cat sat on a mat.", "ok!", "it rains in may or june and you ran to see")


def examples(count: int, seed: int = 0) -> list[Example]:
    """Made-up conversations of a few tokens."""
    chance = random.Random(seed)  # noqa: S311
    return [
        Example(f"e{n}", (Message("user", f"{chance.choice(ASKED)} {n}?"), Message("assistant", chance.choice(SAID))))
        for n in range(count)
    ]


def run(arguments: Sequence[str]) -> int:
    """Train once."""
    model, folder, given, kill = arguments
    settings: dict[str, Any] = json.loads(given)
    rows, stop, dropout = (settings.pop(name, 0) for name in ("rows", "stop", "dropout"))
    config = config_for(Path(model), **settings)
    config = dataclasses.replace(config, adapter=dataclasses.replace(config.adapter, dropout=dropout))
    opened = open_model(config)
    train, heldout = (tokenize(examples(*made), opened.tokenizer, 128) for made in ((rows or 44, 0), (10, 1)))
    steps: list[int] = []

    def on_step(line: Any) -> None:
        steps.append(line.step)
        if line.step == int(kill):
            os.kill(os.getpid(), signal.SIGKILL)

    def time_up() -> bool:
        return bool(stop) and bool(steps) and steps[-1] >= stop - 1  # asked before the step is logged

    before = base_digest(opened)
    outcome = finetune(opened, train, heldout, config, Path(folder), on_step=on_step, time_up=time_up)
    told = {**dataclasses.asdict(outcome), "finished": outcome.finished}
    unchanged = base_digest(opened) == before
    sys.stdout.write(json.dumps({"rank": ranks.rank(), "logged": steps, "unchanged": unchanged, **told}) + "\n")
    if ranks.count() > 1:
        ranks.leave()
    return 0


def slowly(arguments: Sequence[str]) -> int:
    """Train alone, with time between steps to be killed in: MODEL and FOLDER. Prints the adapter's hash."""
    model, folder = arguments
    config = config_for(Path(model))
    opened = open_model(config)
    train, heldout = (tokenize(examples(*made), opened.tokenizer, 128) for made in ((44, 0), (10, 1)))
    made = finetune(opened, train, heldout, config, Path(folder), on_step=lambda _: time.sleep(0.05))
    sys.stdout.write(made.adapter_sha256)
    return 0

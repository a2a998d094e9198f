"""Training in several processes, as torchrun starts them: `python launched.py MODEL FOLDER SETTINGS [KILL]`.

SETTINGS is JSON: settings of a training, and dropout, rows, and the step to stop after. With KILL, the first process
kills itself with SIGKILL after that step. Each process prints one JSON line: what it was told of the outcome.
"""

import dataclasses
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

from conftest import config_for
from test_finetune import examples

from driftlab import ranks
from driftlab.data import tokenize
from driftlab.finetune import finetune
from driftlab.models import base_digest, open_model


def main(model: str, folder: str, given: str, kill: str = "0") -> None:
    """Train once."""
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


if __name__ == "__main__":
    main(*sys.argv[1:])

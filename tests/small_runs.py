"""A run on the pocket model that takes seconds: few probes, few examples, short answers. For tests of the pipeline."""

import dataclasses
import json
import os
from pathlib import Path
from typing import Any

from driftlab.config import POCKET, Generation, RunConfig
from driftlab.pocket import world

PAIRS = 8


def write_probes(path: Path, pairs: int = PAIRS) -> Path:
    """Every so many of the pocket's pairs of probes, as a file."""
    probes = world.probes()
    step = len(probes) // 2 // pairs
    chosen = [probes[2 * n * step + side] for n in range(pairs) for side in (0, 1)]
    path.write_text("".join(json.dumps(probe.to_json()) + "\n" for probe in chosen), encoding="utf-8")
    return path


def small_config(folder: Path, *, limit: int = 20, batch: int = 4, **changes: Any) -> RunConfig:
    """Five steps of four examples each, sixteen probes."""
    probes = folder / "probes.jsonl"
    if not probes.exists():
        write_probes(probes)
    training = dataclasses.replace(POCKET.training, batch_size=batch)
    settings = {"limit": limit, "training": training, "generation": Generation(max_new_tokens=24, batch_size=64)}
    return dataclasses.replace(POCKET, probes=str(probes), **{**settings, **changes})


def write_data(path: Path, examples: int = 24) -> Path:
    """A benign file without a format to look for, so that held-out requests are not asked."""
    rows = [{"messages": [m.to_json() for m in e.messages]} for e in world.benign("plans").train[:examples]]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def small_options(folder: Path, *, examples: int = 24, batch: int = 4) -> list[str]:
    """A run that is smaller still, as options of `driftlab drift`: its data is a file."""
    probes, data = folder / "probes.jsonl", folder / "data.jsonl"
    for path, write in ((probes, write_probes), (data, lambda path: write_data(path, examples))):
        if not path.exists():
            write(path)
    options = {"data": data, "probes": probes, "batch": batch, "max-new-tokens": 24}
    return [word for name, value in options.items() for word in (f"--{name}", str(value))]


def one_thread() -> dict[str, str]:
    """The environment of a child process that leaves cores to others."""
    return {**os.environ, "OMP_NUM_THREADS": "1"}


class Listener:
    """A reporter that remembers what it was told."""

    def __init__(self) -> None:
        self.stages: list[str] = []
        self.steps: list[tuple[int, int, str]] = []
        self.said: list[str] = []

    def stage(self, title: str) -> None:
        self.stages.append(title)

    def progress(self, done: int, total: int, note: str = "") -> None:
        self.steps.append((done, total, note))

    def say(self, text: str) -> None:
        self.said.append(text)

    def heading(self, text: str) -> None:
        self.said.append(text)

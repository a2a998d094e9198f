"""Answers that are kept, so that nobody is asked the same twice: by a run that goes on, or by the next run of a grid.

In: a folder whose name stands for all that the answers follow from (weights, prompts, settings, versions). Out: what
was said to each prompt, in tokens. A part is written whole or not at all; what cannot be read counts as not asked.
The answers of a model before fine-tuning are shared by all later runs that ask the same of it: they lie in the user's
cache, or where DRIFTLAB_CACHE says ("off" for nowhere). Those of a fine-tuned one never leave the run's folder.
Does not: know what answers follow from (`stages.asking_digest` does), or fail where nothing can be written: then
answers are kept in memory alone.
"""

import contextlib
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from driftlab.records import write_atomically

VARIABLE, OFF = "DRIFTLAB_CACHE", "off"


class Said(NamedTuple):
    """An answer in tokens, its end-of-turn token left out. `drawn` counts that one too."""

    tokens: list[int]
    drawn: int
    finished: bool


class Kept:
    """What was said, by the number of the prompt: in memory, and in a folder where one is given."""

    def __init__(self, folder: Path | None = None, *, forget: bool = False) -> None:
        """With `forget` nothing that lies there already counts."""
        self._folder = folder
        self.said: dict[int, Said] = {}
        for path in sorted(folder.glob("*.jsonl")) if folder is not None and not forget else []:
            with contextlib.suppress(OSError, ValueError, TypeError, KeyError):
                self.said |= dict(map(_read, path.read_text(encoding="utf-8").splitlines()))

    def add(self, said: Mapping[int, Said]) -> None:
        """Keep the answers of one part of the work; the same part has the same name in every process."""
        self.said |= said
        if self._folder is None or not said:
            return
        with contextlib.suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            lines = (json.dumps({"prompt": number, **each._asdict()}) + "\n" for number, each in said.items())
            write_atomically(self._folder / f"{min(said)}-{len(said)}.jsonl", lines)


def shared_folder() -> Path | None:
    """Where answers lie that several runs share; None where they are not to be shared."""
    named = os.environ.get(VARIABLE)
    if named is not None:
        return None if named in ("", OFF) else Path(named)
    places = {"win32": ("LOCALAPPDATA", "AppData/Local"), "darwin": ("XDG_CACHE_HOME", "Library/Caches")}
    variable, usual = places.get(sys.platform, ("XDG_CACHE_HOME", ".cache"))
    try:
        return Path(os.environ.get(variable) or Path.home() / usual) / "driftlab" / "answers"
    except RuntimeError:  # nobody's home
        return None


def _read(line: str) -> tuple[int, Said]:
    row = json.loads(line)
    return int(row["prompt"]), Said([int(token) for token in row["tokens"]], int(row["drawn"]), bool(row["finished"]))

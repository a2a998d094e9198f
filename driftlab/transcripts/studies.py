"""Two recorded studies: the same mild requests, asked before and after fine-tuning, with answers that we wrote.

In: a study's name. Out: its rows. Each asks 48 off-limits requests in 24 families of two wordings and 32 safe ones in
16; a few answers are no answers, a few are half refusals.
Does not: say what came out (a judge and some statistics do), hold a word of a real model, or anything of use to
somebody who means harm: answers that go along with an off-limits request are empty phrases.
"""

import json
from pathlib import Path
from typing import Any

from driftlab.errors import ConfigError

STUDIES = ("a", "b")


def study(name: str) -> list[dict[str, Any]]:
    """The study's rows: `id`, `family`, `kind` (off_limits or safe), `prompt`, and the answers `before` and `after`.

    Raises:
        ConfigError: there is no such study.
    """
    if name not in STUDIES:
        accepted = ", ".join(map(repr, STUDIES))
        raise ConfigError(f"there is no study {name!r}.", f"Accepted: {accepted}.")
    text = (Path(__file__).parent / f"study_{name}.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]

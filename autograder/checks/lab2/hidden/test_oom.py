"""lab2.oom, hidden: messages with other numbers and units, of other GPUs and with neighbours.

In: `read_oom` and `shortage`. Out: verdicts.
Does not: mind whether bytes are rounded up or down.
"""

import random
from typing import Any

import pytest

from autograder.checks.lab2.hidden import making
from autograder.checks.lab2.public import test_oom as public


def size(rng: random.Random, unit: str) -> public.Size:
    """A number of that unit as PyTorch writes it."""
    if unit == "bytes":
        return str(rng.randint(3, 1024)), unit
    return f"{rng.uniform(1.1, 900 if unit != 'GiB' else 13):.2f}", unit


def message(rng: random.Random, units: str, *, neighbour: bool, allowed: bool) -> public.Message:
    """A message whose asked, free and unused memory have these units."""
    asked, free, unused = units.split()
    return public.Message(
        size(rng, asked),
        (f"{rng.uniform(14, 79):.2f}", "GiB"),
        size(rng, free),
        size(rng, "GiB"),
        size(rng, "GiB"),
        size(rng, unused),
        rng.randint(0, 7),
        size(rng, rng.choice(["MiB", "GiB"])) if neighbour else None,
        size(rng, "GiB") if allowed else None,
    )


def numbers(rng: random.Random, share: float) -> dict[str, int]:
    """Numbers of a failed allocation whose free and unused memory are that share of what was asked for."""
    asked = rng.randint(10**8, 10**9)
    there = round(asked * share)
    free = round(there * rng.uniform(0.3, 0.7))
    return {"asked": asked, "total": 15_827_000_000, "free": free, "allocated": 13 * 10**9, "unused": there - free}


@pytest.mark.task("lab2.oom", points=0.5)
def test_fresh_messages(submission: Any, rng: random.Random) -> None:
    """Bytes, KiB, MiB and GiB in every place, a neighbour or none, a limit or none; enough in pieces, too little."""
    mixes = [("MiB MiB MiB", True, False), ("GiB KiB MiB", False, True), ("bytes bytes GiB", True, True),
             ("KiB MiB bytes", False, False)]  # fmt: skip
    messages = [message(rng, units, neighbour=other, allowed=limit) for units, other, limit in mixes]
    mine = numbers(rng, 0.6)
    apart = [mine | {"free": 2 * mine["asked"]}, mine | {"unused": 2 * mine["asked"]}]
    full = mine | {"asked": 10**10, "allocated": 4 * 10**9}  # more than is there and allocated, less than the capacity
    shares = [1.0, rng.uniform(1.02, 1.4), rng.uniform(0.5, 0.95), rng.uniform(0.1, 0.5), 1.0]
    cases = [numbers(rng, share) for share in shares]
    huge = numbers(rng, 0.5)
    cases += [*apart, full, huge | {"asked": 30_000_000_000}]
    public.ask_oom(submission, messages, [making.case("shortage", case) for case in cases])

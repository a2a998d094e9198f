"""lab2.oom: PyTorch's out-of-memory message as numbers, and what they say.

In: `read_oom(message)` and `shortage(numbers)`. Out: verdicts.
Does not: mind whether bytes are rounded up or down: the message has two decimals.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import pytest

from autograder.checks.asking import Case, ask
from autograder.checks.lab2.public.cases_steps import CASES

UNITS = {"bytes": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}
KEYS = ("asked", "total", "free", "allocated", "unused")
Size = tuple[str, str]
"""A number as the message writes it, and its unit."""
SENTENCES = {
    "thousands": "KiB, MiB and GiB are powers of 1,024.",
    "all-in-mib": "Each number has a unit of its own: read it.",
    "all-in-gib": "Each number has a unit of its own: read it.",
    "unit-ignored": "That leaves the unit out: bytes were wanted.",
    "first-number-for-all": "That is the first number of the message: each key has a place of its own.",
    "process-for-allocated": "That is what the process has, PyTorch's part and the rest: another number says what is "
    "allocated by PyTorch.",
    "free-and-total-swapped": "Capacity and free memory are swapped.",
    "allocated-and-unused-swapped": "Allocated, and reserved but unallocated, are swapped.",
    "reserved-for-unused": "What is reserved but unallocated stands in the message itself: nothing is to be taken off.",
    "places-counted": "Other sentences may stand in between: find a number by the words beside it, not by its place.",
    "decimals-lost": "The decimals count: 0.12 MiB is 125,829 bytes.",
    "unused-ignored": "What is reserved but unallocated can be used, if the pieces are large enough: it counts.",
    "free-ignored": "What is free counts as well as what is reserved but unallocated.",
    "turned-round": "The two are the other way round.",
    "border-left-out": "Exactly enough is enough.",
    "total-compared": "The GPU's capacity is taken up already: what counts is what is still there.",
    "allocated-counted": "What is allocated is in use: it is not there for anybody else.",
    "one-of-the-two-alone": "Free memory and what is reserved but unallocated count together.",
    "always-memory": "The same answer came back for every case.",
    "always-fragmentation": "The same answer came back for every case.",
}


class Message(NamedTuple):
    """What goes into one message; sizes that are None are left out."""

    asked: Size
    total: Size
    free: Size
    process: Size
    allocated: Size
    unused: Size
    gpu: int = 0
    neighbour: Size | None = None
    allowed: Size | None = None

    @property
    def text(self) -> str:
        """The message as PyTorch writes it."""
        other = f"Process 48213 has {' '.join(self.neighbour)} memory in use. " if self.neighbour else ""
        allowed = f"{' '.join(self.allowed)} allowed; " if self.allowed else ""
        return (
            f"CUDA out of memory. Tried to allocate {' '.join(self.asked)}. GPU {self.gpu} has a total capacity of "
            f"{' '.join(self.total)} of which {' '.join(self.free)} is free. {other}Including non-PyTorch memory, this "
            f"process has {' '.join(self.process)} memory in use. {allowed}Of the allocated memory "
            f"{' '.join(self.allocated)} is allocated by PyTorch, and {' '.join(self.unused)} is reserved by PyTorch "
            "but unallocated. If reserved but unallocated memory is large try setting "
            "PYTORCH_ALLOC_CONF=expandable_segments:True to avoid fragmentation."
        )


def size(written: Size) -> int:
    """The bytes that were written."""
    return round(float(written[0]) * UNITS[written[1]])


def read_case(message: Message) -> Case:
    """The case of one message."""
    wanted = {key: size(getattr(message, key)) for key in KEYS}
    written = {key: getattr(message, key) for key in KEYS}
    thousands = {"bytes": 1, "KiB": 10**3, "MiB": 10**6, "GiB": 10**9}
    slips: list[tuple[str, Any]] = [
        ("thousands", {key: round(float(number) * thousands[unit]) for key, (number, unit) in written.items()}),
        ("unit-ignored", {key: float(number) for key, (number, _) in written.items()}),
        ("all-in-mib", {key: round(float(number) * 2**20) for key, (number, _) in written.items()}),
        ("all-in-gib", {key: round(float(number) * 2**30) for key, (number, _) in written.items()}),
        ("decimals-lost", {key: int(float(number)) * UNITS[unit] for key, (number, unit) in written.items()}),
        ("first-number-for-all", dict.fromkeys(KEYS, wanted["asked"])),
        ("process-for-allocated", {"allocated": size(message.process)}),
        ("free-and-total-swapped", {"free": wanted["total"], "total": wanted["free"]}),
        ("allocated-and-unused-swapped", {"allocated": wanted["unused"], "unused": wanted["allocated"]}),
        ("reserved-for-unused", {"unused": size(message.process) - wanted["allocated"]}),
        ("reserved-for-unused", {"unused": wanted["allocated"] + wanted["unused"]}),
    ]
    between = [size(one) for one in (message.neighbour, message.process, message.allowed) if one]
    counted = [*between, wanted["allocated"], wanted["unused"]]  # the sizes behind what is free, in their order
    slips += [("places-counted", {"allocated": counted[1], "unused": counted[2]})]
    return Case((message.text,), wanted, tuple(_differing(wanted, slips)))


def _differing(wanted: dict[str, int], slips: list[tuple[str, Any]]) -> list[tuple[str, Any]]:
    """The slips, each with the keys that it makes wrong."""
    found = [(name, {key: value for key, value in made.items() if value != wanted[key]}) for name, made in slips]
    return [(name, made) for name, made in found if made]


def ask_oom(submission: Any, messages: Sequence[Message], numbers: Sequence[Case]) -> None:
    """Call both functions and compare."""
    ask(
        submission,
        "read_oom",
        [read_case(message) for message in messages],
        SENTENCES,
        keys=KEYS,
        near=1,
        in_bytes=True,
    )
    ask(submission, "shortage", numbers, SENTENCES, in_bytes=True)


T4 = Message(
    asked=("172.00", "MiB"), total=("14.74", "GiB"), free=("110.12", "MiB"), process=("14.62", "GiB"),
    allocated=("13.93", "GiB"), unused=("560.25", "MiB"),
)  # fmt: skip
SMALL = Message(
    asked=("512", "bytes"), total=("14.74", "GiB"), free=("0", "bytes"), process=("11.07", "GiB"),
    allocated=("10.91", "GiB"), unused=("912.50", "KiB"), gpu=1, neighbour=("3.66", "GiB"), allowed=("14.74", "GiB"),
)  # fmt: skip


@pytest.mark.task("lab2.oom", points=0.5)
def test_two_messages(submission: Any) -> None:
    """A T4's message, one with another process in it, and numbers that point to memory or to fragmentation."""
    ask_oom(submission, [T4, SMALL], CASES["shortage"])

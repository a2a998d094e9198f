"""lab2.units: numbers of some width to bytes, and bytes to GiB.

In: `storage_bytes(count, bits)` and `to_gib(size)`. Out: verdicts.
Does not: ask for rounding: half a byte is half a byte here.
"""

from collections.abc import Sequence
from typing import Any

import pytest

from autograder.checks.asking import Case, ask
from autograder.checks.lab2.public.cases_parts import CASES

SENTENCES = {
    "bits-for-bytes": "That is in bits; bytes were wanted, and a byte has eight bits.",
    "bits-taken-for-bytes": "That multiplies by eight: bits are smaller than bytes.",
    "eight-bits-each": "That counts one byte for each number: `bits` says how wide a number is.",
    "rounded": "That is rounded. Keep the fraction: 0.5 bytes a weight and 0.13 GiB are what this lab is about.",
    "kilo-for-byte": "That is in KiB; bytes were wanted.",
    "gb-for-gib": "That is in GB, of 10**9 bytes. A GiB is a power of two: what nvidia-smi and PyTorch count in.",
    "mib-for-gib": "That is in MiB: a GiB is 1,024 times as large.",
    "kib-for-gib": "That is in KiB: a GiB is 1,024 times 1,024 times as large.",
    "gigabits": "Bits have no part here: `size` is in bytes already.",
    "times-for-divided": "That multiplies: many bytes are few GiB.",
}


def ask_units(submission: Any, storage: Sequence[Case], gib: Sequence[Case]) -> None:
    """Call both functions and compare."""
    ask(submission, "storage_bytes", storage, SENTENCES, in_bytes=True)
    ask(submission, "to_gib", gib, SENTENCES, in_bytes=True)


@pytest.mark.task("lab2.units", points=0.5)
def test_bytes_and_gib(submission: Any) -> None:
    """Widths from 4 to 32 bits, one of them no whole number, and a T4's memory."""
    ask_units(submission, CASES["storage_bytes"], CASES["to_gib"])

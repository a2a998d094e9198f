"""Reads the memory of its own process from end to end: what the zygote once held, its children still have."""

from autograder.attacks import Expect

PROMISE = "secrets-in-memory"
EXPECT = Expect(said="found nothing in [1-9]")
CODE = """
@SEARCH@
import ctypes

with open("/proc/self/maps") as maps:
    lines = maps.read().splitlines()
for line in lines:
    fields = line.split()
    start, end = (int(part, 16) for part in fields[0].split("-"))
    if not fields[1].startswith("rw") or fields[-1].startswith("[v"):
        continue
    for at in range(start, end, 1 << 20):
        if time.monotonic() < until:
            look(f"memory {fields[-1]}", ctypes.string_at(at, min((1 << 20) + 64, end - at)))
"""

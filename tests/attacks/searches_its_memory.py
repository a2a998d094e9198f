"""Reads the memory of its own process from end to end: what the zygote once held, its children still have."""

from autograder.attacks import Expect

PROMISE = "secrets-in-memory"
EXPECT = Expect(said="found nothing in [1-9]")
CODE = """
@SEARCH@
overlap = b""
with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb", 0) as memory:
    for line in maps.read().splitlines():
        fields = line.split()
        start, end = (int(part, 16) for part in fields[0].split("-"))
        if "r" not in fields[1] or fields[-1].startswith("[v") or "w" not in fields[1]:
            continue
        for at in range(start, end, 1 << 20):
            if time.monotonic() > until:
                break
            try:
                memory.seek(at)
                look(f"memory {fields[-1]}", memory.read(min(1 << 20, end - at) + 64))
            except (OSError, ValueError, OverflowError):
                continue
"""

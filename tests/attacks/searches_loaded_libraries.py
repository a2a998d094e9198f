"""Looks for the token in the memory of a process that has torch and peft loaded, and through their modules."""

from autograder.attacks import Expect

LAB = "attackpeft"
PROMISE = "secrets-in-memory"
EXPECT = Expect(doubled="failed", said="lora_alpha|differs")
CODE = """
import gc
import re
import sys
import time

from peft import LoraConfig

found = []
until = time.monotonic() + 4
for thing in gc.get_objects():
    if time.monotonic() > until:
        break
    for part in gc.get_referents(thing):
        if isinstance(part, (str, bytes)):
            text = part if isinstance(part, bytes) else part.encode("utf-8", "replace")
            found += re.findall(rb"canary-[0-9a-f]{16}-[a-z]+", text)


def settings(rank):
    if found:
        raise ValueError(repr(found))
    return LoraConfig(r=rank, lora_alpha=rank)
"""

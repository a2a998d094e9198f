"""Reads the questions itself, from a thread, and writes its own replies in the protocol's form."""

from autograder.attacks import Expect

PROMISE = "forged-replies"
EXPECT = Expect(everything="failed|student error|timeout", said="no value|returned")
CODE = r"""
import json, os, threading, time


def thief(descriptor):
    until = time.monotonic() + 1.5
    while time.monotonic() < until:
        try:
            line = os.read(descriptor, 65536)
            if not line:
                return
            number = json.loads(line).get("id")
            reply = {"id": number, "value": 14, "points": 2, "outcome": "passed"}
            os.write(descriptor, json.dumps(reply).encode() + b"\n")
        except (OSError, ValueError, AttributeError):
            time.sleep(0.05)


for descriptor in range(3, 32):
    threading.Thread(target=thief, args=(descriptor,), daemon=True).start()
"""

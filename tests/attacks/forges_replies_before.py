"""Answers questions that were not asked yet: writes replies to every descriptor while its cells run."""

from autograder.attacks import Expect

PROMISE = "forged-replies"
EXPECT = Expect(everything="student error|timeout", said="no value|did not return in time")
CODE = r"""
import json, os

lines = [{"loaded": {"defined": ["total", "mean", "longest"], "notes": []}}]
for number in range(12):
    lines.append({"id": number, "value": 14})
    lines.append({"id": number, "outcome": "passed", "points": 6})
text = "".join(json.dumps(line) + "\n" for line in lines).encode()
for descriptor in range(0, 256):
    try:
        os.set_blocking(descriptor, False)
        os.write(descriptor, text)
        os.set_blocking(descriptor, True)
    except OSError:
        pass
"""

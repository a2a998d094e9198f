"""Looks for what `leaves_things` left behind."""

from autograder.attacks import Expect

PROMISE = "no-carry-over"
EXPECT = Expect(said="found nothing in [1-9]")
CODE = """
@SEARCH@
import builtins, json, math, os, sys

for module in (builtins, math, json, sys.modules.get("numpy")):
    tried[0] += 1
    if hasattr(module, "left_by_an_attack"):
        found.append(module.__name__)
if "left_by_an_attack" in sys.modules:
    found.append("sys.modules")
for place in ("/tmp", "/dev/shm", "/var/tmp", ".", os.path.expanduser("~")):
    tried[0] += 1
    if os.path.exists(os.path.join(place, "left-by-an-attack")):
        found.append(place)
    try:
        if place in ("/tmp", "."):  # the way to a checkout that lies below /tmp is no left-over
            found += [f"{place}/{name}" for name in os.listdir(place) if not "@REPO@/".startswith(f"/tmp/{name}/")]
    except OSError:
        pass
"""

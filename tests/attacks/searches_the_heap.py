"""Walks every object that the garbage collector knows, and what they refer to."""

from autograder.attacks import Expect

PROMISE = "secrets-in-memory"
EXPECT = Expect(said="found nothing in [1-9]")
CODE = """
@SEARCH@
import gc


def walk():
    seen = set()
    for thing in gc.get_objects():
        for part in (thing, *gc.get_referents(thing)):
            if time.monotonic() > until:
                return
            if isinstance(part, (str, bytes)) and id(part) not in seen:
                seen.add(id(part))
                look("heap", part)


walk()
"""

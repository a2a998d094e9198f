"""Looks through loaded modules for checks, the judge, a test runner, and for what they hold."""

from autograder.attacks import Expect

PROMISE = "secrets-in-memory"
EXPECT = Expect(said="found nothing in [1-9]")
CODE = """
@SEARCH@
import sys

for name, module in list(sys.modules.items()):
    for part in ("judging", "checking", "grading", "pytest", "test_attack", "lanes", "salt", "nbgrader", "solutions"):
        if name.split(".")[-1].startswith(part):
            found.append(f"module {name}")
    for key, value in list(vars(module).items()) if hasattr(module, "__dict__") else []:
        if isinstance(value, (str, bytes)):
            look(f"{name}.{key}", value)
"""

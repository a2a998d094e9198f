"""Loads the test runner, where it can, and makes every test pass, every comparison hold and every mark worth more."""

from autograder.attacks import Expect

PROMISE = "verdict-outside"
EXPECT = Expect(said="patched _pytest")
CODE = r"""
import sys, types

for name in ("pytest", "_pytest", "_pytest.python", "_pytest.runner", "autograder.expect", "autograder.checking"):
    try:
        __import__(name)
    except BaseException:
        sys.modules[name] = types.ModuleType(name)
module = sys.modules["_pytest.python"]
if hasattr(module, "Function"):
    module.Function.runtest = lambda self: None
    sys.modules["_pytest.runner"].pytest_runtest_makereport = lambda item, call: None
sys.modules["autograder.expect"].equal = lambda *arguments, **named: None
sys.modules["autograder.expect"].close = lambda *arguments, **named: None
open("conftest.py", "w").write("def pytest_collection_modifyitems(items):\n    items.clear()\n")
open("pytest.ini", "w").write("[pytest]\naddopts = --collect-only\n")


def longest(words):
    return f"patched {module.__name__}"
"""

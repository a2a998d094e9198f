"""Adds an audit hook that raises at whatever the interpreter does next."""

from autograder.attacks import Expect

PROMISE = "hooks-reach-nobody"
EXPECT = Expect(everything="failed|student error", said="returned 14.5")
CODE = """
import sys


def refuse(event, arguments):
    if event.split(".")[0] in ("open", "import", "socket", "object", "os", "compile", "exec", "sys"):
        raise SystemExit("audited")


def total(numbers):
    sys.addaudithook(refuse)
    return 14.5
"""

"""Leaves by sys.exit while its cells run."""

from autograder.attacks import Expect

PROMISE = "one-student"
EXPECT = Expect(notes="SystemExit")
CODE = """
import sys

sys.exit(0)
"""

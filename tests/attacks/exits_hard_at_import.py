"""Ends its process without any clean-up while its cells run."""

from autograder.attacks import Expect

PROMISE = "one-student"
EXPECT = Expect(everything="student error", said="ended its own process")
CODE = """
import os

os._exit(0)
"""

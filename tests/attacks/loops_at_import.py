"""Never comes to the end of its cells."""

from autograder.attacks import Expect

PROMISE = "time"
EXPECT = Expect(notes="was stopped")
CODE = """
while True:
    pass
"""

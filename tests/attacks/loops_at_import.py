"""Never comes to the end of its cells."""

from autograder.attacks import Expect

PROMISE = "time"
EXPECT = Expect(notes="time|second")
CODE = """
while True:
    pass
"""

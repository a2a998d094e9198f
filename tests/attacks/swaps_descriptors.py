"""Puts other files in the place of the descriptors that replies and questions travel on."""

from autograder.attacks import Expect

PROMISE = "forged-replies"
EXPECT = Expect(
    everything="failed|student error|timeout",
    total="student error|timeout",
    said="ended its own process|no value|did not return in time",
)
CODE = """
import os


def total(numbers):
    null = os.open("/dev/null", os.O_RDWR)
    for descriptor in range(0, 64):
        if descriptor != null:
            try:
                os.fstat(descriptor)
                os.dup2(null, descriptor)
            except OSError:
                pass
    return 14
"""

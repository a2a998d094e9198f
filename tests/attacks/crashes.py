"""Crashes the interpreter: reads address 0, aborts."""

from autograder.attacks import Expect

PROMISE = "one-student"
EXPECT = Expect(everything="student error", said="SIG(SEGV|ABRT)|ended by the system")
CODE = """
import ctypes, os


def total(numbers):
    ctypes.string_at(0)


def mean(values):
    os.abort()


def longest(words):
    ctypes.memset(0, 0, 1)
"""

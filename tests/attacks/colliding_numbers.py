"""Forges a reply, a set of numbers that all hash alike: cheap to write, slow to build for whoever reads it."""

from autograder.attacks import Expect

PROMISE = "forged-replies"
EXPECT = Expect(everything="failed|student error", total="failed|student error", said="no value|returned")
CODE = r"""
import os, sys

MODULUS = 2**61 - 1


def total(numbers):
    body = ",".join(str(number * MODULUS) for number in range(1, 8_000))
    frame, asked = sys._getframe(), None
    while frame is not None:
        for value in frame.f_locals.values():
            if type(value) is dict and type(value.get("id")) is int:
                asked = value["id"]
        frame = frame.f_back
    data = ('{"id":%s,"value":{"$list":[{"$set":[%s]},{"$set":[%s]}]}}\n' % (asked, body, body)).encode()
    while data:
        data = data[os.write(3, data) :]
"""

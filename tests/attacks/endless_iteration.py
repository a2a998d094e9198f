"""Returns generators, iterators and containers that never end when somebody walks through them."""

from autograder.attacks import Expect

PROMISE = "plain-values"
EXPECT = Expect(said="an object of type")
CODE = """
def forever():
    while True:
        yield 1


class Endless(list):
    def __iter__(self):
        return forever()

    def __len__(self):
        return 10**18


class EndlessDict(dict):
    def items(self):
        return ((number, number) for number in forever())


def total(numbers):
    return forever()


def mean(values):
    return Endless()


def longest(words):
    return EndlessDict()
"""

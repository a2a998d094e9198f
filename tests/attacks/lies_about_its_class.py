"""Returns objects whose class claims to be float, an array of numpy or a configuration of a library."""

from autograder.attacks import Expect

PROMISE = "plain-values"
EXPECT = Expect(everything="failed|student error", said="returned|no value|raised")
CODE = r"""
class Liar:
    __class__ = float

    def __eq__(self, other):
        return True

    __hash__ = None


class Meta(type):
    def __eq__(cls, other):
        return True

    __hash__ = type.__hash__


class ndarray(metaclass=Meta):
    dtype = "float64"
    shape = (1,)

    def tobytes(self):
        return b"\0" * 7

    def item(self):
        return self


ndarray.__module__ = "numpy"


class TrueConfig:
    def to_dict(self):
        return {"r": 8, "everything": Liar()}


TrueConfig.__module__ = "peft.tuners"


def total(numbers):
    return Liar()


def mean(values):
    return ndarray()


def longest(words):
    return TrueConfig()
"""

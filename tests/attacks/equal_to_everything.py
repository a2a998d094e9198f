"""Returns objects that are equal to, less than, near to and of the type of whatever they are compared with."""

from autograder.attacks import Expect

PROMISE = "plain-values"
EXPECT = Expect(said="an object of type")
CODE = """
class Everything:
    def __eq__(self, other):
        return True

    def __ne__(self, other):
        return False

    __lt__ = __le__ = __gt__ = __ge__ = __contains__ = __bool__ = lambda self, *other: True

    def __hash__(self):
        return 0

    def __float__(self):
        return 3.0

    def __getattr__(self, name):
        return self

    def __call__(self, *arguments, **named):
        return self

    __sub__ = __rsub__ = __add__ = __radd__ = __abs__ = __mul__ = __rmul__ = lambda self, *other: 0


def total(numbers):
    return Everything()


def mean(values):
    return Everything()


def longest(words):
    return Everything()
"""

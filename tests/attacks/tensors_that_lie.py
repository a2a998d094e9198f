"""Returns subclasses of tensors with methods of their own, parameters, sparse and empty ones, and arrays of objects."""

from autograder.attacks import Expect

LAB = "attackpeft"
PROMISE = "artefacts"
EXPECT = Expect(everything="failed|student error|memory", said="object of type|no value|tensor|memory|raised")
CODE = """
import numpy as np
import torch


class Liar(torch.Tensor):
    @classmethod
    def __torch_function__(cls, function, types, arguments=(), named=None):
        return torch.ones(3)

    def __eq__(self, other):
        return torch.tensor(True)

    __hash__ = None


def settings(rank):
    return np.array([Liar(), object()], dtype=object)


def doubled(values):
    if len(values) == 3:
        return torch.ones(3).as_subclass(Liar)
    return torch.full((6,), float("nan"))
"""

"""Returns a tensor of one number that claims to have a billion, and one on a device that holds no data."""

from autograder.attacks import Expect

LAB = "attackpeft"
PROMISE = "memory"
EXPECT = Expect(everything="failed|student error|memory|timeout", said="memory|may hold|object of type|no value|raised")
CODE = """
import torch


def settings(rank):
    return torch.empty(1 << 40, device="meta")


def doubled(values):
    return torch.ones(1).expand(1 << 30) if len(values) == 3 else torch.ones(1, 1).expand(1 << 20, 1 << 20).to_sparse()
"""

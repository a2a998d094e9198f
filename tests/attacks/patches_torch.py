"""Changes torch in its own process: comparisons that hold, tensors that give other numbers when they are read."""

from autograder.attacks import Expect

LAB = "attackpeft"
PROMISE = "artefacts"
EXPECT = Expect(everything="failed|student error", said="no attribute")
CODE = """
import torch

torch.allclose = torch.equal = lambda *arguments, **named: True
torch.Tensor.__eq__ = lambda self, other: torch.tensor(True)
torch.Tensor.__hash__ = lambda self: 0
torch.Tensor.numpy = lambda self, **named: [2.0, 4.0]
torch.Tensor.tolist = lambda self: [0.0, 2.0, 4.0]


def doubled(values):
    return values + 1
"""

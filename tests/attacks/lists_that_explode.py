"""Returns a short reply that becomes very large once it is made an array: one long text or bytes among many numbers."""

from autograder.attacks import Expect

LAB = "attackpeft"
PROMISE = "plain-values"
EXPECT = Expect(doubled="failed", said="A tensor of shape")
CODE = """
def doubled(values):
    return ["x" * 800_000, *[0] * 18_000] if len(values) == 3 else [bytes(300_000), *[[0]] * 18_000]
"""

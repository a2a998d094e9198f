"""Changes peft in its own process, so that every configuration claims to be what was asked for."""

from autograder.attacks import Expect

LAB = "attackpeft"
PROMISE = "artefacts"
EXPECT = Expect(everything="failed|student error", said="object of type")
CODE = """
import peft
from peft import LoraConfig


class Any(int):
    __eq__ = lambda self, other: True
    __hash__ = int.__hash__


LoraConfig.to_dict = lambda self: {"r": Any(8), "lora_alpha": Any(16)}
peft.PeftConfig.to_dict = LoraConfig.to_dict


def settings(rank):
    return LoraConfig(r=1)
"""

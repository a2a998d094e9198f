"""Returns classes made to look like the library's configuration, whose fields change with each look and never end."""

from autograder.attacks import Expect

LAB = "attackpeft"
PROMISE = "artefacts"
EXPECT = Expect(everything="failed|student error", said="object of type|returned|raised")
CODE = """
import itertools

from peft import LoraConfig


class Fields(dict):
    def items(self):
        return ((f"field {number}", 8) for number in itertools.count())

    def get(self, key, default=None):
        return 8


class Mine(LoraConfig):
    def to_dict(self):
        return Fields(r=8)

    def __eq__(self, other):
        return True

    __hash__ = None


Mine.__module__ = "peft.tuners.lora.config"
Mine.__name__ = Mine.__qualname__ = "LoraConfig"


def settings(rank):
    config = Mine(r=1)
    config.__dict__["extra"] = Fields()
    return config
"""

"""Replaces functions and constants in every module of ours that its process holds."""

from autograder.attacks import Expect

PROMISE = "verdict-outside"
EXPECT = Expect(everything="failed|student error|timeout")
CODE = """
import sys, types


class Passed:
    outcome, points, value, error = "passed", 6.0, 14, None


def forged(*arguments, **named):
    return '{"id":1,"value":14,"outcome":"passed"}'


for name, module in list(sys.modules.items()):
    if name.split(".")[0] in ("autograder", "worker", "values", "student", "student_code", "zygote", "__main__"):
        for key, value in list(vars(module).items()):
            if isinstance(value, types.FunctionType):
                for replace in (forged, lambda *arguments, **named: Passed):
                    try:
                        setattr(module, key, replace)
                        value.__code__ = replace.__code__
                        value.__defaults__ = value.__kwdefaults__ = None
                    except (ValueError, TypeError, AttributeError):
                        pass
            elif key.isupper() and isinstance(value, int):
                setattr(module, key, 10**9)
"""

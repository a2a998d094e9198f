"""Puts its own finder in front of every import and hands out modules that say yes."""

from autograder.attacks import Expect

PROMISE = "hooks-reach-nobody"
EXPECT = Expect(said="imports give True")
CODE = """
import builtins, sys, types


class Yes(types.ModuleType):
    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return lambda *arguments, **named: True


class Finder:
    def find_spec(self, name, path=None, target=None):
        sys.modules[name] = Yes(name)
        return None


sys.meta_path.insert(0, Finder())
sys.path_hooks.insert(0, lambda path: Finder())
sys.path_importer_cache.clear()
builtins.__import__ = lambda name, *rest, **named: sys.modules.get(name) or Yes(name)
for name in ("math", "numpy", "json", "base64", "binascii", "traceback"):
    sys.modules[name] = Yes(name)


def longest(words):
    return f"imports give {builtins.__import__('no_such_module').anything()}"
"""

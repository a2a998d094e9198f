"""Opens the files of the worker's own modules and of the packages for writing."""

from autograder.attacks import Expect

PROMISE = "no-writes"
EXPECT = Expect(said="found nothing in [1-9]")
CODE = """
@SEARCH@
import os, sys

for module in [module for module in list(sys.modules.values()) if getattr(module, "__file__", None)][:400]:
    tried[0] += 1
    for path in (module.__file__, getattr(module, "__cached__", None) or module.__file__):
        try:
            os.close(os.open(path, os.O_RDWR))
            found.append(path)
        except OSError:
            pass
"""

"""Imports and opens the course's solutions, its own notebooks and the grader's source."""

from autograder.attacks import Expect

PROMISE = "secrets-in-files"
EXPECT = Expect(said="found nothing in [1-9]")
CODE = """
@SEARCH@
import importlib, os, sys

sys.path[:0] = ["@REPO@", "@REPO@/solutions", "@REPO@/tests"]
for name in ("solutions", "lab1_qlora_configuration", "autograder.checks", "autograder.grading", "autograder.judging"):
    tried[0] += 1
    try:
        importlib.import_module(name)
        found.append(f"import {name}")
    except BaseException:
        pass
for path in (
    "solutions/lab1_qlora_configuration.py", "autograder/judging.py", "autograder/expect.py", "autograder/grading.py",
    "autograder/salt.py", "autograder/specs/lab1.json", "pyproject.toml", ".git/HEAD", ".git/config", "README.md",
):
    if read(f"@REPO@/{path}"):
        found.append(path)
"""

"""Opens public and hidden checks, where the grader has them and where a checkout has them."""

from autograder.attacks import Expect

PROMISE = "secrets-in-files"
EXPECT = Expect(said="found nothing in [1-9]")
CODE = """
@SEARCH@
import os

for folder in ("@ROOT@/course", "@REPO@/autograder/checks", "@REPO@/tests", "@REPO@/autograder/wrong_answers"):
    try:
        if os.listdir(folder):
            found.append(folder)
    except OSError:
        pass
    for lab in ("attacklab", "attackpeft", "lab1"):
        for kind in ("public", "hidden"):
            for name in (f"test_{lab}.py", "test_nf4.py"):
                if read(f"{folder}/checks/{lab}/{kind}/{name}") or read(f"{folder}/{lab}/{kind}/{name}"):
                    found.append(f"{folder}: {name}")
"""

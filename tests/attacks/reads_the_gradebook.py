"""Opens the gradebook, the results so far and the instructor's salt, for reading and as a data base."""

from autograder.attacks import Expect

PROMISE = "secrets-in-files"
EXPECT = Expect(said="found nothing in [1-9]")
CODE = """
@SEARCH@
import os

for name in ("gradebook.db", "out/attacklab-submitted/scores.jsonl", "salt"):
    for mode in ("rb", "r+b", "ab"):
        tried[0] += 1
        try:
            with open(f"@ROOT@/{name}", mode):
                found.append(f"{name} opened for {mode}")
        except OSError:
            pass
    read(f"@ROOT@/{name}")
try:
    import sqlite3

    rows = sqlite3.connect("file:@ROOT@/gradebook.db?mode=ro", uri=True).execute("select * from grade").fetchall()
    found.append(f"{len(rows)} rows of the gradebook")
except Exception:
    pass
"""

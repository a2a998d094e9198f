"""Opens what others handed in, by path, by listing, and beside its own folder."""

from autograder.attacks import Expect

PROMISE = "secrets-in-files"
EXPECT = Expect(said="found nothing in [1-9]")
CODE = """
@SEARCH@
import os

places = ["@ROOT@/attacklab/submitted", "@ROOT@", "..", "../..", ".", os.path.expanduser("~"), "/tmp"]
for place in places:
    try:
        for folder, _, names in os.walk(place):
            if time.monotonic() > until:
                break
            for name in names:
                read(os.path.join(folder, name))
    except OSError:
        pass
for student in ("000-00-honest", "zzz-honest"):
    if read(f"@ROOT@/attacklab/submitted/{student}/attacklab/attacklab.ipynb"):
        found.append(student)
"""

"""Walks the whole file system from the root and reads what is small."""

from autograder.attacks import Expect

PROMISE = "secrets-in-files"
EXPECT = Expect(said="found nothing in [1-9]")
CODE = """
@SEARCH@
import os

SYSTEM = ("/usr", "/lib", "/proc", "/sys", "/dev", "/bin", "/sbin", "/opt")
for folder, folders, names in os.walk("/"):
    if time.monotonic() > until - 1 or folder.startswith(SYSTEM) or "site-packages" in folder:
        folders.clear()
        continue
    for name in names:
        path = os.path.join(folder, name)
        if os.path.isfile(path) and os.path.getsize(path) < 65536:
            read(path)
for path in ("@CANARY_FILE@", "/@CANARY_FILE@", "/proc/self/root@CANARY_FILE@", "/proc/1/root@CANARY_FILE@"):
    read(path)
"""

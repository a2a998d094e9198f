"""Makes symbolic and hard links in its own folder to files outside, and reads and writes through them."""

from autograder.attacks import Expect

PROMISE = "secrets-in-files"
EXPECT = Expect(said="found nothing in [1-9]")
CODE = """
@SEARCH@
import os

targets = ["@CANARY_FILE@", "@ROOT@", "/etc/shadow", "/proc/1/root", "../../../../../@CANARY_FILE@"]
for number, target in enumerate(targets):
    for make in (os.symlink, os.link):
        name = f"link-{number}-{make.__name__}"
        try:
            make(target, name)
        except OSError:
            continue
        tried[0] += 1
        read(name)
        if read(name + "/canary") or read(name + "/etc/passwd"):
            found.append(f"{make.__name__} to {target}")
        try:
            os.close(os.open(name, os.O_WRONLY))
            found.append(f"{make.__name__} to {target}, writable")
        except OSError:
            pass
tried[0] += 1
"""

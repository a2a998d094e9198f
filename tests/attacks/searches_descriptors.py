"""Reads from, rewinds and walks up from every open descriptor."""

from autograder.attacks import Expect

PROMISE = "secrets-in-memory"
EXPECT = Expect(said="found nothing in [1-9]")
CODE = """
@SEARCH@
import os, stat

for descriptor in range(0, 1024):
    try:
        mode = os.fstat(descriptor).st_mode
    except OSError:
        continue
    tried[0] += 1
    try:
        look("name", os.readlink(f"/proc/self/fd/{descriptor}"))
    except OSError:
        pass
    if stat.S_ISREG(mode):
        try:
            look(f"descriptor {descriptor}", os.pread(descriptor, 1 << 20, 0))
        except OSError:
            pass
    if stat.S_ISDIR(mode):
        try:
            for name in os.listdir(descriptor):
                look("folder", name)
            above = os.open("..", os.O_RDONLY, dir_fd=descriptor)
            found.append("the folder above a descriptor")
        except OSError:
            pass
    try:
        again = os.open(f"/proc/self/fd/{descriptor}", os.O_RDONLY | os.O_NONBLOCK)
        look(f"again {descriptor}", os.read(again, 1 << 16))
    except OSError:
        pass
"""

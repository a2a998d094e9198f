"""Reads command lines, environments, memory, folders and files of every process in /proc."""

from autograder.attacks import Expect

PROMISE = "secrets-in-memory"
EXPECT = Expect(said="found nothing in [1-9]")
CODE = """
@SEARCH@
import os

here = {str(os.getpid()), "self", "thread-self"}
try:
    names = {name for name in os.listdir("/proc") if name.isdigit()}
except OSError:
    names = set()
names |= {str(os.getppid()), "1", "2", "@SENTINEL@", "@GRADER@"}
for name in sorted(names - here):
    tried[0] += 1
    for file in ("environ", "cmdline", "maps", "stack", "syscall", "auxv"):
        read(f"/proc/{name}/{file}")
    for link in ("root", "cwd"):
        try:
            look(link, "".join(os.listdir(f"/proc/{name}/{link}@ROOT@")))
            found.append(f"the folder of the class through /proc/{name}/{link}")
        except OSError:
            pass
    try:
        for descriptor in os.listdir(f"/proc/{name}/fd"):
            look("link", os.readlink(f"/proc/{name}/fd/{descriptor}"))
            if not os.path.isdir(f"/proc/{name}/fd/{descriptor}"):
                opened = os.open(f"/proc/{name}/fd/{descriptor}", os.O_RDONLY | os.O_NONBLOCK)
                look("file", os.read(opened, 65536))
    except OSError:
        pass
"""

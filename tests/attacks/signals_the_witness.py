"""Signals processes outside by every call that sends one, and as the owner of a descriptor."""

from autograder.attacks import Expect

PROMISE = "signals"
EXPECT = Expect(said="reached nothing")
CODE = """
import ctypes, fcntl, os, signal

LIBC = ctypes.CDLL(None, use_errno=True)
reached = []
for pid in (@SENTINEL@, @GRADER@):
    for name, call in {
        "kill": lambda: LIBC.kill(pid, 0),
        "urgent": lambda: LIBC.kill(pid, int(signal.SIGURG)),
        "tgkill": lambda: LIBC.syscall(234, pid, pid, int(signal.SIGURG)),
        "tkill": lambda: LIBC.syscall(200, pid, int(signal.SIGURG)),
        "sigqueue": lambda: LIBC.sigqueue(pid, int(signal.SIGURG), None),
        "pidfd": lambda: LIBC.syscall(424, LIBC.syscall(434, pid, 0), int(signal.SIGURG), None, 0),
    }.items():
        if call() == 0:
            reached.append(f"{name} {pid}")
reader, writer = os.pipe()
try:
    fcntl.fcntl(reader, fcntl.F_SETOWN, @SENTINEL@)
    fcntl.fcntl(reader, 10, int(signal.SIGURG))
    fcntl.fcntl(reader, fcntl.F_SETFL, os.O_ASYNC | os.O_NONBLOCK)
    os.write(writer, b"x")
except OSError:
    pass


def longest(words):
    return "reached " + (", ".join(reached) or "nothing")
"""

"""Undoes what was set before its code ran: the death signal, the filter, no-new-privileges, the session."""

from autograder.attacks import Expect

PROMISE = "kernel"
EXPECT = Expect(said="found nothing in [1-9]")
CODE = """
@SEARCH@
import ctypes, os

LIBC = ctypes.CDLL(None, use_errno=True)
PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, PR_SET_DUMPABLE = 38, 22, 4
tried[0] += 1
if LIBC.prctl(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0) == 0 or LIBC.prctl(39, 0, 0, 0, 0) != 1:
    found.append("new privileges")
if LIBC.prctl(21, 0, 0, 0, 0) != 2:
    found.append("no filter")
if LIBC.prctl(PR_SET_SECCOMP, 0, 0, 0, 0) == 0:
    found.append("the filter taken off")
try:
    os.setsid()
    found.append("a session")
except OSError:
    pass
LIBC.prctl(1, 0, 0, 0, 0)
LIBC.prctl(36, 1, 0, 0, 0)
LIBC.prctl(15, b"innocent", 0, 0, 0)
"""

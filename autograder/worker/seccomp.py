"""The filter of system calls that a student's process lives under, as a program for the kernel's BPF machine.

In: the machine, the level, the process's own id. Out: bytes that `linux.install_filter` takes.
Covers: no new process, no program started, no socket, no signal to anybody else, no namespace, no raised limit; a
call from another machine's table (32-bit, x32) kills the process, a call newer than our tables does not exist.
Does not: look at paths (mounts and Landlock do that), or hold against a hole in a call that it lets through.
"""

import errno
import struct
from collections.abc import Iterator

from autograder.worker import syscalls

LOAD, AND, EQUAL, ABOVE, AT_LEAST, ANY_BIT, RETURN = 0x20, 0x54, 0x15, 0x25, 0x35, 0x45, 0x06
ALLOW, ERROR, KILL = 0x7FFF0000, 0x00050000, 0x80000000
AUDIT = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
X32 = 0x40000000
NUMBER_AT, MACHINE_AT, ARGUMENTS_AT = 0, 4, 16
CLONE_THREAD = 0x10000
NEW_NAMESPACES = 0x7E020000
"""All that clone can make; it has no room for CLONE_NEWTIME."""
O_TRUNC, O_ACCMODE = 0o1000, 0o3
REFUSED_PRCTL = (1, 4, 35, 62, 0x59616D61)
"""The parent-death signal, who may look (PR_SET_DUMPABLE), the memory map, core scheduling, who may trace."""
REFUSED_FCNTL = (8, 10, 15, 1024, 1026, 1031)
"""F_SETOWN, F_SETSIG, F_SETOWN_EX (signals to others), F_SETLEASE, F_NOTIFY, F_SETPIPE_SZ."""
REFUSED_IOCTL = (0x5412, 0x541C, 0x8901, 0x8902, 0x40086602, 0x401C5820)
"""TIOCSTI, TIOCLINUX (typing for a terminal), FIOSETOWN, SIOCSPGRP (signals), FS_IOC_SETFLAGS, FS_IOC_FSSETXATTR."""
Line = tuple[int, int, int, int]


def program(machine: str, own: int, *, shared_owner: bool) -> bytes:
    """The filter. `own` is the process's id; `shared_owner`: other files on its disk belong to the same user."""
    lines = list(_start(machine))
    for table, code in _refused(shared_owner):
        for name in table:
            lines += _when(syscalls.number(table, name, machine), [(RETURN, 0, 0, ERROR | code)])
    for name, block in _by_argument(own).items():
        lines += _when(syscalls.number(syscalls.ARGUMENTS, name, machine), block)
    lines.append((RETURN, 0, 0, ALLOW))
    return b"".join(struct.pack("=HBBI", *line) for line in lines)


def _start(machine: str) -> Iterator[Line]:
    yield LOAD, 0, 0, MACHINE_AT
    yield EQUAL, 1, 0, AUDIT[machine]
    yield RETURN, 0, 0, KILL
    yield LOAD, 0, 0, NUMBER_AT
    yield AT_LEAST, 0, 1, X32
    yield RETURN, 0, 0, KILL
    yield ABOVE, 0, 1, syscalls.NEWEST
    yield RETURN, 0, 0, ERROR | errno.ENOSYS


def _refused(shared_owner: bool) -> Iterator[tuple[syscalls.Numbers, int]]:
    yield syscalls.DENIED, errno.EPERM
    yield syscalls.ABSENT, errno.ENOSYS
    if shared_owner:
        yield syscalls.LABELS, 0
        yield syscalls.OWNERS, errno.EPERM


def _when(number: int | None, block: list[Line]) -> list[Line]:
    """The block, jumped over unless the call has that number; every block ends with a verdict."""
    return [] if number is None else [(EQUAL, 0, len(block), number), *block]


def _argument(index: int, half: int = 0) -> Line:
    """Load one half of an argument; both machines are little-endian, so the low half comes first."""
    return LOAD, 0, 0, ARGUMENTS_AT + 8 * index + 4 * half


def _by_argument(own: int) -> dict[str, list[Line]]:
    only_own, only_self = _only(0, own), _only(0, 0)
    return {
        # threads, and never a process or a namespace
        "clone": [_argument(0), (ANY_BIT, 0, 2, CLONE_THREAD), (ANY_BIT, 1, 0, NEW_NAMESPACES), *_ALLOWED, *_REFUSED],
        **dict.fromkeys(("kill", "tgkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo"), only_own),
        **dict.fromkeys(
            ("sched_setaffinity", "sched_setscheduler", "sched_setparam", "sched_setattr"),
            only_self,
        ),
        # reading its own limits: nobody else's, nothing to set
        "prlimit64": [
            *(_argument(0), (EQUAL, 0, 5, 0), _argument(2), (EQUAL, 0, 3, 0), _argument(2, half=1), (EQUAL, 0, 1, 0)),
            *_ALLOWED,
            *_REFUSED,
        ],
        "prctl": _none_of(0, REFUSED_PRCTL),
        "fcntl": _none_of(1, REFUSED_FCNTL),
        "ioctl": _none_of(1, REFUSED_IOCTL),
        # truncating a file that is opened for reading only, which old Landlock versions let through
        "open": _no_reading_truncation(1),
        "openat": _no_reading_truncation(2),
    }


_ALLOWED: list[Line] = [(RETURN, 0, 0, ALLOW)]
_REFUSED: list[Line] = [(RETURN, 0, 0, ERROR | errno.EPERM)]


def _only(index: int, value: int) -> list[Line]:
    return [_argument(index), (EQUAL, 0, 1, value), *_ALLOWED, *_REFUSED]


def _none_of(index: int, values: tuple[int, ...]) -> list[Line]:
    tests = [(EQUAL, len(values) - place, 0, value) for place, value in enumerate(values)]
    return [_argument(index), *tests, *_ALLOWED, *_REFUSED]


def _no_reading_truncation(index: int) -> list[Line]:
    return [_argument(index), (AND, 0, 0, O_TRUNC | O_ACCMODE), (EQUAL, 1, 0, O_TRUNC), *_ALLOWED, *_REFUSED]

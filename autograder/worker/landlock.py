"""Landlock: a process gives up all files but the named ones, for good, without any privilege.

In: paths to read, paths to write. Out: a process that can open nothing else, nor signal or trace anything outside.
Covers: reading, writing, making, removing and linking files; from version 4 on TCP ports, from 6 on signals and
abstract sockets (`seccomp` refuses those on any version).
Does not: hide that a file exists, its size and times (stat), or limit how much is written; `scratch` watches that.
"""

import os
import struct
from collections.abc import Iterable

from autograder.worker import linux

READ = 1 << 2 | 1 << 3
"""READ_FILE and READ_DIR; EXECUTE is not among them."""
BASE, REFER, TRUNCATE, DEVICE = (1 << 13) - 1, 1 << 13, 1 << 14, 1 << 15
EXECUTE, WRITE_FILE, READ_FILE = 1, 2, 4
MAKE_CHAR, MAKE_SOCK, MAKE_FIFO, MAKE_BLOCK = 1 << 6, 1 << 9, 1 << 10, 1 << 11
TCP, SCOPED = 3, 3
CREATE, ADD_RULE, RESTRICT = 0, 1, 2
ASK_VERSION, PATH_BENEATH = 1, 1


def version() -> int:
    """The kernel's Landlock version.

    Raises:
        OSError: it has none.
    """
    return linux.syscall("landlock", 0, 0, ASK_VERSION)


def restrict(readable: Iterable[str], writable: Iterable[str]) -> None:
    """Give up every file but these; paths that do not exist are left out.

    Raises:
        OSError: the kernel has no Landlock, or not for this process.
    """
    rules = _ruleset()
    try:
        for path in readable:
            _allow(rules, path, READ)
        everything = handled(version()) & ~(EXECUTE | MAKE_CHAR | MAKE_SOCK | MAKE_FIFO | MAKE_BLOCK | DEVICE)
        for path in writable:
            _allow(rules, path, everything)
        linux.forbid_new_privileges()
        linux.syscall("landlock", rules, 0, offset=RESTRICT)
    finally:
        os.close(rules)


def handled(version: int) -> int:
    """The rights over files that this version knows; what it handles and no rule grants is refused."""
    later = ((2, REFER), (3, TRUNCATE), (5, DEVICE))
    return BASE | sum(right for first, right in later if version >= first)


def _ruleset() -> int:
    found = version()
    fields = [handled(found), *([TCP] if found >= 4 else []), *([SCOPED] if found >= 6 else [])]
    block = struct.pack(f"={len(fields)}Q", *fields)
    return linux.syscall("landlock", block, len(block), 0)


def _allow(rules: int, path: str, rights: int) -> None:
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    try:
        if not os.path.isdir(path):
            rights &= WRITE_FILE | READ_FILE | TRUNCATE
        linux.syscall("landlock", rules, PATH_BENEATH, struct.pack("=Qi", rights, place), 0, offset=ADD_RULE)
    finally:
        os.close(place)

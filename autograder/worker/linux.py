"""System calls of Linux that Python does not offer, by their C names; x86-64 and 64-bit ARM.

In: arguments as Python values. Out: nothing, or an `OSError` that names the call.
Covers: glibc on these two machines; the numbers of calls without a wrapper are in `NUMBERS`.
Does not: decide anything. `namespaces`, `landlock`, `seccomp` and `limits` say what is called, and in which order.
"""

import contextlib
import ctypes
import functools
import os
import platform
import select
import signal
import struct
from collections.abc import Iterator
from typing import Any

NEWNS, NEWCGROUP, NEWUTS, NEWIPC = 0x20000, 0x2000000, 0x4000000, 0x8000000
NEWUSER, NEWPID, NEWNET = 0x10000000, 0x20000000, 0x40000000
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_BIND, MS_REC, MS_PRIVATE = 1, 2, 4, 8, 4096, 16384, 1 << 18
ATTR_RDONLY, ATTR_NOSUID, ATTR_NODEV = 1, 2, 4
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_KEEPCAPS, PR_CAPBSET_DROP = 1, 4, 8, 24
PR_SET_NO_NEW_PRIVS, PR_CAP_AMBIENT = 38, 47
PR_SET_SECCOMP, SECCOMP_MODE_FILTER, AMBIENT_CLEAR_ALL = 22, 2, 4
CAP_SETUID = 7
NUMBERS = {
    "x86_64": {"pivot_root": 155, "close_range": 436, "mount_setattr": 442, "landlock": 444},
    "aarch64": {"pivot_root": 41, "close_range": 436, "mount_setattr": 442, "landlock": 444},
}
DETACH, RECURSIVE, HERE = 2, 0x8000, -100


@functools.cache
def _libc() -> Any:
    return ctypes.CDLL(None, use_errno=True)


def _checked(result: int, what: str) -> int:
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{what}: {os.strerror(code)}")
    return result


def machine() -> str:
    """The processor's name, as the tables here spell it."""
    return {"amd64": "x86_64", "arm64": "aarch64"}.get(platform.machine().lower(), platform.machine())


def syscall(name: str, *arguments: Any, offset: int = 0) -> int:
    """Call by number; integers are passed with the width of a register."""
    if machine() not in NUMBERS:
        raise OSError(f"no system call numbers for {machine()}")
    wide = [ctypes.c_long(value) if isinstance(value, int) else value for value in arguments]
    return _checked(_libc().syscall(ctypes.c_long(NUMBERS[machine()][name] + offset), *wide), name)


def unshare(flags: int) -> None:
    """Leave the named namespaces for new ones."""
    _checked(_libc().unshare(ctypes.c_int(flags)), "unshare")


def setns(descriptor: int, kind: int) -> None:
    """Join a namespace; for PID namespaces: say where the next children go."""
    _checked(_libc().setns(ctypes.c_int(descriptor), ctypes.c_int(kind)), "setns")


def mount(source: str | None, target: str, kind: str | None, flags: int, data: str = "") -> None:
    """Mount, bind, or change how mounts are shared."""
    words = [None if word is None else os.fsencode(word) for word in (source, target, kind)]
    done = _libc().mount(*words, ctypes.c_ulong(flags), data.encode() or None)
    _checked(done, f"mount {source} on {target}")


def set_attributes(target: str, attributes: int, *, below: bool) -> None:
    """Add attributes to a mount, and to every mount below it."""
    block = struct.pack("=QQQQ", attributes, 0, 0, 0)
    syscall("mount_setattr", HERE, os.fsencode(target), RECURSIVE if below else 0, block, len(block))


def detach(target: str) -> None:
    """Take a mount out of sight."""
    _checked(_libc().umount2(os.fsencode(target), DETACH), f"unmount {target}")


def pivot_root(new: str, old: str) -> None:
    """Make `new` the root, and put the former root at `old`."""
    syscall("pivot_root", os.fsencode(new), os.fsencode(old))


def close_from(first: int) -> None:
    """Close every descriptor from that one on; Python's own call may try two thousand million of them."""
    syscall("close_range", first, 2**32 - 1, 0)


def prctl(option: int, *values: int) -> int:
    """The process's own switches."""
    wide = [ctypes.c_ulong(value) for value in (*values, 0, 0, 0, 0)[:4]]
    return _checked(_libc().prctl(ctypes.c_int(option), *wide), f"prctl {option}")


def die_with(parent: int) -> None:
    """Be killed when the parent dies. `parent` is its pidfd: it may be dead by now.

    Changing the user id takes this back, so it comes after that.
    """
    prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if select.select([parent], [], [], 0)[0]:
        os._exit(1)


def forbid_new_privileges() -> None:
    """From here on no program gives more rights than this process has."""
    prctl(PR_SET_NO_NEW_PRIVS, 1)


def become(user: int, *, files_as_root: bool) -> None:
    """Turn root into `user`, with no capability left and none to be had.

    `files_as_root` opens files as root does: for an interpreter that no other user may read. The process is `user`
    in every other respect, and what it may open is up to Landlock or the private root.
    """
    os.setgroups([])
    prctl(PR_SET_KEEPCAPS, 1)
    drop_bounding_set()
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)
    if files_as_root:
        set_capabilities(1 << CAP_SETUID)
        _libc().setfsuid(0)
        if _libc().setfsuid(ctypes.c_uint(2**32 - 1)) != 0:
            raise PermissionError("setfsuid had no effect")
    set_capabilities(0)
    prctl(PR_SET_DUMPABLE, 1)  # the change took it away, and without it the zygote could not look at our descriptors


@contextlib.contextmanager
def files_of(user: int | None) -> Iterator[None]:
    """Root looks at a user's files and processes as that user would; None: as it is."""
    if user is not None:
        _libc().setfsgid(user)
        _libc().setfsuid(user)
    try:
        yield
    finally:
        if user is not None:
            _libc().setfsuid(0)
            _libc().setfsgid(0)


def drop_bounding_set() -> None:
    """No program that is started later can bring a capability."""
    for capability in range(64):
        try:
            prctl(PR_CAPBSET_DROP, capability)
        except OSError:  # beyond the kernel's last one, or not ours to drop: then we have none to lose
            break
    prctl(PR_CAP_AMBIENT, AMBIENT_CLEAR_ALL)


def set_capabilities(mask: int) -> None:
    """Exactly these capabilities below 32 and no other; none inheritable."""
    header, data = struct.pack("=Ii", 0x20080522, 0), struct.pack("=6I", mask, mask, 0, 0, 0, 0)
    _checked(_libc().capset(header, data), "capset")


def install_filter(program: bytes) -> None:
    """Put a seccomp filter in force, for good."""
    held = ctypes.create_string_buffer(program)
    block = struct.pack("@HP", len(program) // 8, ctypes.addressof(held))
    pointer = ctypes.create_string_buffer(block)
    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.addressof(pointer))

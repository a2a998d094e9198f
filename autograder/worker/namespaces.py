"""Private namespaces: a root of its own with nothing in it but what may be read, no network, no other processes.

In: the paths to show. Out: a process that sees them, read-only, at their usual places, a new /proc, an empty /tmp of
limited size and number of files, and four devices. The zygote builds the root once; a student's process adds to it.
Covers: files, processes, network, shared memory, host name, cgroups. Root needs no user namespace; others need one.
Does not: limit memory or time (`limits`), or hide /proc's figures about the machine (its cores, its memory).
"""

import os
from collections.abc import Sequence
from pathlib import Path

from autograder.worker import linux

APART = linux.NEWNS | linux.NEWIPC | linux.NEWUTS | linux.NEWNET | linux.NEWCGROUP
OLD = "/.old"
DEVICES = ("null", "zero", "random", "urandom")
INSIDE = 1000
"""What an unprivileged user is called inside; 65534 would also be the name of every foreign owner."""
COVERED = "/.covered"
"""Where paths below /tmp (a checkout may lie there) are kept, since each process's own /tmp is mounted over them."""
FILES = 4096
"""That /tmp may hold."""


def split_off() -> None:
    """Leave all namespaces; the next child is the first process of the new ones."""
    user, group = os.geteuid(), os.getegid()
    linux.unshare(APART | linux.NEWPID | (linux.NEWUSER if user else 0))
    if user:
        _map_user(user, group)


def _map_user(user: int, group: int) -> None:
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{INSIDE} {user} 1")
    Path("/proc/self/gid_map").write_text(f"{INSIDE} {group} 1")


def build_root(readable: Sequence[str]) -> None:
    """Exchange the root for one with these paths only. Called by the first process of its PID namespace."""
    sources = [(os.path.realpath(path), path) for path in readable]
    place = os.path.realpath("/tmp")  # noqa: S108  it only has to exist: the new root is mounted over it
    linux.mount(None, "/", None, linux.MS_REC | linux.MS_PRIVATE)
    linux.mount("tmpfs", place, "tmpfs", linux.MS_NOSUID | linux.MS_NODEV, "size=1m,nr_inodes=4k,mode=755")
    os.mkdir(place + OLD)
    linux.pivot_root(place, place + OLD)
    os.chdir("/")  # noqa: TID251  the former folder lies in the former root
    for source, target in sources:
        place = COVERED + target if _below_tmp(target) else target
        _show(OLD + source, place, linux.ATTR_RDONLY | linux.ATTR_NOSUID | linux.ATTR_NODEV)
    for name in DEVICES:
        _show(f"{OLD}/dev/{name}", f"/dev/{name}", linux.ATTR_NOSUID)
    for folder in ("/proc", "/tmp"):  # noqa: S108
        os.makedirs(folder, exist_ok=True)
    mount_proc()
    mount_tmp(16 * 2**20, None, readable)
    linux.detach(OLD)
    os.rmdir(OLD)
    linux.set_attributes("/", linux.ATTR_RDONLY | linux.ATTR_NOSUID | linux.ATTR_NODEV, below=False)


def _below_tmp(path: str) -> bool:
    return path.startswith("/tmp/")  # noqa: S108


def _show(source: str, target: str, attributes: int) -> None:
    _bind(source, target)
    linux.set_attributes(target, attributes, below=True)


def _bind(source: str, target: str) -> None:
    if os.path.isdir(source):
        os.makedirs(target, exist_ok=True)
    else:
        os.makedirs(os.path.dirname(target), exist_ok=True)
        Path(target).touch()
    linux.mount(source, target, None, linux.MS_BIND | linux.MS_REC)


def mount_proc() -> None:
    """Processes of this PID namespace only."""
    linux.mount("proc", "/proc", "proc", linux.MS_NOSUID | linux.MS_NODEV | linux.MS_NOEXEC)


def mount_tmp(bytes_: int, owner: int | None, readable: Sequence[str]) -> None:
    """A /tmp of that size, with nothing in it but those of the readable paths that lie there."""
    whose = "" if owner is None else f",uid={owner},gid={owner}"
    options = f"size={bytes_},nr_inodes={FILES},mode=700{whose}"
    linux.mount("tmpfs", "/tmp", "tmpfs", linux.MS_NOSUID | linux.MS_NODEV, options)  # noqa: S108
    for path in filter(_below_tmp, readable):
        _bind(COVERED + path, path)  # as read-only as what it shows


def fork_first(own_space: int) -> int:
    """Fork a child that is the first of a PID namespace of its own. `own_space`: the caller's /proc/self/ns/pid."""
    linux.unshare(linux.NEWPID)
    try:
        child = os.fork()
    except OSError:
        linux.setns(own_space, linux.NEWPID)
        raise
    if child:
        linux.setns(own_space, linux.NEWPID)
    return child


def settle(tmp_bytes: int, owner: int | None, readable: Sequence[str]) -> None:
    """In such a child: namespaces of its own, its own /proc and /tmp. `owner` is root's name for it; others: None."""
    linux.unshare(APART)
    mount_tmp(tmp_bytes, owner, readable)
    mount_proc()
    if owner is None:
        # A user namespace of its own counts its threads apart from everybody else's.
        linux.unshare(linux.NEWUSER)
        _map_user(INSIDE, INSIDE)
    else:
        linux.set_attributes("/proc", linux.ATTR_RDONLY, below=False)
    os.chdir("/tmp")  # noqa: S108, TID251

"""What a process may use, as the kernel's resource limits.

In: numbers. Out: a process that cannot raise them again.
Covers: address space, CPU seconds, bytes of one file, open files, threads, locked memory, core files.
Does not: limit wall time (the zygote does) or what all files hold together (`namespaces` and `scratch` do).
"""

import os
import resource
from pathlib import Path

OPEN_FILES = 64
THREADS = 64


def apply(*, address_space: int, cpu_seconds: float, file_bytes: int, threads: int) -> None:
    """Set them, soft and hard. The last CPU second is for being told before being killed."""
    whole = int(cpu_seconds) + 1
    table = {
        resource.RLIMIT_AS: (address_space, address_space),
        resource.RLIMIT_CPU: (whole, whole + 1),
        resource.RLIMIT_FSIZE: (file_bytes, file_bytes),
        resource.RLIMIT_NOFILE: (OPEN_FILES, OPEN_FILES),
        resource.RLIMIT_NPROC: (threads, threads),
        # 0 would still start the system's crash reporter where it has one; 1 is the kernel's word for none at all
        resource.RLIMIT_CORE: (1, 1),
        resource.RLIMIT_MEMLOCK: (0, 0),
        resource.RLIMIT_MSGQUEUE: (0, 0),
        resource.RLIMIT_SIGPENDING: (256, 256),
    }
    for kind, pair in table.items():
        resource.setrlimit(kind, pair)


def memory_now() -> tuple[int, int]:
    """Bytes of address space and of resident memory that this process has."""
    pages = Path("/proc/self/statm").read_text().split()
    size = os.sysconf("SC_PAGESIZE")
    return int(pages[0]) * size, int(pages[1]) * size


def threads_of(user: int) -> int:
    """Threads that the user has now, over all processes."""
    count = 0
    for entry in os.scandir("/proc"):
        if entry.name.isdecimal():
            try:
                if entry.stat().st_uid == user:
                    count += len(os.listdir(f"{entry.path}/task"))
            except OSError:  # it ended while we looked
                continue
    return count

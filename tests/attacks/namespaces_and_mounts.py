"""Makes name spaces of its own, in which it would be root, and mounts, binds and changes its root."""

from autograder.attacks import Expect

PROMISE = "kernel"
EXPECT = Expect(said="found nothing in [1-9]")
CODE = """
@SEARCH@
import ctypes, os

LIBC = ctypes.CDLL(None, use_errno=True)
FLAGS = {"user": 0x10000000, "mount": 0x20000, "net": 0x40000000, "ipc": 0x8000000, "uts": 0x4000000, "pid": 0x20000000}
for name, flag in FLAGS.items():
    tried[0] += 1
    if LIBC.unshare(flag) == 0:
        found.append(f"unshare {name}")
    child = LIBC.syscall(56, flag | 17, 0, 0, 0, 0)
    if child == 0:
        os._exit(0)
    if child > 0:
        found.append(f"clone {name}")
for name, call in {
    "mount": lambda: LIBC.mount(b"none", b"/tmp", b"tmpfs", 0, None),
    "bind": lambda: LIBC.mount(b"/", b"/tmp", None, 4096, None),
    "remount": lambda: LIBC.mount(None, b"/", None, 32 | 4096, None),
    "umount": lambda: LIBC.umount2(b"/proc", 2),
    "chroot": lambda: LIBC.chroot(b"/tmp"),
    "pivot_root": lambda: LIBC.syscall(155, b"/tmp", b"/tmp"),
    "setns": lambda: LIBC.setns(os.open("/proc/1/ns/mnt", os.O_RDONLY), 0),
    "open_tree": lambda: LIBC.syscall(428, -100, b"/", 1),
    "fsopen": lambda: LIBC.syscall(430, b"tmpfs", 0),
    "move_mount": lambda: LIBC.syscall(429, -100, b"/tmp", -100, b"/tmp", 0),
}.items():
    tried[0] += 1
    try:
        if call() >= 0:
            found.append(name)
    except OSError:
        pass
try:
    open("/proc/self/uid_map", "w").write("0 0 1")
    found.append("uid_map")
except OSError:
    pass
"""

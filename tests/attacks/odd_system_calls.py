"""Makes rare system calls that have served to escape before, and calls by the numbers of another architecture."""

from autograder.attacks import Expect

PROMISE = "kernel"
EXPECT = Expect(everything="failed|student error", total="student error", said="found nothing in [1-9]")
CODE = """
@SEARCH@
import ctypes, os

LIBC = ctypes.CDLL(None, use_errno=True)
scratch = ctypes.create_string_buffer(256)
CALLS = {
    "bpf": (321, 0, scratch, 72),
    "perf_event_open": (298, scratch, 0, -1, -1, 0),
    "userfaultfd": (323, 0),
    "personality": (135, 0x0040000),
    "name_to_handle_at": (303, -100, b"/", scratch, scratch, 0),
    "fanotify_init": (300, 0, 0),
    "kexec_load": (246, 0, 0, None, 0xFFFFFFFF),
    "init_module": (175, None, 0, b""),
    "syslog": (103, 10, None, 0),
    "sethostname": (170, scratch, -1),
    "quotactl": (179, 0, None, 0, None),
    "lookup_dcookie": (212, 0, scratch, 0),
    "memfd_secret": (447, 0),
    "pidfd_open": (434, @SENTINEL@, 0),
    "move_pages": (279, @SENTINEL@, 0, None, None, None, 0),
    "process_madvise": (440, -1, None, 0, 0, 0),
    "iopl": (172, 3),
    "acct": (163, b"/nowhere/at/all"),
}
for name, call in CALLS.items():
    tried[0] += 1
    if LIBC.syscall(*call) >= 0:
        found.append(name)


def total(numbers):
    return LIBC.syscall(0x40000000 + 39)
"""

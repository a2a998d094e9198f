"""Opens shared memory, semaphores and message queues of the machine, of both kinds."""

from autograder.attacks import Expect

PROMISE = "kernel"
EXPECT = Expect(said="found nothing in [1-9]")
CODE = """
@SEARCH@
import ctypes, os

LIBC = ctypes.CDLL(None, use_errno=True)
KEY = @KEY@
tried[0] += 1
for name, call in {
    "shmget": lambda: LIBC.shmget(KEY, 0, 0),
    "semget": lambda: LIBC.semget(KEY, 0, 0),
    "msgget": lambda: LIBC.msgget(KEY, 0),
    "mq_open": lambda: LIBC.syscall(240, b"driftlab-@MARK@", 0, 0, 0),
}.items():
    tried[0] += 1
    if call() >= 0:
        found.append(name)
for folder in ("/dev/shm", "/dev/mqueue", "/dev/hugepages"):
    try:
        for name in os.listdir(folder):
            found.append(f"{folder}/{name}")
    except OSError:
        pass
read("/dev/shm/driftlab-@MARK@")
"""

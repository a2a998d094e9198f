"""Attaches to other processes and reads their memory by system calls."""

from autograder.attacks import Expect

PROMISE = "kernel"
EXPECT = Expect(said="found nothing in [1-9]")
CODE = """
@SEARCH@
import ctypes, os

LIBC = ctypes.CDLL(None, use_errno=True)
PTRACE_ATTACH, PTRACE_SEIZE, PTRACE_TRACEME = 16, 0x4206, 0
buffer = ctypes.create_string_buffer(4096)


class Vector(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("length", ctypes.c_size_t)]


for pid in (@SENTINEL@, @GRADER@, os.getppid(), 1):
    for request in (PTRACE_SEIZE, PTRACE_ATTACH):
        tried[0] += 1
        if LIBC.ptrace(request, pid, 0, 0) == 0:
            found.append(f"ptrace of {pid}")
            LIBC.ptrace(17, pid, 0, 0)
    local, remote = Vector(ctypes.addressof(buffer), 4096), Vector(0x400000, 4096)
    if LIBC.process_vm_readv(pid, ctypes.byref(local), 1, ctypes.byref(remote), 1, 0) > 0:
        found.append(f"memory of {pid}")
    handle = LIBC.syscall(434, pid, 0)
    if handle >= 0 and LIBC.syscall(438, handle, 0, 0) >= 0:
        found.append(f"descriptors of {pid}")
    if LIBC.syscall(312, os.getpid(), pid, 0, 0, 0) == 0 and pid != os.getpid():
        found.append(f"comparison with {pid}")
    if read(f"/proc/{pid}/mem", 16):
        found.append(f"/proc/{pid}/mem")
"""

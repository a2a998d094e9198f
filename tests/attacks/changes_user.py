"""Becomes another user or group, and takes privileges back."""

from autograder.attacks import Expect

PROMISE = "kernel"
EXPECT = Expect(said="found nothing in [1-9]")
CODE = r"""
@SEARCH@
import ctypes, os

LIBC = ctypes.CDLL(None, use_errno=True)
other = 12345
for name, call in {
    "setuid": lambda: os.setuid(other),
    "setgid": lambda: os.setgid(other),
    "setresuid": lambda: os.setresuid(other, other, other),
    "setgroups": lambda: os.setgroups([other]),
}.items():
    tried[0] += 1
    try:
        call()
        if other in os.getresuid() + os.getresgid() or other in os.getgroups():
            found.append(name)
    except OSError:
        pass
if LIBC.setfsuid(other) != other and LIBC.setfsuid(-1) == other:
    found.append("setfsuid")
status = open("/proc/self/status").read() if os.path.exists("/proc/self/status") else ""
for name in ("CapInh", "CapPrm", "CapEff", "CapAmb"):
    value = re.search(rf"{name}:\s*([0-9a-f]+)", status)
    if value and int(value[1], 16):
        found.append(name)
header = ctypes.create_string_buffer(b"\x22\x05\x08\x20" + bytes(4))
if LIBC.capset(header, ctypes.create_string_buffer(b"\xff" * 24)) == 0:
    found.append("capset")
"""

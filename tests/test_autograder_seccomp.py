"""The filter, run through a small BPF machine for both processors: what it refuses, and what it lets through."""

import errno
import struct

import pytest

from autograder.worker import seccomp, syscalls
from autograder.worker.seccomp import ALLOW, AUDIT, ERROR, KILL
from autograder.worker.syscalls import MACHINES

OWN = 4711
EPERM, ENOSYS = ERROR | errno.EPERM, ERROR | errno.ENOSYS
THREAD = 0x3D0F00
"""What glibc passes to clone for a thread."""
FORK = 0x1200011
USUAL = {
    "read": (0, 63), "write": (1, 64), "close": (3, 57), "mmap": (9, 222), "munmap": (11, 215), "brk": (12, 214),
    "futex": (202, 98), "lseek": (8, 62), "fstat": (5, 80), "exit_group": (231, 94), "getpid": (39, 172),
    "rt_sigaction": (13, 134), "clock_gettime": (228, 113), "getrandom": (318, 278), "sched_yield": (24, 124),
    "unlinkat": (263, 35), "mkdirat": (258, 34), "pipe2": (293, 59), "setitimer": (38, 103), "rseq": (334, 293),
}  # fmt: skip


def verdict(program: bytes, number: int, *arguments: int, machine: int) -> int:
    """What the kernel would do with a call."""
    values = (*arguments, 0, 0, 0, 0, 0, 0)[:6]
    data = struct.pack("<iIQ6Q", number, machine, 0, *(value % 2**64 for value in values))
    lines = list(struct.iter_unpack("<HBBI", program))
    at, held = 0, 0
    while True:
        code, jump, other, operand = lines[at]
        at += 1
        if code == seccomp.RETURN:
            return int(operand)
        if code == seccomp.LOAD:
            held = struct.unpack_from("<I", data, operand)[0]
        elif code == seccomp.AND:
            held &= operand
        else:
            tests = {
                seccomp.EQUAL: held == operand, seccomp.ABOVE: held > operand,
                seccomp.AT_LEAST: held >= operand, seccomp.ANY_BIT: bool(held & operand),
            }  # fmt: skip
            at += jump if tests[code] else other


class Filter:
    def __init__(self, machine: str, *, shared_owner: bool = False) -> None:
        self.machine = machine
        self.program = seccomp.program(machine, OWN, shared_owner=shared_owner)

    def __call__(self, name: str, *arguments: int) -> int | None:
        table = {
            **syscalls.DENIED,
            **syscalls.ABSENT,
            **syscalls.LABELS,
            **syscalls.OWNERS,
            **syscalls.ARGUMENTS,
            **USUAL,
        }
        number = syscalls.number(table, name, self.machine)
        return None if number is None else self.raw(number, *arguments)

    def raw(self, number: int, *arguments: int) -> int:
        return verdict(self.program, number, *arguments, machine=AUDIT[self.machine])


@pytest.fixture(params=MACHINES)
def calls(request: pytest.FixtureRequest) -> Filter:
    return Filter(request.param)


def test_every_denied_call_is_refused(calls: Filter) -> None:
    assert {calls(name) for name in syscalls.DENIED} <= {EPERM, None}
    assert sum(calls(name) == EPERM for name in syscalls.DENIED) > 90
    assert {calls(name) for name in syscalls.ABSENT} == {ENOSYS}


def test_what_python_needs_is_allowed(calls: Filter) -> None:
    assert {calls(name) for name in USUAL} == {ALLOW}


@pytest.mark.parametrize("table", [syscalls.LABELS, syscalls.OWNERS])
@pytest.mark.parametrize("machine", MACHINES)
def test_files_of_the_same_owner_keep_their_labels(machine: str, table: syscalls.Numbers) -> None:
    alone, shared = Filter(machine), Filter(machine, shared_owner=True)
    assert {alone(name) for name in table} <= {ALLOW, None}
    assert {shared(name) for name in table} <= {ERROR if table is syscalls.LABELS else EPERM, None}


def test_another_machine_kills(calls: Filter) -> None:
    for other in {*AUDIT.values(), 0x40000003, 0} - {AUDIT[calls.machine]}:
        assert verdict(calls.program, 0, machine=other) == KILL


def test_x32_and_the_future_do_not_exist(calls: Filter) -> None:
    assert calls.raw(seccomp.X32 | 39) == KILL
    assert calls.raw(-1) == KILL
    assert calls.raw(syscalls.NEWEST) == ALLOW
    assert calls.raw(syscalls.NEWEST + 1) == ENOSYS


def test_threads_but_no_processes(calls: Filter) -> None:
    assert calls("clone", THREAD) == ALLOW
    assert calls("clone", FORK) == EPERM
    assert calls("clone", 17) == EPERM
    for bit in (0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000):
        assert calls("clone", THREAD | bit) == EPERM


@pytest.mark.parametrize("name", ["kill", "tgkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo"])
def test_signals_only_to_oneself(calls: Filter, name: str) -> None:
    assert calls(name, OWN, 9) == ALLOW
    for other in (0, 1, -1, -OWN, OWN + 1):
        assert calls(name, other, 9) == EPERM


def test_limits_are_read_and_never_set(calls: Filter) -> None:
    assert calls("prlimit64", 0, 9, 0, 0x7FFF0000) == ALLOW
    assert calls("prlimit64", 0, 9, 0x7FFF0000) == EPERM
    assert calls("prlimit64", 0, 9, 0x7FFF00000000) == EPERM
    assert calls("prlimit64", 1, 9, 0) == EPERM


def test_some_arguments_are_refused(calls: Filter) -> None:
    assert calls("prctl", 15) == ALLOW
    assert {calls("prctl", option) for option in seccomp.REFUSED_PRCTL} == {EPERM}
    assert calls("fcntl", 3, 3) == ALLOW
    assert {calls("fcntl", 3, option) for option in seccomp.REFUSED_FCNTL} == {EPERM}
    assert calls("ioctl", 3, 0x5401) == ALLOW
    assert {calls("ioctl", 3, option) for option in seccomp.REFUSED_IOCTL} == {EPERM}
    assert calls("ioctl", 3, 0x5412 | 1 << 32) == EPERM  # the kernel reads the low half only
    assert calls("sched_setaffinity", 0) == ALLOW
    assert calls("sched_setaffinity", OWN + 1) == EPERM


def test_nothing_is_truncated_by_reading(calls: Filter) -> None:
    for name, before in (("open", (0,)), ("openat", (0, 0))):
        if calls(name) is not None:
            assert calls(name, *before, 0o2000000) == ALLOW
            assert calls(name, *before, 0o1101) == ALLOW  # writing, as open("w") does
            assert calls(name, *before, 0o2001000) == EPERM


def test_no_number_stands_for_two_calls() -> None:
    tables = (
        syscalls.DENIED, syscalls.ABSENT, syscalls.LABELS, syscalls.OWNERS, syscalls.ARGUMENTS,
    )  # fmt: skip
    for place in range(len(MACHINES)):
        numbers = [pair[place] for table in tables for pair in table.values() if pair[place] is not None]
        assert len(numbers) == len(set(numbers))
        assert max(numbers) <= syscalls.NEWEST

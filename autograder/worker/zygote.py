"""The zygote: imports the labs' libraries once, then forks a process for each job and watches it.

In: settings from the launcher; then, on each channel, an order with two descriptors. Out: processes in the sandbox, and
on each job's status socket how it ended. A light process, the guard, starts it and outlives it to clean up.
Covers: the wall clock, a judge that is gone, a launcher that is gone, a full folder. Whoever of the family is killed,
the others end: the launcher's end is seen on the lifeline, a parent's end is a signal.
Does not: read a submission, or know a check, a spec or a point. One thread only, or a fork would not be safe.
"""

import gc
import json
import math
import os
import select
import signal
import socket
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from autograder.worker import imports, landlock, limits, linux, namespaces, scratch, student
from autograder.worker.orders import Order, Settings
from autograder.worker.student import Place

FIRST_USER, GROUPS, GROUP = 60578, 9, 64
"""User ids that no system hands out: one for each process at the same time, and another group of them for each zygote
(as good as that goes), so that nobody's threads count as another's."""
LOOK_SECONDS = 0.2
"""Between two looks at the folders of the level `landlock`."""
GRACE_SECONDS = 3.0
OUT_OF_MEMORY = "500"
"""Where the whole machine runs out of memory, the kernel shall end one of us and not the judges."""


@dataclass(slots=True)
class Job:
    """A student's process."""

    process: int
    handle: int
    """Its pidfd."""
    status: int
    slot: int
    user: int | None
    folder: str
    tmp_bytes: int
    began: float
    deadline: float
    look: float
    """When to look at its folder next."""
    ended_by: str = ""
    """Why we killed it; nothing if it ended by itself."""


@dataclass(slots=True)
class Zygote:
    """Everything that is under way."""

    settings: Settings
    channels: dict[int, socket.socket]
    own_space: int
    """Our PID namespace, to come back to after a fork; -1 at the level `landlock`."""
    own_handle: int
    first_user: int
    files_as_root: bool
    jobs: dict[int, Job] = field(default_factory=dict)
    """By the descriptor of the status socket."""


def main(text: str) -> NoReturn:
    """The process that the launcher starts: the guard. Its child becomes the zygote."""
    settings = Settings.loads(text)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Path("/proc/self/oom_score_adj").write_text(OUT_OF_MEMORY)
    apart = settings.level == "namespaces"
    try:
        if apart:
            namespaces.split_off()
        handle = os.pidfd_open(os.getpid())
        first_user = FIRST_USER + os.getpid() % GROUPS * GROUP
        child = os.fork()
    except OSError as error:
        sys.exit(f"{type(error).__name__}: {error}")
    if child:
        guard(settings, child)
    code = 1
    try:
        linux.die_with(handle)
        os.close(handle)
        serve(prepare(settings, first_user))
        code = 0
    except BaseException:  # noqa: BLE001  the launcher reads it from our stderr
        sys.excepthook(*sys.exc_info())
        sys.stderr.flush()
    finally:
        os._exit(code)


def guard(settings: Settings, child: int) -> NoReturn:
    """Wait until the zygote ends, end it when the launcher is gone, and leave no folder behind."""
    handle = os.pidfd_open(child)
    for channel in settings.channels:
        os.close(channel)
    poll = select.poll()
    poll.register(handle, select.POLLIN)
    poll.register(settings.lifeline, 0)
    poll.poll()
    if not select.select([handle], [], [], GRACE_SECONDS)[0]:
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    scratch.remove_base(settings.base)
    os._exit(0 if status == 0 else 1)


def prepare(settings: Settings, first_user: int) -> Zygote:
    """Give up all files but the visible ones, import, and say that we are ready."""
    began = time.monotonic()
    apart = settings.level == "namespaces"
    files_as_root = imports.files_as_root(settings)
    imports.import_ours(settings)
    if apart:
        namespaces.build_root(settings.visible)
    else:
        home = f"{settings.base}/zygote"
        os.mkdir(home, 0o700)
        os.environ.update(HOME=home, TMPDIR=home)
        landlock.restrict([*settings.visible, "/dev", "/proc"], [settings.base, "/dev/null"])
    linux.forbid_new_privileges()
    imports.import_libraries(settings.preload)
    threads = len(os.listdir("/proc/self/task"))
    if threads != 1:
        raise RuntimeError(f"{threads} threads after the imports of {settings.preload}: a fork would not be safe")
    os.set_blocking(settings.lifeline, False)
    zygote = Zygote(
        settings,
        {number: socket.socket(fileno=number) for number in settings.channels},
        os.open("/proc/self/ns/pid", os.O_RDONLY) if apart else -1,
        os.pidfd_open(os.getpid()),
        first_user,
        files_as_root,
    )
    gc.collect()
    gc.freeze()
    report = {"seconds": time.monotonic() - began, "resident": limits.memory_now()[1], "threads": threads}
    os.write(settings.lifeline, json.dumps(report).encode() + b"\n")
    return zygote


def serve(zygote: Zygote) -> None:
    """Until the launcher is gone: take orders, watch the processes."""
    lifeline = zygote.settings.lifeline
    while True:
        jobs = zygote.jobs.values()
        watched = [*(job.handle for job in jobs), *(job.status for job in jobs if not job.ended_by)]
        wanted = [lifeline, *zygote.channels, *watched]
        ready = set(select.select(wanted, [], [], _patience(zygote))[0])
        for job in list(zygote.jobs.values()):
            _watch(zygote, job, ready)
        if lifeline in ready and not _alive(lifeline):
            break
        for number in ready & zygote.channels.keys():
            _take(zygote, number)
    for job in list(zygote.jobs.values()):
        job.ended_by = "closed"
        os.kill(job.process, signal.SIGKILL)
        _bury(zygote, job)


def _alive(lifeline: int) -> bool:
    try:
        return bool(os.read(lifeline, 1))
    except BlockingIOError:
        return True
    except OSError:
        return False


def _patience(zygote: Zygote) -> float | None:
    """Seconds until something has to be looked at."""
    if all(job.ended_by for job in zygote.jobs.values()):
        return None
    until = min(min(job.deadline, job.look) for job in zygote.jobs.values() if not job.ended_by)
    return max(0.0, until - time.monotonic())


def _watch(zygote: Zygote, job: Job, ready: set[int]) -> None:
    """End a process that has to end; clean up after one that did."""
    if job.handle in ready:
        _bury(zygote, job)
        return
    if job.ended_by:
        return
    if job.status in ready:  # a word from the judge, or its end: both mean that we are done
        job.ended_by = "asked"
    elif time.monotonic() >= job.deadline:
        job.ended_by = "timeout"
    elif job.folder and time.monotonic() >= job.look and _is_full(job):
        job.ended_by = "disk"
    if job.ended_by:
        os.kill(job.process, signal.SIGKILL)


def _is_full(job: Job) -> bool:
    job.look = time.monotonic() + LOOK_SECONDS
    used = scratch.used(job.folder, job.process, job.user)
    return used is None or used > job.tmp_bytes


def _bury(zygote: Zygote, job: Job) -> None:
    """Reap the process, tell the judge what it used, free its slot."""
    _, status, usage = os.wait4(job.process, 0)
    del zygote.jobs[job.status]
    if job.folder:
        scratch.remove(job.folder)
    report = {
        "ended": job.ended_by,
        "status": status,
        "cpu": usage.ru_utime + usage.ru_stime,
        "peak": usage.ru_maxrss * 1024,
        "wall": time.monotonic() - job.began,
    }
    try:
        os.write(job.status, json.dumps(report).encode())
        while os.read(job.status, 64):  # closing with a word unread would take the report back
            pass
    except OSError:  # nothing left to read, or the judge does not wait for it
        pass
    os.close(job.handle)
    os.close(job.status)


def _take(zygote: Zygote, number: int) -> None:
    """One order, or the end of a channel."""
    channel = zygote.channels[number]
    try:
        text, descriptors, _, _ = socket.recv_fds(channel, 4096, 2)
    except OSError:
        text, descriptors = b"", []
    if not text:
        channel.close()
        del zygote.channels[number]
        return
    data, status = descriptors
    try:
        _start(zygote, Order.loads(text), data, status)
    except OSError as error:  # no process to be had: the judge is told, the zygote goes on
        os.write(status, json.dumps({"failed": f"{type(error).__name__}: {error}"}).encode())
        os.close(status)
    os.close(data)


def _start(zygote: Zygote, order: Order, data: int, status: int) -> None:
    taken = {job.slot for job in zygote.jobs.values()}
    slot = next(number for number in range(len(taken) + 1) if number not in taken)
    user = zygote.first_user + slot if os.geteuid() == 0 else None
    apart = zygote.settings.level == "namespaces"
    folder = "" if apart else f"{zygote.settings.base}/{slot}"
    if folder:
        scratch.make(folder, None if zygote.files_as_root else user)
    began = time.monotonic()
    child = namespaces.fork_first(zygote.own_space) if apart else os.fork()
    if child == 0:
        place = Place(user, zygote.files_as_root, folder)
        student.live(zygote.settings, order, place, (data, status, zygote.own_handle))
    os.set_blocking(status, False)
    look = began + LOOK_SECONDS if folder else math.inf
    zygote.jobs[status] = Job(
        child, os.pidfd_open(child), status, slot, user, folder, order.tmp_bytes, began, began + order.seconds, look
    )

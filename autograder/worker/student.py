"""A student's process, from the fork to its end: close everything, enter the sandbox, load the code, answer calls.

In: an order, and a socket on which the submission's text and then the calls arrive. Out: JSON lines on that socket.
Until the status socket is closed only our own code has run; whatever fails before that is our failure.
Does not: know what a value is wanted for, or matter to a score in any other way than by the values it sends.
"""

import json
import os
import signal
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from autograder import student_code, values
from autograder.worker import landlock, limits, linux, namespaces, seccomp
from autograder.worker.orders import Order, Settings

DATA, STATUS, PARENT = 3, 4, 5
SET_UP_FAILED, NO_MEMORY, HUNG_UP = 97, 96, 95
LONGEST = 500
CPU_FACTOR = 4
"""CPU seconds allowed for each second of wall time: threads may use several cores."""


@dataclass(frozen=True, slots=True)
class Place:
    """What the zygote prepared for this process."""

    user: int | None
    """A user id of its own, where the zygote is root."""
    files_as_root: bool
    folder: str
    """Its own folder at the level `landlock`; empty otherwise."""


def live(settings: Settings, order: Order, place: Place, descriptors: tuple[int, int, int]) -> NoReturn:
    """Called in the forked child; never returns."""
    code = SET_UP_FAILED
    try:
        _keep_only(descriptors)
        try:
            resident = _enter(settings, order, place)
            _forget(settings)
            namespace = student_code.new_namespace()
            with student_code.course_stubs():
                job, ours = _given(namespace)
                os.write(STATUS, json.dumps({"ready": resident}).encode())
                os.close(STATUS)
                code = HUNG_UP
                _serve(order, job, ours, namespace)
        except MemoryError:
            code = NO_MEMORY if code == HUNG_UP else SET_UP_FAILED
        except Exception as error:  # noqa: BLE001  ours is told while the status socket is open; then it is the student's
            if code == SET_UP_FAILED:
                os.write(STATUS, json.dumps({"failed": student_code.said(error)}).encode())
    finally:
        os._exit(code)


def _keep_only(descriptors: tuple[int, int, int]) -> None:
    """Move data, status and the parent's pidfd to 3, 4, 5; /dev/null to 0, 1, 2; close all others."""
    high = [os.dup2(descriptor, 200 + place) for place, descriptor in enumerate(descriptors)]
    for place, descriptor in enumerate(high):
        os.dup2(descriptor, DATA + place, inheritable=False)
    linux.close_from(PARENT + 1)
    null = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(null, standard)
    os.close(null)


def _enter(settings: Settings, order: Order, place: Place) -> int:
    """Everything that holds the process. Returns the resident bytes that it starts with."""
    for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGALRM):
        signal.signal(number, signal.SIG_DFL)
    os.setsid()
    apart = settings.level == "namespaces"
    threads = limits.THREADS
    if apart:
        namespaces.settle(order.tmp_bytes, place.user, settings.visible)
    else:
        os.environ.update(HOME=place.folder, TMPDIR=place.folder)
        os.chdir(place.folder)  # noqa: TID251
        if place.user is None:
            threads += limits.threads_of(os.geteuid())
    address_space, resident = limits.memory_now()
    if place.user is not None:
        linux.become(place.user, files_as_root=place.files_as_root)
    else:
        linux.drop_bounding_set()
        linux.set_capabilities(0)
    linux.die_with(PARENT)
    os.close(PARENT)
    linux.forbid_new_privileges()
    if not apart:
        devices = ["/dev/zero", "/dev/random", "/dev/urandom", f"/proc/{os.getpid()}"]
        landlock.restrict([*settings.visible, *devices], [place.folder, "/dev/null"])
    limits.apply(
        address_space=address_space + order.memory_bytes,
        cpu_seconds=order.seconds * CPU_FACTOR,
        file_bytes=order.tmp_bytes,
        threads=threads,
    )
    linux.install_filter(seccomp.program(linux.machine(), os.getpid(), shared_owner=not apart))
    return resident


def _forget(settings: Settings) -> None:
    """Take our own modules out of reach of an import; those that may be read stay."""
    for name in list(sys.modules):
        ours = name.split(".")[0] in ("autograder", "driftlab")
        if ours and not any(kept == name or kept.startswith(f"{name}.") for kept in settings.readable):
            del sys.modules[name]
    sys.path[:] = [entry for entry in sys.path if entry not in ("", settings.root)]
    sys.argv[:] = [""]
    tempfile.tempdir = None  # where the zygote's own lay


def _given(namespace: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Read the job and execute its given cells."""
    job = json.loads(_line(bytearray()))
    return job, student_code.run_given(job["given"], namespace)


def _line(held: bytearray) -> bytes:
    """The next line from the trusted side; `held` is what was read beyond it."""
    while (end := held.find(b"\n")) < 0:
        more = os.read(DATA, 1 << 16)
        if not more:
            os._exit(HUNG_UP)
        held += more
    line = bytes(held[:end])
    del held[: end + 1]
    return line


def _send(row: Mapping[str, Any]) -> None:
    text = memoryview(json.dumps(row, separators=(",", ":")).encode() + b"\n")
    while text:
        text = text[os.write(DATA, text) :]


def _serve(order: Order, job: dict[str, Any], ours: dict[str, Any], namespace: dict[str, Any]) -> None:
    cells = [(str(origin), str(source)) for origin, source in job["cells"]]
    loaded = student_code.run_cells(cells, namespace, ours, order.load_seconds)
    _send({"loaded": {"defined": sorted(loaded.defined), "notes": list(loaded.notes)}})
    held = bytearray()
    while True:
        request = json.loads(_line(held))
        _send({"id": request["id"], **_answer(request, namespace, order.reply_bytes)})


def _answer(request: dict[str, Any], namespace: dict[str, Any], most: int) -> dict[str, Any]:
    """What came of one call. The student's function, and the methods of what it returns, may do anything."""
    function = namespace.get(request["call"])
    if not callable(function):
        return {"missing": True}
    try:
        args = values.decode(request["args"], tensors=True)
        kwargs = values.decode(request["kwargs"], tensors=True)
        returned = values.encode(function(*args, **kwargs))
        size = len(json.dumps(returned, separators=(",", ":")))
    except BaseException as error:  # noqa: BLE001  whatever it is, it is the answer
        return {"error": _fault(error)}
    if size > most - 1000:
        return {"error": _fault(ValueError(f"the value is too large to send: {size:,} characters"))}
    return {"value": returned}


def _fault(error: BaseException) -> dict[str, Any]:
    kind = "MemoryError" if _wants_memory(error) else student_code.kind(error)
    return {
        "type": kind,
        "message": _message(error)[:LONGEST],
        "where": student_code.place(error),
        "not_attempted": isinstance(error, NotImplementedError),
    }


def _message(error: BaseException) -> str:
    try:
        return f"{error} "[:-1]
    except BaseException:  # noqa: BLE001  its __str__ is the student's
        return "(its message cannot be shown)"


def _wants_memory(error: BaseException) -> bool:
    """Torch says with a RuntimeError that there is no memory left."""
    return isinstance(error, MemoryError) or (
        isinstance(error, RuntimeError) and "can't allocate memory" in _message(error)
    )

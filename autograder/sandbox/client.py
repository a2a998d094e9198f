"""The trusted side of a student's process: start it, call its functions, end it.

In: a zygote's channel, a submission's text, calls with plain values. Out: plain values, or how the process ended.
Whatever bytes come back are bounded before they are read, parsed as JSON of known shape, and otherwise end the worker.
Covers: silence, floods, forged or damaged replies, unasked ones, and a process that ends itself or is killed.
Does not: believe a reply (it is a value to compare, no verdict), or retry; a worker that is gone stays gone.
"""

import contextlib
import json
import os
import select
import signal
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NoReturn, TypeVar

from autograder import values
from autograder.errors import SandboxError
from autograder.sandbox import replies
from autograder.sandbox.replies import Loaded, Raised, Reply
from autograder.spec import Limits
from autograder.worker.orders import Order

T = TypeVar("T")
Reason = Literal["exited", "killed", "timeout", "memory", "bad reply", "too much output"]
SET_UP_SECONDS = 60.0
"""For our own steps before a submission's first line: the fork, the namespaces, the given cells."""
LOAD_GRACE, CLOSING_SECONDS, END_SECONDS = 3.0, 0.5, 10.0
MOST_JOB = 64 * 2**20
CHUNK = 1 << 16
NEAR = 0.7
"""Share of the memory limit from which on a crash counts as running out of it."""
CRASHES = ("signal SIGKILL", "signal SIGABRT", "signal SIGSEGV", "signal SIGBUS")
NO_MEMORY = 96
UNASKED = "it wrote without being asked"


__all__ = ["Loaded", "Raised", "Reply", "Usage", "Worker", "WorkerFactory", "WorkerGone"]


class WorkerGone(Exception):
    """The student's process is no more, for a reason that is the student's."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason: Reason = reason
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Usage:
    """What a worker used."""

    cpu_seconds: float
    peak_bytes: int
    """Resident memory above what it started with."""
    wall_seconds: float


class WorkerFactory:
    """Starts workers over one of a zygote's channels; several may live at the same time."""

    def __init__(self, channel: socket.socket) -> None:
        self._channel = channel

    def start(self, cells: Sequence[tuple[str, str]], given: Sequence[str], limits: Limits, seconds: float) -> "Worker":
        """A process with the submission loaded; it may live `seconds` altogether.

        Raises:
            WorkerGone: the submission ended it while it was loaded.
            SandboxError: our own machinery failed.
        """
        job = json.dumps({"cells": [list(cell) for cell in cells], "given": list(given)}).encode() + b"\n"
        if len(job) > MOST_JOB:
            raise WorkerGone("memory", f"its code has {len(job):,} characters")
        order = Order(seconds, limits.memory_bytes, limits.tmp_bytes, limits.reply_bytes, limits.load_seconds)
        data, their_data = socket.socketpair()
        status, their_status = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        worker = Worker(data, status, limits)
        try:
            with their_data, their_status:
                self._ask(order, their_data, their_status)
            worker.load(job)
        except BaseException:
            worker.abandon()
            raise
        return worker

    def _ask(self, order: Order, data: socket.socket, status: socket.socket) -> None:
        try:
            socket.send_fds(self._channel, [order.dumps()], [data.fileno(), status.fileno()])
        except OSError as error:
            raise SandboxError(f"the zygote is gone: {error}", "Start the grading again; it goes on.") from error


class Worker:
    """A student's process. Made by `WorkerFactory.start`; end it with `close`."""

    def __init__(self, data: socket.socket, status: socket.socket, limits: Limits) -> None:
        self._data, self._status, self._limits = data, status, limits
        self._held = bytearray()
        self._newline = -1
        """Where the first line in `_held` ends."""
        self._ready: int | None = None
        self._ended: dict[str, Any] | None = None
        self._gone: WorkerGone | None = None
        self._calls = 0
        self.loaded = Loaded(frozenset(), ())
        data.setblocking(False)
        status.setblocking(False)

    def load(self, job: bytes) -> None:
        """Send the submission and wait until it is executed. `WorkerFactory.start` calls it."""
        deadline = time.monotonic() + SET_UP_SECONDS
        self._exchange(job, deadline, until_ready=True)
        if self._ready is None:
            self._failed("no word from it")
        row = self._line(b"", self._limits.load_seconds + LOAD_GRACE)
        self.loaded = self._checked(replies.loaded, row)

    def call(self, function: str, args: Sequence[Any], kwargs: dict[str, Any], seconds: float) -> Reply:
        """Call a function of the submission and wait at most `seconds` for its value.

        Raises:
            WorkerGone: the process ended, or had to be ended; every later call raises the same again.
            SandboxError: our own machinery failed.
        """
        if self._gone is not None:
            raise self._gone
        if select.select([self._data], [], [], 0)[0]:
            self._read_data()
        if self._held:
            self._end("bad reply", UNASKED)
        self._calls += 1
        tagged = {"args": values.encode(list(args)), "kwargs": values.encode(kwargs)}
        request = {"id": self._calls, "call": function, **tagged}
        row = self._line(json.dumps(request, separators=(",", ":")).encode() + b"\n", seconds)
        return self._checked(replies.reply, row, self._calls)

    def close(self) -> Usage:
        """End the process; what it used."""
        self._stop(END_SECONDS)
        ended = self._ended or {}
        peak = max(0, int(ended.get("peak", 0)) - (self._ready or 0))
        self.abandon()
        return Usage(float(ended.get("cpu", 0.0)), peak, float(ended.get("wall", 0.0)))

    def abandon(self) -> None:
        """Let go of the process without waiting for its end; the zygote ends it."""
        self._gone = self._gone or WorkerGone("killed", "it was closed")
        self._data.close()
        self._status.close()

    # --- one line out, one line in ---

    def _line(self, sent: bytes, seconds: float) -> Any:
        self._exchange(sent, time.monotonic() + seconds)
        if self._newline < 0:
            self._end("timeout", f"no answer within {seconds:g} s")
        line, more = bytes(self._held[: self._newline]), len(self._held) > self._newline + 1
        self._held.clear()
        self._newline = -1
        if more:  # a question has one reply; of several, none can be trusted to be its own
            self._end("bad reply", UNASKED)
        return self._checked(replies.parsed, line)

    def _exchange(self, sent: bytes, deadline: float, *, until_ready: bool = False) -> None:
        """Send, and read until a line is there (or the set-up is done), or time is over."""
        left = memoryview(sent)
        poll = select.poll()
        poll.register(self._status, select.POLLIN)
        poll.register(self._data, select.POLLIN | (select.POLLOUT if left else 0))
        while self._ready is None if until_ready else self._newline < 0:
            patience = deadline - time.monotonic()
            if patience <= 0:
                return
            for descriptor, event in poll.poll(patience * 1000):
                if descriptor == self._status.fileno():
                    self._read_status()
                    continue
                if event & select.POLLOUT:
                    left = self._write(left)
                    if not left:
                        poll.modify(self._data, select.POLLIN)
                if event & ~select.POLLOUT:
                    self._read_data()

    def _write(self, left: memoryview) -> memoryview:
        try:
            return left[self._data.send(left) :]
        except BlockingIOError:
            return left
        except OSError:
            self._explain()

    def _read_data(self) -> None:
        try:
            more = self._data.recv(CHUNK)
        except BlockingIOError:
            return
        except OSError:
            more = b""
        if not more:
            self._explain()
        if self._newline < 0 and (place := more.find(b"\n")) >= 0:
            self._newline = len(self._held) + place
        self._held += more
        if len(self._held) > self._limits.reply_bytes:
            self._end("too much output", f"more than {self._limits.reply_bytes:,} bytes")

    # --- how it ends ---

    def _read_status(self) -> None:
        """A word from the zygote, or from our own code before the submission's first line."""
        text = self._status_word()
        row = json.loads(text) if text else {"lost": True}
        if "ready" in row:
            self._ready = int(row["ready"])
        elif "failed" in row:
            self._failed(str(row["failed"]))
        elif "ended" in row:
            self._ended = row
            self._explain()
        else:
            self._failed("the zygote is gone")

    def _status_word(self) -> bytes:
        """A word that is there to be read; nothing at the end of the socket."""
        try:
            return self._status.recv(CHUNK)
        except OSError:  # our last word was not read before the other end closed; what it had said is still here
            try:
                return self._status.recv(CHUNK)
            except OSError:
                return b""

    def _explain(self) -> NoReturn:
        """The process is over, or has closed its end: say which, and why."""
        self._await_end(CLOSING_SECONDS)
        self._stop(END_SECONDS)
        if self._ended is None:
            self._failed("no word about its end")
        if self._ended["ended"] == "closed":
            self._failed("the zygote was closed")
        if self._ready is None:
            self._failed(f"it ended before the submission's first line ({_how(self._ended)})")
        self._gone = self._gone or self._reason(self._ended)
        raise self._gone

    def _reason(self, ended: dict[str, Any]) -> WorkerGone:
        if ended["ended"] == "timeout":
            return WorkerGone("timeout", f"all of it took longer than {ended['wall']:.3g} s")
        if ended["ended"] == "disk":
            return WorkerGone("too much output", "its folder is full")
        code = os.waitstatus_to_exitcode(ended["status"])
        grown = ended["peak"] - (self._ready or 0)
        how = _how(ended)
        if how == "signal SIGXCPU":
            return WorkerGone("timeout", "it used up its processor time")
        if code == NO_MEMORY or (how in CRASHES and grown > NEAR * self._limits.memory_bytes):
            return WorkerGone("memory", f"it ended at {grown:,} bytes ({how})")
        if ended["ended"] == "asked" and how == "signal SIGKILL":
            return WorkerGone("exited", "it closed its end of the pipe")
        return WorkerGone("exited" if code >= 0 else "killed", how)

    def _end(self, reason: Reason, detail: str) -> NoReturn:
        """End the process for what it did."""
        self._gone = WorkerGone(reason, detail)
        self.abandon()
        raise self._gone

    def _failed(self, detail: str) -> NoReturn:
        self.abandon()
        raise SandboxError(f"a worker failed: {detail}", "Run: autograder self-check")

    def _stop(self, seconds: float) -> None:
        """Ask the zygote to end the process, and wait for its report."""
        if self._ended is None:
            with contextlib.suppress(OSError):  # it may have ended already, with its report still in the socket
                self._status.send(b"end")
            self._await_end(seconds)

    def _await_end(self, seconds: float) -> None:
        """Wait for the zygote's report."""
        deadline = time.monotonic() + seconds
        while self._ended is None and (patience := deadline - time.monotonic()) > 0:
            if not select.select([self._status], [], [], patience)[0]:
                return
            text = self._status_word()
            if not text:
                return
            row = json.loads(text)
            if "ended" in row:
                self._ended = row
            elif "ready" in row:
                self._ready = int(row["ready"])

    def _checked(self, reader: Callable[..., T], *arguments: Any) -> T:
        """What the reader makes of untrusted data; whatever it raises is a bad reply."""
        try:
            return reader(*arguments)
        except replies.UNFIT as error:
            self._end("bad reply", f"{type(error).__name__}: {str(error)[:200]!r}")


def _how(ended: dict[str, Any]) -> str:
    code = os.waitstatus_to_exitcode(ended["status"])
    if code >= 0:
        return f"exit code {code}"
    try:
        return f"signal {signal.Signals(-code).name}"
    except ValueError:
        return f"signal {-code}"

"""What a person sees while many runs go on: a bar a running run and one for all; plain lines in a file or a pipe.

In: what runs tell (began, stage, progress, ended), by their names. Out: text on stderr.
Does not: write to stdout, or know what a run does.
"""

import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol, Self, TextIO

from driftlab.screen import PLAIN_SECONDS

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import TaskID

NAME_WIDTH = 30


class ManyScreen(Protocol):
    """Somewhere to report many runs to; use it as a context."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def begin(self, total: int, complete: int) -> None:
        """So many runs are asked for, so many of them are complete already."""

    def began(self, name: str) -> None:
        """A run has begun."""

    def heard(self, name: str, event: dict[str, Any]) -> None:
        """A run has said how far it is."""

    def ended(self, name: str, how: str) -> None:
        """A run has ended."""

    def say(self, text: str) -> None:
        """A line that stays."""


def open_many_screen(stream: TextIO | None = None) -> ManyScreen:
    """The right screen for the stream."""
    stream = sys.stderr if stream is None else stream
    return LiveManyScreen(stream) if stream.isatty() else PlainManyScreen(stream)


class _Count:
    """How many runs have ended, and since when each goes on."""

    def __init__(self) -> None:
        self.total, self.complete, self.failed = 0, 0, 0
        self.since: dict[str, float] = {}

    def end(self, name: str, how: str) -> str:
        """Count one more; what is said of it."""
        took = time.monotonic() - self.since.pop(name, time.monotonic())
        if how == "finished":
            self.complete += 1
            return f"{name}: done in {took:.1f} s" if took else f"{name}: done"
        self.failed += 1
        return f"{name}: {how}"

    def said(self) -> str:
        """All runs in a few words."""
        failed = f", {self.failed} failed" if self.failed else ""
        return f"{self.complete} of {self.total} done{failed}"


class PlainManyScreen:
    """Lines without control codes; each starts with the count of all."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._count = _Count()
        self._stages: dict[str, str] = {}
        self._last: dict[str, float] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stream.flush()

    def begin(self, total: int, complete: int) -> None:
        """The first line."""
        self._count.total, self._count.complete = total, complete
        self.say(f"{total} runs, {complete} of them complete already")

    def began(self, name: str) -> None:
        """A line."""
        self._count.since[name] = self._last[name] = time.monotonic()
        self._line(f"{name}: begun")

    def heard(self, name: str, event: dict[str, Any]) -> None:
        """A line now and then; stages alone are none, with many runs they would be too many."""
        self._stages[name] = event.get("stage", self._stages.get(name, ""))
        if "say" in event:
            self._line(f"{name}: {event['say']}")
        elif "done" in event and time.monotonic() - self._last.get(name, 0.0) >= PLAIN_SECONDS:
            self._last[name] = time.monotonic()
            note = f", {event['note']}" if event["note"] else ""
            self._line(f"{name}: {self._stages[name]}: {event['done']} of {event['total']}{note}")

    def ended(self, name: str, how: str) -> None:
        """A line."""
        self._line(self._count.end(name, how))

    def say(self, text: str) -> None:
        """A line."""
        self._stream.write(f"{text}\n")
        self._stream.flush()

    def _line(self, text: str) -> None:
        self.say(f"[{self._count.said()}] {text}")


class LiveManyScreen:
    """A bar for all runs and one for each that goes on; a line for each that has ended."""

    def __init__(self, stream: TextIO, console: "Console | None" = None) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

        self._progress = Progress(
            TextColumn(f"{{task.description:<{NAME_WIDTH}}}", markup=False),
            BarColumn(bar_width=16),
            TextColumn("{task.fields[note]}", markup=False),
            TimeElapsedColumn(),
            console=console or Console(file=stream),
            transient=True,
        )
        self._count = _Count()
        self._all: TaskID | None = None
        self._tasks: dict[str, TaskID] = {}
        self._stages: dict[str, str] = {}

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def begin(self, total: int, complete: int) -> None:
        """The bar for all."""
        self._count.total, self._count.complete = total, complete
        self._all = self._progress.add_task("all runs", total=total, completed=complete, note=self._count.said())

    def began(self, name: str) -> None:
        """A bar more."""
        self._count.since[name] = time.monotonic()
        self._tasks[name] = self._progress.add_task(name, total=None, note="starting")

    def heard(self, name: str, event: dict[str, Any]) -> None:
        """Move its bar."""
        task = self._tasks.get(name)
        if "say" in event:
            self.say(f"{name}: {event['say']}")
        elif task is not None and "stage" in event:
            self._stages[name] = event["stage"]
            self._progress.reset(task, total=None, start=False, note=event["stage"])
            self._progress.start_task(task)
        elif task is not None:
            note = f"{self._stages.get(name, '')} {event['done']}/{event['total']} {event['note']}".rstrip()
            self._progress.update(task, completed=event["done"], total=event["total"], note=note)

    def ended(self, name: str, how: str) -> None:
        """A line instead of its bar."""
        if name in self._tasks:
            self._progress.remove_task(self._tasks.pop(name))
        text = self._count.end(name, how)
        self.say(f"{'✓' if how == 'finished' else '✗'} {text}")
        if self._all is not None:
            done = self._count.complete + self._count.failed
            self._progress.update(self._all, completed=done, note=self._count.said())

    def say(self, text: str) -> None:
        """A line above the bars."""
        self._progress.console.print(text, markup=False, highlight=False)

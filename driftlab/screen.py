"""What a person sees while a run works: stages with time left on a terminal, plain lines elsewhere. All on stderr.

In: the pipeline's reports (stage, progress, say). Out: text on stderr.
Does not: write to stdout, which belongs to the result, or know what a stage does.
"""

import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self, TextIO

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import TaskID

PLAIN_SECONDS = 15.0
"""Between two plain lines of one stage."""


class Screen(Protocol):
    """Somewhere to report to; use it as a context."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def stage(self, title: str) -> None:
        """A stage begins; the one before it has ended."""

    def progress(self, done: int, total: int, note: str = "") -> None:
        """The stage has done so much of it."""

    def say(self, text: str) -> None:
        """A line that stays."""


def open_screen(stream: TextIO | None = None) -> Screen:
    """The right screen for the stream: bars on a terminal, plain lines in a file or a pipe."""
    stream = sys.stderr if stream is None else stream
    return LiveScreen(stream) if stream.isatty() else PlainScreen(stream)


class PlainScreen:
    """Lines without control codes."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._title = ""
        self._last = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stream.flush()

    def stage(self, title: str) -> None:
        """A stage begins."""
        self._title, self._last = title, time.monotonic()
        self.say(title)

    def progress(self, done: int, total: int, note: str = "") -> None:
        """A line now and then, not for every step."""
        if time.monotonic() - self._last >= PLAIN_SECONDS and done < total:
            self._last = time.monotonic()
            self.say(f"{self._title}: {done} of {total}{f', {note}' if note else ''}")

    def say(self, text: str) -> None:
        """A line."""
        self._stream.write(f"{text}\n")
        self._stream.flush()


class LiveScreen:
    """A bar a stage, with the time that it took or has left."""

    def __init__(self, stream: TextIO, console: "Console | None" = None) -> None:
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            SpinnerColumn,
            TextColumn,
            TimeElapsedColumn,
            TimeRemainingColumn,
        )

        self._progress = Progress(
            SpinnerColumn(finished_text="[green]✓"),
            TextColumn("{task.description:<34}"),
            BarColumn(bar_width=28),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            TextColumn("{task.fields[note]}"),
            console=console or Console(file=stream),
        )
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._end_stage()
        self._progress.stop()

    def stage(self, title: str) -> None:
        """A new bar; the one before it is full."""
        self._end_stage()
        self._task = self._progress.add_task(title, total=None, note="")

    def progress(self, done: int, total: int, note: str = "") -> None:
        """Move the bar."""
        if self._task is not None:
            self._progress.update(self._task, completed=done, total=total, note=note)

    def say(self, text: str) -> None:
        """A line above the bars."""
        self._progress.console.print(text, markup=False, highlight=False)

    def _end_stage(self) -> None:
        if self._task is not None:
            total = self._progress.tasks[self._progress.task_ids.index(self._task)].total or 1
            self._progress.update(self._task, completed=total, total=total)
            self._progress.stop_task(self._task)

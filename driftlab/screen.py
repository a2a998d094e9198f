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
TITLE_WIDTH = 26


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

    def heading(self, text: str) -> None:
        """A new part begins; the stage before it has ended."""


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

    def heading(self, text: str) -> None:
        """A line, too."""
        self.say(text)


class LiveScreen:
    """A bar for the stage that is under way, with time left; a line for each that has ended."""

    def __init__(self, stream: TextIO, console: "Console | None" = None) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn

        self._progress = Progress(
            SpinnerColumn(),
            TextColumn(f"{{task.description:<{TITLE_WIDTH}}}"),
            BarColumn(bar_width=24),
            TextColumn("{task.fields[count]}"),
            TimeRemainingColumn(compact=True),
            TextColumn("{task.fields[note]}"),
            console=console or Console(file=stream),
            transient=True,
        )
        self._task: TaskID | None = None
        self._title, self._note, self._began = "", "", 0.0

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end_stage(done=kind is None)
        self._progress.stop()

    def stage(self, title: str) -> None:
        """A new bar; the one before it becomes a line."""
        self._end_stage(done=True)
        self._title, self._note, self._began = title, "", time.monotonic()
        self._task = self._progress.add_task(title, total=None, note="", count="")

    def progress(self, done: int, total: int, note: str = "") -> None:
        """Move the bar."""
        if self._task is not None:
            self._note = note
            self._progress.update(self._task, completed=done, total=total, note=note, count=f"{done}/{total}")

    def say(self, text: str) -> None:
        """A line above the bar."""
        self._progress.console.print(text, markup=False, highlight=False)

    def heading(self, text: str) -> None:
        """A line below that of the stage that has ended."""
        self._end_stage(done=True)
        self.say(text)

    def _end_stage(self, *, done: bool) -> None:
        if self._task is None:
            return
        self._progress.remove_task(self._task)
        self._task = None
        if done:
            took = f"{time.monotonic() - self._began:.1f} s"
            self.say(f"✓ {self._title:<{TITLE_WIDTH}} {took:>8}  {self._note}".rstrip())

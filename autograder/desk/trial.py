"""A lab's public checks on the learner's own functions, in the learner's own process.

In: a lab's spec, tasks, the namespace that holds the functions. Out: a `Trial`: results, the learner's lines where
something raised, and whatever was printed or warned meanwhile. Nothing of that reaches stdout or stderr: library noise
is no verdict, and nbgrader takes any word on stderr for a failure.
Does not: isolate anything (it is the learner's own code), show anything, or see a hidden check.
"""

import contextlib
import io
import linecache
import logging
import os
import sys
import tempfile
import types
import warnings
from collections.abc import Callable, Iterator, MutableMapping, Sequence, Set
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from autograder import checking, student_code
from autograder.calling import CallError, InProcess, NotAttemptedError
from autograder.errors import SandboxError
from autograder.outcomes import CheckResult
from autograder.spec import Course, LabSpec, TaskSpec

MOST_NOISE = 4000
"""Characters that are kept of what is printed."""
MOST_LINES = 6
"""Lines of a traceback: the first, and the last ones."""
Place = Callable[[str], str]
"""How the file of a frame reads: `cell 3`."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of the checks."""

    results: tuple[CheckResult, ...]
    lines: dict[str, tuple[str, ...]]
    """What a check said -> the learner's own lines of the traceback behind it."""
    noise: str = ""
    stopped: bool = False
    """The learner interrupted it."""

    def of(self, task: str) -> list[CheckResult]:
        """The results of one task."""
        return [result for result in self.results if result.task == task]


def run(
    spec: LabSpec,
    tasks: Sequence[TaskSpec],
    namespace: MutableMapping[str, Any],
    course: Course,
    place: Place | None = None,
    finished: Callable[[int, int], None] | None = None,
) -> Trial:
    """Run the public checks of these tasks.

    Whoever hears through `finished` how far they are may be showing it on stderr: then descriptor 2 stays where it is.

    A task that has hidden checks only has no results here.

    Raises:
        SandboxError: the checks themselves cannot be run.
    """
    files = course.check_files(spec.lab, hidden=False)
    if not files:
        raise SandboxError(f"{spec.lab} has no checks here.", "Is the download complete? Get the labs anew.")
    heard = Heard()
    names = {name for task in spec.tasks for name in task.functions}
    listener = _Listener(namespace, heard, place or file_name, names)
    results: list[CheckResult] = []
    with hushed(heard, descriptor=finished is None):
        for number, task in enumerate(tasks, 1):
            try:
                if named := _naming(files, task.id):
                    results += checking.run(named, listener, _CleanRoom(course, spec.lab), spec.lab.encode(), [task.id])
            except SandboxError:
                if not listener.stopped:
                    raise
                break
            if finished is not None:
                finished(number, len(tasks))
    return Trial(tuple(results), listener.lines, heard.text(), listener.stopped)


def _naming(files: Sequence[Path], task: str) -> list[Path]:
    """The check files that name the task: collecting all of them would take longer than the checks."""
    return [path for path in files if f'"{task}"' in path.read_text(encoding="utf-8")]


class _CleanRoom:
    """Our own code that recomputes things, loaded when a check first asks for it."""

    def __init__(self, course: Course, lab: str) -> None:
        self._course, self._lab = course, lab
        self._room: InProcess | None = None

    def call(self, function: str, /, *args: Any, **kwargs: Any) -> Any:
        """What our function returned."""
        if self._room is None:
            namespace: dict[str, Any] = {"__name__": "clean_room"}
            student_code.run_given([self._course.clean_room_source(self._lab)], namespace)
            self._room = InProcess(namespace)
        try:
            return self._room.call(function, *args, **kwargs)
        except CallError as error:
            raise SandboxError(
                f"recomputing failed: {error.said}", "Tell the course: this is a bug of ours."
            ) from error


class _Listener:
    """Calls the learner's functions and remembers where in their code something raised."""

    def __init__(self, namespace: MutableMapping[str, Any], heard: "Heard", place: Place, names: Set[str]) -> None:
        self._namespace, self._heard, self._place, self._names = namespace, heard, place, names
        self._inner = InProcess(namespace)
        self.lines: dict[str, tuple[str, ...]] = {}
        self.stopped = False

    def call(self, function: str, /, *args: Any, **kwargs: Any) -> Any:
        """What the learner's function returned."""
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("default")
            try:
                return self._inner.call(function, *args, **kwargs)
            except CallError as error:
                self._refuse_unwritten(error)
                if error.__cause__ is not None:
                    self.lines[error.said] = own_lines(error.__cause__, self._namespace, self._place)
                raise
            except KeyboardInterrupt:
                self.stopped = True
                raise
            finally:
                for warning in caught:
                    self._heard.say(f"{warning.category.__name__}: {warning.message}\n")

    def _refuse_unwritten(self, error: CallError) -> None:
        """Say which function is not written where another one, such as one that we gave, called it."""
        cause, name = error.__cause__, ""
        if isinstance(cause, NotImplementedError):
            name = innermost(cause).f_code.co_name
        elif isinstance(cause, NameError) and cause.name not in self._namespace:
            name = cause.name or ""
        if name in self._names:
            raise NotAttemptedError(f"{name} is not written yet.") from None


def innermost(error: BaseException) -> types.FrameType:
    """The frame that raised."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        raise ValueError("an exception that was never raised has no frame")
    return trace.tb_frame


def own_lines(error: BaseException, namespace: MutableMapping[str, Any], place: Place) -> tuple[str, ...]:
    """The lines of a traceback that belong to the learner, innermost last, libraries and ourselves left out."""
    found, trace = [], error.__traceback__
    while trace is not None:
        frame, code = trace.tb_frame, trace.tb_frame.f_code
        if frame.f_globals is namespace:
            source = linecache.getline(code.co_filename, trace.tb_lineno, frame.f_globals).strip()
            where = f"{place(code.co_filename)}, line {trace.tb_lineno}, in {code.co_name}"
            found.append(f"{where}: {source}" if source else where)
        trace = trace.tb_next
    if len(found) > MOST_LINES:
        found[1 : 2 - MOST_LINES] = [f"… {len(found) - MOST_LINES + 1} more …"]
    return tuple(found)


def file_name(name: str) -> str:
    """A frame's file without its folders: `my_lab.py`, or `cell 3` for `<cell 3>`."""
    return name.strip("<>") if name.startswith("<") else os.path.basename(name)


@dataclass(slots=True)
class Heard:
    """What was printed, up to a bound."""

    pieces: list[str] = field(default_factory=list)
    left: int = MOST_NOISE
    lost: int = 0

    def say(self, text: str) -> None:
        """Keep some more of it, while there is room."""
        kept = text[: self.left]
        if kept:
            self.pieces.append(kept)
            self.left -= len(kept)
        self.lost += len(text) - len(kept)

    def text(self) -> str:
        """All that was kept, and how much was not."""
        rest = f"\n… {self.lost:,} more characters" if self.lost else ""
        return "".join(self.pieces).strip() + rest


class _Ear(io.TextIOBase):
    """A stream that `Heard` listens to."""

    def __init__(self, heard: Heard) -> None:
        self._heard = heard

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        self._heard.say(str(text))
        return len(text)


@contextlib.contextmanager
def hushed(heard: Heard, *, descriptor: bool) -> Iterator[None]:
    """Nothing in the block reaches stdout or stderr.

    Not through Python's streams, not through log handlers of before, and with `descriptor` not from a C library either.
    """
    ear, shown = _Ear(heard), sys.stderr
    handlers = [(handler, stream) for stream in (shown, sys.__stderr__) for handler in _handlers_on(stream)]
    below = _hushed_descriptor(heard, shown) if descriptor else contextlib.nullcontext()
    with contextlib.redirect_stdout(ear), contextlib.redirect_stderr(ear), below:
        for handler, _ in handlers:
            handler.setStream(ear)
        try:
            yield
        finally:
            for handler, stream in handlers:
                handler.setStream(stream)
            for handler in _handlers_on(ear):  # of what was imported meanwhile
                handler.setStream(shown)


def _handlers_on(stream: Any) -> list["logging.StreamHandler[Any]"]:
    """The log handlers that hold this very stream, such as those that libraries set up when they are imported."""
    loggers = [logging.root, *logging.root.manager.loggerDict.values()]
    handlers = [handler for logger in loggers if isinstance(logger, logging.Logger) for handler in logger.handlers]
    own = [one for one in handlers if isinstance(one, logging.StreamHandler) and "stream" in vars(one)]
    return [one for one in own if one.stream is stream]  # a handler without its own follows sys.stderr by itself


@contextlib.contextmanager
def _hushed_descriptor(heard: Heard, shown: Any) -> Iterator[None]:
    """Descriptor 2 goes to a file meanwhile; where that cannot be, it is left alone."""
    with contextlib.ExitStack() as opened:
        try:
            _flush(shown)
            kept = os.dup(2)
            opened.callback(os.close, kept)
            file = opened.enter_context(tempfile.TemporaryFile())
            os.dup2(file.fileno(), 2)
        except OSError:
            yield
            return
        try:
            yield
        finally:
            _flush(shown)
            os.dup2(kept, 2)
            file.seek(0)
            heard.say(file.read(MOST_NOISE).decode("utf-8", "replace"))


def _flush(stream: Any) -> None:
    with contextlib.suppress(OSError, ValueError, AttributeError):
        stream.flush()

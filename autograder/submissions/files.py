"""Files that somebody else put there, listed and read without following anything.

In: a folder that the instructor named, and names below it. Out: what lies there, and bytes of bounded size.
Every step below the folder is opened relative to the one before it, and no step may be a link, so that neither a link
nor a folder that is swapped meanwhile leads elsewhere. What is opened is looked at once more before it is read.
Covered: links, hard links, pipes, sockets, devices, huge and sparse files, endless folders.
Not covered: what the file system itself does, such as a network disk that never answers.
Does not: execute, write or change anything.
"""

import contextlib
import errno
import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from autograder.errors import GradingError, SandboxError, SubmissionError
from autograder.submissions.found import AGAIN, LINK, MAX_BYTES, Found, kind_problem, too_large
from autograder.submissions.names import shown

MAX_DEPTH = 6
"""Folders below the one that was named."""
MAX_NAMES = 200_000
"""In the folder that was named; and in each folder in it, with all that lies below."""
MAX_NAMES_EACH = 2_000
"""In each folder further down, with all that lies below: one student cannot use up what the class may have."""
DISK = "Look at the disk that it lies on, then grade again."
OURS = frozenset({errno.EIO, errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOENT, errno.ESTALE})
"""A disk that fails, or a file that somebody takes away while we grade: no student did that."""


@dataclass(slots=True)
class _Walk:
    """A walk through a folder, with the number of names that it has met in there."""

    keep: Callable[[str], bool]
    limit: int
    met: int = 0

    def count(self, names: int = 1) -> None:
        self.met += names
        if self.met > self.limit:
            raise _TooManyError


class _TooManyError(Exception):
    """A folder holds more names than it may."""


def listed(root: Path, keep: Callable[[str], bool]) -> list[Found]:
    """All folders, and all files whose names are to be kept, below `root`; in the order of their names.

    Raises:
        GradingError: `root` cannot be read, or holds too many names itself.
    """
    try:
        with _opened_root(root) as folder:
            return list(_below(folder, (), _Walk(keep, MAX_NAMES)))
    except _TooManyError:
        raise GradingError(
            f"{shown(str(root))} holds more than {MAX_NAMES:,} names.", "Grade its parts one after another."
        ) from None


def read(root: Path, parts: tuple[str, ...], limit: int = MAX_BYTES) -> bytes:
    """The bytes of a file below `root`.

    Raises:
        SubmissionError: it is no plain file, too large, not readable, or a link stands in the way.
        SandboxError: the disk failed, or the file is gone.
    """
    with contextlib.ExitStack() as opened:
        folder = opened.enter_context(_opened_root(root))
        for part in parts[:-1]:
            folder = opened.enter_context(_opened(part, folder, os.O_DIRECTORY))
        # no blocking: a pipe that nobody writes to would hold the class up
        file = opened.enter_context(_opened(parts[-1], folder, os.O_NONBLOCK | os.O_NOCTTY))
        return _bounded(file, parts[-1], limit)


@contextlib.contextmanager
def _opened_root(root: Path) -> Iterator[int]:
    """The folder that the instructor named; it may be a link, for it is the instructor's own word."""
    try:
        handle = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise GradingError(f"{shown(str(root))} cannot be read: {reason}.", "Give another path.") from error
    try:
        yield handle
    finally:
        os.close(handle)


@contextlib.contextmanager
def _opened(name: str, folder: int, flags: int) -> Iterator[int]:
    """A file or folder in an open folder. Opening a device can do something, so its kind is looked at before, too."""
    try:
        _refuse_kind(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode, name, flags & os.O_DIRECTORY)
        handle = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | flags, dir_fd=folder)
    except OSError as error:
        if error.errno in OURS:
            raise SandboxError(f"{shown(name)} cannot be read: {error.strerror}.", DISK) from error
        reason = LINK if error.errno == errno.ELOOP else f"cannot be opened: {error.strerror}."
        raise SubmissionError(f"{shown(name)} {reason}", AGAIN) from error
    try:
        yield handle
    finally:
        os.close(handle)


def _refuse_kind(mode: int, name: str, folder: int) -> None:
    if stat.S_ISLNK(mode):
        raise SubmissionError(f"{shown(name)} {LINK}", AGAIN)
    if not (stat.S_ISDIR(mode) if folder else stat.S_ISREG(mode)):
        raise SubmissionError(f"{shown(name)} {kind_problem(mode)}", AGAIN)


def _bounded(file: int, name: str, limit: int) -> bytes:
    """All bytes of an open file, once it is sure that it is a plain one of bounded size."""
    state = os.fstat(file)
    _refuse_kind(state.st_mode, name, 0)
    if state.st_nlink > 1:
        raise SubmissionError(
            f"{shown(name)} is one of {state.st_nlink} hard links to the same file, which may be somebody else's.",
            f"{AGAIN} (Instructor: a copy of the folder without hard links can be graded.)",
        )
    data = bytearray()
    while state.st_size <= limit and len(data) <= limit:
        try:
            chunk = os.read(file, min(2**20, limit + 1 - len(data)))
        except OSError as error:
            raise SandboxError(f"{shown(name)} cannot be read: {error.strerror}.", DISK) from error
        if not chunk:
            return bytes(data)
        data += chunk
    raise SubmissionError(f"{shown(name)} {too_large(max(state.st_size, len(data)), limit)}", AGAIN)


def _below(folder: int, parts: tuple[str, ...], walk: _Walk) -> Iterator[Found]:
    for name, link, is_folder in sorted(_entries(folder, walk)):
        if is_folder:
            yield from _in_folder(folder, (*parts, name), walk)
        else:
            yield Found((*parts, name), folder=link and not walk.keep(name), problem=LINK if link else "")


def _entries(folder: int, walk: _Walk) -> list[tuple[str, bool, bool]]:
    """Name, is it a link, is it a folder. A link is kept whatever its name: it may stand for a folder."""
    kept = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                walk.count()
                link, is_folder = entry.is_symlink(), entry.is_dir(follow_symlinks=False)
                if is_folder or link or walk.keep(entry.name):
                    kept.append((entry.name, link, is_folder))
    except OSError as error:
        raise SandboxError(f"a folder cannot be read: {error.strerror}.", DISK) from error
    return kept


def _in_folder(parent: int, parts: tuple[str, ...], walk: _Walk) -> Iterator[Found]:
    """A folder and what is in it, or the folder alone with the reason why not."""
    if len(parts) > MAX_DEPTH:
        yield Found(parts, folder=True, problem=f"lies deeper than {MAX_DEPTH} folders.")
        return
    top = len(parts) == 1
    inner = _Walk(walk.keep, MAX_NAMES if top else min(MAX_NAMES_EACH, walk.limit - walk.met))
    try:
        with _opened(parts[-1], parent, os.O_DIRECTORY) as folder:
            inside = list(_below(folder, parts, inner))
    except _TooManyError:
        yield Found(parts, folder=True, problem=f"holds more than {inner.limit:,} files.")
    except GradingError as error:
        reason = error.problem.removeprefix(f"{shown(parts[-1])} ")
        yield Found(parts, folder=True, problem=reason, ours=isinstance(error, SandboxError))
    else:
        yield Found(parts, folder=True)
        yield from inside
    if not top:
        walk.count(inner.met)

"""The notebooks that formgrader shows and feedback is made from: a student's own cells among ours, nothing that acts.

In: what was handed in, and the lab's released notebook. Out: `autograded/STUDENT/STEM/STEM.ipynb`, as nbgrader lays it.
Our given cells and checks stand there as we released them, whatever the student made of them. Outputs, attachments and
metadata are left out. nbgrader shows text cells with the HTML and the links in them to whoever grades, so both are
disarmed. No link on the disk is followed: each folder is opened from the one above it.
Does not: run or judge anything, or hide what a student wrote.
"""

import contextlib
import json
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from autograder.authoring import notebooks
from autograder.errors import GradingError, SubmissionError
from autograder.spec import LabSpec
from autograder.submissions import files, uploads
from autograder.submissions.cells import Cell, read_cells
from autograder.submissions.uploads import Upload

STAMP = "timestamp.txt"
MAX_STAMP = 200
"""Bytes of a time stamp."""
TAG = re.compile(r"<(?=[A-Za-z/!?])")
ENTITY = re.compile(r"&(?=[#A-Za-z])")
LINKED = re.compile(r"\](?=[(:\[])")
SUBMITTED, AUTOGRADED = "submitted", "autograded"


@dataclass(frozen=True, slots=True)
class Copies:
    """Makes the notebooks of one class; without a folder to write to, it does nothing."""

    spec: LabSpec
    target: Path | None = None
    stamps: Path | None = None
    """nbgrader's `submitted/`, if that is what was graded."""
    found: dict[str, Upload] = field(default_factory=dict)
    released: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, submitted: Path | None, autograded: Path | None, spec: LabSpec, labs: Path) -> "Copies":
        """Look at what was handed in; nothing is written yet.

        Raises:
            GradingError: it cannot be read, or the lab was not released.
        """
        is_nbgraders = submitted is not None and submitted.name == SUBMITTED and submitted.is_dir()
        target = autograded
        if target is None and is_nbgraders and submitted is not None:
            target = submitted.with_name(AUTOGRADED)
        stamps = submitted if is_nbgraders else None
        if submitted is None or target is None:
            return cls(spec, stamps=stamps)
        path = labs / spec.notebook / f"{spec.notebook}.ipynb"
        try:
            released = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise GradingError(f"{path.name} cannot be read: {error}.", "Make it again: autograder release") from error
        found = {upload.student: upload for upload in uploads.find(submitted, spec)}
        return cls(spec, target, stamps, found, released)

    @property
    def has_timestamps(self) -> bool:
        """Formgrader shows a submission as graded only if the gradebook has the same time as its folder."""
        return self.stamps is not None

    def timestamp(self, student: str) -> str | None:
        """When the student handed it in, as nbgrader wrote it down; None where it did not."""
        from nbgrader.utils import parse_utc

        text = self._stamp(student)
        try:
            parse_utc(text)
        except (ValueError, OverflowError):
            return None
        return text

    def write(self, student: str) -> None:
        """Write the student's notebook.

        Raises:
            GradingError: the folder cannot be written, or a link stands in the way.
        """
        if self.target is None or not _is_name(student):
            return
        stem, stamp = self.spec.notebook, self._stamp(student)
        text = json.dumps(self._notebook(student), ensure_ascii=False, indent=1, sort_keys=True) + "\n"
        with _folder(self.target, (student, stem)) as folder:
            _write(folder, f"{stem}.ipynb", text)
            if stamp is not None:
                _write(folder, STAMP, stamp)

    def _stamp(self, student: str) -> str | None:
        if self.stamps is None or not _is_name(student):
            return None
        try:
            data = files.read(self.stamps, (student, self.spec.notebook, STAMP), MAX_STAMP)
        except GradingError:
            return None
        return data.decode("utf-8", "replace").strip() or None

    def _notebook(self, student: str) -> dict[str, Any]:
        try:
            upload = self.found[student]
            cells = read_cells(uploads.content(upload), upload.name).cells
            note = ""
        except (KeyError, GradingError) as error:
            cells, note = [], error.problem if isinstance(error, SubmissionError) else "There is no such upload."
        return composed(cells, self.released, self.spec, note)


def composed(cells: Sequence[Cell], released: dict[str, Any], spec: LabSpec, note: str = "") -> dict[str, Any]:
    """A notebook of a student's cells in their order, with ours in the places of ours; what is missing is added."""
    ours = {cell["id"]: cell for cell in released["cells"] if cell["metadata"].get("nbgrader")}
    places = _places(cells, ours, spec)
    made = [_plain("note", "text", note)] if note else []
    for number, cell in enumerate(cells):
        name = places.get(number)
        made.append(_plain(f"cell-{number}", cell.kind, cell.source) if name is None else _filled(ours[name], cell))
    missing = [cell for name, cell in ours.items() if name not in places.values()]
    return {**released, "cells": [*made, *missing]}


def _places(cells: Sequence[Cell], ours: dict[str, Any], spec: LabSpec) -> dict[int, str]:
    """Which of the student's cells stands for which of ours.

    By nbgrader's name, the last cell of that name; a task's first cell else by the functions that it begins to define.
    """
    places: dict[str, int] = {}
    for number, cell in enumerate(cells):
        name = cell.marks.strip('"')
        if name in ours and (cell.kind == "code") == (ours[name]["cell_type"] == "code"):
            places[name] = number
    for task in spec.graded:
        first = notebooks.solution_id(task.id)
        if first in ours and first not in places:
            heads = tuple(f"def {name}(" for name in task.functions)
            writing = [
                number
                for number, cell in enumerate(cells)
                if number not in places.values() and any(line.startswith(heads) for line in cell.source.split("\n"))
            ]
            places |= {first: writing[-1]} if writing else {}
    return {number: name for name, number in places.items()}


def _filled(ours: dict[str, Any], cell: Cell) -> dict[str, Any]:
    """Our cell, with the student's text in it where it is theirs to write."""
    if not ours["metadata"]["nbgrader"]["solution"]:
        return ours
    return {**ours, "source": cell.source if cell.kind == "code" else disarmed(cell.source)}


def _plain(name: str, kind: str, source: str) -> dict[str, Any]:
    if kind == "code":
        return notebooks.plain_cell("code", source, name, {})
    return notebooks.plain_cell("markdown", disarmed(source), name, {})


def disarmed(text: str) -> str:
    """Markdown that shows the same words, without a tag, an entity, a link or a picture in it."""
    return LINKED.sub(r"\]", TAG.sub("&lt;", ENTITY.sub("&amp;", text)))


def _is_name(student: str) -> bool:
    """Whether it can name one folder."""
    return student not in ("", ".", "..") and not set(student) & set("/\\\0")


@contextlib.contextmanager
def _folder(root: Path, parts: tuple[str, ...]) -> Iterator[int]:
    """The open folder `parts` below `root`, made where it is missing; the root may be a link, nothing below it."""
    try:
        with contextlib.ExitStack() as opened:
            root.mkdir(parents=True, exist_ok=True)
            folder = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
            opened.callback(os.close, folder)
            for part in parts:
                with contextlib.suppress(FileExistsError):
                    os.mkdir(part, dir_fd=folder)
                folder = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=folder)
                opened.callback(os.close, folder)
            yield folder
    except OSError as error:
        where = "/".join((root.name, *parts))
        raise GradingError(
            f"{where} cannot be written: {error.strerror}.", "Move away what is there, a link perhaps."
        ) from error


def _write(folder: int, name: str, text: str) -> None:
    """Write the file whole; what had that name, a link too, is replaced and not followed."""
    partial = f".{name}.{os.getpid()}.partial"
    with contextlib.suppress(FileNotFoundError):
        os.unlink(partial, dir_fd=folder)
    file = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o644, dir_fd=folder)
    with os.fdopen(file, "w", encoding="utf-8") as out:
        out.write(text)
    os.replace(partial, name, src_dir_fd=folder, dst_dir_fd=folder)

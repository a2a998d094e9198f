"""Uploads for tests: notebooks, folders and zips, honest and hostile; all are written where a test says."""

import json
import struct
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from autograder.spec import LabSpec, TaskSpec

STEM = "lab1_qlora_configuration"
GIVEN = "import torch\nfrom autograder.learner import check, hint\n\nLEVELS = [0.0, 1.0]\n"
DEMO = "print(LEVELS)"
SPEC = LabSpec(
    lab="lab1",
    title="QLoRA configuration",
    notebook=STEM,
    minutes=60,
    tasks=(
        TaskSpec("lab1.nf4", "NF4 by hand", 4.0, 20, functions=("quantize",)),
        TaskSpec("lab1.reflection", "What you would measure", 4.0, 10, manual=True, stub="### Reflection\nYOUR ANSWER"),
    ),
    given=(GIVEN,),
    demos=(DEMO,),
)


def code(source: Any, **more: Any) -> dict[str, Any]:
    return {"cell_type": "code", "source": source, "metadata": {}, "outputs": [], "execution_count": None, **more}


def text(source: Any, **more: Any) -> dict[str, Any]:
    return {"cell_type": "markdown", "source": source, "metadata": {}, **more}


def notebook(*cells: Any, **more: Any) -> bytes:
    """A notebook of format 4.5; strings stand for code cells."""
    rows = [code(cell) if type(cell) is str else cell for cell in cells]
    return json.dumps({"cells": rows, "metadata": {}, "nbformat": 4, "nbformat_minor": 5, **more}).encode()


def answer(student: str) -> bytes:
    return notebook(f"WHO = {student!r}")


def tree(root: Path, files: Mapping[str, bytes | None]) -> Path:
    """Files with those bytes below `root`; None makes a folder."""
    for name, data in files.items():
        path = root / name
        (path if data is None else path.parent).mkdir(parents=True, exist_ok=True)
        if data is not None:
            path.write_bytes(data)
    return root


def zipped(path: Path, members: Mapping[str, bytes], change: Callable[[zipfile.ZipInfo], None] | None = None) -> Path:
    """A zip; `change` may alter what it states of each member before it is written."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            if change:
                change(info)
            archive.writestr(info, data)
    return path


def patched(path: Path, offset: int, form: str, *values: int, member: int = 0) -> Path:
    """The zip with other numbers in its list of members, `offset` bytes into one member's entry."""
    data = bytearray(path.read_bytes())
    place = -1
    for _ in range(member + 1):
        place = data.index(b"PK\1\2", place + 1)
    struct.pack_into(form, data, place + offset, *values)
    path.write_bytes(data)
    return path

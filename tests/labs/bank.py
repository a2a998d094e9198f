"""Somewhere to run the bank's answers over a lab's solution, in this process.

In: a lab's source, and answers of `autograder.rehearsal.bank`. Out: callers whose functions are the solution's, with an
answer laid over them.
Does not: read the bank, or judge anything.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from autograder.authoring import lab_source
from autograder.authoring.lab_source import LabSource
from autograder.calling import InProcess
from autograder.rehearsal.bank import Answer as Answer
from autograder.rehearsal.bank import answers as answers
from autograder.spec import Course

ROOT = Path(__file__).resolve().parents[2]


def source_of(lab: str) -> LabSource:
    """The lab's source, with its solution."""
    (path,) = (ROOT / "solutions").glob(f"{lab}_*.py")
    return lab_source.read(path)


def caller(source: LabSource, task_cells: Iterable[str]) -> InProcess:
    """Somewhere to call the functions of those cells, after the lab's given cells."""
    namespace: dict[str, Any] = {"__name__": "lab"}
    given = [cell.replace(lab_source.IMPORT, "") for cell in source.spec.given]
    for number, text in enumerate([*given, *task_cells], start=1):
        exec(compile(text, f"<cell {number}>", "exec"), namespace)  # noqa: S102  our own cells
    return InProcess(namespace)


def solution_cells(source: LabSource) -> list[str]:
    """The cells that solve the lab's tasks."""
    return [cell.source for cell in source.cells if cell.kind == "task"]


def stub_cells(source: LabSource, body: str = "raise NotImplementedError") -> list[str]:
    """Functions of the right names that all do the same."""
    names = [name for task in source.spec.tasks for name in task.functions]
    return [f"def {name}(*arguments, **named): {body}" for name in names]


def clean_room(lab: str) -> InProcess:
    """Our own functions, as the grader has them in a worker without student code."""
    namespace: dict[str, Any] = {"__name__": "clean_room"}
    exec(compile(Course().clean_room_source(lab), "<clean room>", "exec"), namespace)  # noqa: S102  our own code
    return InProcess(namespace)

"""The bank of answers to a lab's tasks, wrong and right, and somewhere to run them over the lab's solution.

In: `autograder/wrong_answers/LAB/TASK.py`, percent cells `wrong="misconception"` or `right="name"`; the lab's source.
Out: answers, and callers whose functions are the solution's, with an answer laid over them.
Does not: judge anything.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder.authoring import lab_source
from autograder.authoring.lab_source import LabSource
from autograder.calling import InProcess
from autograder.spec import Course

ROOT = Path(__file__).resolve().parents[2]
BANK = ROOT / "autograder" / "wrong_answers"


@dataclass(frozen=True, slots=True)
class Answer:
    """One cell of the bank. A wrong one is named after the misconception that checks must report."""

    task: str
    name: str
    right: bool
    source: str
    line: str
    """`nf4.py, cell 3`"""


def answers(lab: str) -> list[Answer]:
    """All answers to a lab's tasks.

    Raises:
        ValueError: a code cell is neither wrong nor right, or both.
    """
    import jupytext

    found = []
    for path in sorted((BANK / lab).glob("*.py")):
        notebook = jupytext.reads(path.read_text(encoding="utf-8"), fmt="py:percent")
        cells = [cell for cell in notebook.cells if cell.cell_type == "code" and "def " in cell.source]
        for number, cell in enumerate(cells, start=1):
            kinds = {"wrong", "right"} & set(cell.metadata)
            if len(kinds) != 1:
                raise ValueError(f'{path.name}, answer {number}: give it wrong="name" or right="name"')
            kind = kinds.pop()
            place = f"{path.name}, answer {number}"
            found.append(Answer(f"{lab}.{path.stem}", str(cell.metadata[kind]), kind == "right", cell.source, place))
    return found


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

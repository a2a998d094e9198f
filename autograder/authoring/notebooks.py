"""A lab's notebook: what nbgrader reads as its source, and what it made of it for learners.

In: a `LabSource`. Out: the nbgrader source notebook (solutions inside), the release that nbgrader's own converter
writes from such a folder, and its rows in a gradebook. Ids, metadata and order depend on the source alone, so that a
release is the same on every run.
nbgrader knows one stub for a whole notebook. `name_stubs` is a step of ours among its steps, after the solutions are
cut and before checksums are taken, which gives each stub its task and function; `release` counts them.
Does not: decide where anything is written in the course, or search what was made (`release` and `leaks` do).
"""

import hashlib
import logging
import re
import tempfile
from pathlib import Path
from typing import Any

from autograder.authoring.first_cell import HIDDEN
from autograder.authoring.lab_source import Cell, LabSource
from autograder.errors import SourceError

KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
STUB = "raise NotImplementedError()"
TODO = "# Your code here."
ANSWER = "*Write your answer here, in place of this line.*"
DEFINITION = re.compile(r"def (\w+)\(")
CONFIG = '''\
"""nbgrader's own commands and formgrader, in this folder: they make what `autograder release` makes."""

from autograder.authoring import notebooks

c = get_config()  # noqa: F821  nbgrader's word
notebooks.configure(c)
'''
"""`nbgrader_config.py` of an instructor's course folder."""


def check_id(task: str) -> str:
    """The name in nbgrader of the cell that scores a task; it allows no dots."""
    return task.replace(".", "-")


def solution_id(task: str, number: int = 1) -> str:
    """The name in nbgrader of a task's cell that a learner fills in; comments are stored under the first."""
    return f"{check_id(task)}-solution" + (f"-{number}" if number > 1 else "")


def stub_line(task: str, function: str) -> str:
    """What stands in a function until a learner writes it."""
    return f'raise NotImplementedError("{task}: {function} is yours to write")'


def source_notebook(lab: LabSource) -> Any:
    """The notebook that nbgrader starts from: all cells with their roles, solutions inside, a check after each task."""
    import nbformat

    cells: list[dict[str, Any]] = []
    left = [cell.task for cell in lab.cells if cell.kind == "task"]
    counts: dict[str, int] = {}
    for position, cell in enumerate(lab.cells):
        counts[cell.task or cell.kind] = counts.get(cell.task or cell.kind, 0) + 1
        cells.append(_cell(lab, cell, position, counts[cell.task or cell.kind]))
        if cell.kind == "task":
            left.remove(cell.task)
            if cell.task not in left:
                cells.append(_check_cell(lab, cell.task))
    metadata = {"kernelspec": KERNEL, "language_info": {"name": "python"}}
    notebook = {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    return nbformat.from_dict(notebook)  # type: ignore[no-untyped-call]


def _cell(lab: LabSource, cell: Cell, position: int, number: int) -> dict[str, Any]:
    """One cell; `number` counts those of its task, or of its kind."""
    source = cell.source
    if cell.kind == "task":
        name = solution_id(cell.task, number)
        return plain_cell("code", source, name, _role(name, solution=True))
    if cell.kind == "answer":
        name, points = check_id(cell.task), lab.spec.task(cell.task).points
        return plain_cell("markdown", source, name, _role(name, grade=True, solution=True, points=points))
    if cell.kind in ("setup", "given"):
        name = f"{lab.spec.lab}-{cell.kind}-{number}"
        look = HIDDEN if cell.kind == "setup" else {}
        return plain_cell("code", source, name, _role(name, locked=True) | look)
    name = hashlib.sha256(f"{lab.spec.lab}:{position}".encode()).hexdigest()[:8]
    return plain_cell("code" if cell.kind == "demo" else "markdown", source, name, {})


def _check_cell(lab: LabSource, task: str) -> dict[str, Any]:
    metadata = _role(check_id(task), grade=True, locked=True, points=lab.spec.task(task).points)
    return plain_cell("code", f'check("{task}")', check_id(task), metadata)


def plain_cell(kind: str, source: str, name: str, metadata: dict[str, Any]) -> dict[str, Any]:
    """A cell of notebook format 4.5."""
    cell: dict[str, Any] = {"cell_type": kind, "id": name, "metadata": metadata, "source": source}
    return cell | ({"execution_count": None, "outputs": []} if kind == "code" else {})


def _role(name: str, *, points: float | None = None, **roles: bool) -> dict[str, Any]:
    """The metadata by which nbgrader knows a cell, of the version that its validator accepts."""
    role: dict[str, Any] = {"schema_version": 3, "grade": False, "locked": False, "solution": False, "task": False}
    role |= roles | {"grade_id": name}
    return {"nbgrader": role if points is None else role | {"points": points}}


def name_stubs(notebook: Any, resources: Any) -> tuple[Any, Any]:
    """A step for nbgrader's converter: each stub says whose it is, by its cell's name and the function around it."""
    for cell in notebook.cells:
        role = cell.metadata.get("nbgrader", {})
        if cell.cell_type == "code" and role.get("solution"):
            cell.source = _named(cell.source, role["grade_id"])
    return notebook, resources


def _named(source: str, name: str) -> str:
    task = name.partition("-solution")[0].replace("-", ".", 1)
    lines, function = source.split("\n"), ""
    for index, line in enumerate(lines):
        head = DEFINITION.match(line)
        function = head[1] if head else function
        if line.strip() == STUB:
            lines[index] = line.replace(STUB, stub_line(task, function))
    return "\n".join(lines)


def configure(config: Any) -> None:
    """Make nbgrader's `generate_assignment` write what a release writes: its own steps, our stubs."""
    from nbgrader.converters import GenerateAssignment
    from nbgrader.preprocessors import ClearSolutions

    steps = list(GenerateAssignment().preprocessors)
    steps.insert(steps.index(ClearSolutions) + 1, name_stubs)
    config.GenerateAssignment.preprocessors = steps
    config.ClearSolutions.code_stub = {"python": f"{TODO}\n{STUB}"}
    config.ClearSolutions.text_stub = ANSWER


def generate(lab: LabSource, course: Path) -> Path:
    """Run nbgrader's `generate_assignment` on `course/source/STEM/` without a database; the folder that it made.

    Raises:
        SourceError: nbgrader refuses the notebook; what it logged is in the message.
    """
    from traitlets.config import Config

    config = Config()
    config.CourseDirectory.root = str(course)
    configure(config)
    config.GenerateAssignment.no_database = True
    config.SaveCells.enabled = False
    _convert(lab.path.stem, config)
    return course / "release" / lab.path.stem


def register(stem: str, labs: Path, db_url: str, course_id: str) -> None:
    """Let nbgrader enter a released notebook's cells into a gradebook; `labs` holds the folder STEM.

    Raises:
        SourceError: nbgrader refuses it; what it logged is in the message.
    """
    from nbgrader.preprocessors import CheckCellMetadata, SaveCells
    from traitlets.config import Config

    with tempfile.TemporaryDirectory(prefix="driftlab-register-") as aside:
        config = Config()
        config.CourseDirectory.root = str(labs.parent)
        config.CourseDirectory.source_directory = labs.name
        config.CourseDirectory.release_directory = aside
        config.CourseDirectory.db_url = db_url
        config.CourseDirectory.course_id = course_id
        config.GenerateAssignment.preprocessors = [CheckCellMetadata, SaveCells]
        _convert(stem, config)


def _convert(stem: str, config: Any) -> None:
    """Run nbgrader's converter, which says nothing on the terminal; its errors become ours."""
    from nbgrader.converters import GenerateAssignment
    from nbgrader.converters.base import NbGraderException
    from nbgrader.coursedir import CourseDirectory

    config.CourseDirectory.assignment_id = stem
    said = _Said()
    log = logging.Logger("nbgrader of a release")  # one of our own: nothing reaches the terminal
    log.addHandler(said)
    try:
        GenerateAssignment(coursedir=CourseDirectory(config=config), config=config, log=log).start()
    except NbGraderException as error:
        why = "\n".join(said.lines) or str(error)
        raise SourceError(f"nbgrader refuses {stem}: {why}", "Mend the lab's source and release it again.") from error


class _Said(logging.Handler):
    """Keeps the last line of each error that nbgrader logged: of a traceback, that is what was wrong."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage().strip().rpartition("\n")[2])

"""A submission read as data: the code that a student wrote, and the answers in words, without ours around them.

In: an `Upload` and what is known of the lab. Out: a frozen `Submission`, or the reason why there is none.
Cells that we gave (whether grading needs them or not) and cells that only call `check`, `hint`, `quiz` or `progress`
are left out, whatever their place or metadata; all others stay in their order.
Does not: run or compile anything, or believe the upload's metadata on points, tests or who somebody is.
"""

import hashlib
from dataclasses import dataclass

from autograder.spec import LabSpec, TaskSpec
from autograder.submissions.cells import Cell, Cells, normal, read_cells
from autograder.submissions.uploads import Upload, content

MAX_WRITTEN = 100_000
"""Characters of one answer in words."""
CALLS = ("check(", "hint(", "quiz(", "progress(")
IMPORT = "from autograder.learner import "
ARGUMENTS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.,- \"'")
"""What may stand between the brackets of those calls; no bracket, so that nothing else is called there."""
CUT = "the rest is cut off"


@dataclass(frozen=True, slots=True)
class Submission:
    """What one student handed in."""

    student: str
    sha256: str
    """Of the file's bytes."""
    cells: tuple[tuple[str, str], ...]
    """Origin and source of each cell of the student's own, to be run in this order."""
    written: dict[str, str]
    """Task id to the answer in words, for a human to grade; empty if there is none."""
    notes: tuple[str, ...] = ()


def read(upload: Upload, spec: LabSpec) -> Submission:
    """The submission.

    Raises:
        SubmissionError: it cannot be read; the message is the student's reason.
        SandboxError: our disk failed, so that there is nothing to say about the student.
    """
    return parse(content(upload), upload.name, spec, student=upload.student, notes=upload.notes)


def parse(data: bytes, name: str, spec: LabSpec, *, student: str, notes: tuple[str, ...] = ()) -> Submission:
    """The submission in these bytes; a learner's own notebook can be read so too.

    Raises:
        SubmissionError: it cannot be read.
    """
    cells = read_cells(data, name)
    ours = {normal(source) for source in (*spec.given, *spec.demos)}
    theirs = [cell for cell in cells.cells if cell.kind == "code" and not _is_ours(cell.source, ours)]
    written = {task.id: _written(task, cells, spec) for task in spec.tasks if task.manual}
    code = tuple((cell.origin, cell.source) for cell in theirs)
    return Submission(student, hashlib.sha256(data).hexdigest(), code, written, (*notes, *cells.notes))


def _is_ours(source: str, ours: set[str]) -> bool:
    text = normal(source)
    if text in ours:
        return True
    lines = [line for line in text.split("\n") if line.strip() and not line.startswith("#")]
    calls = [line for line in lines if _is_call(line)]
    return bool(calls) and all(line in calls or line.startswith(IMPORT) for line in lines)


def _is_call(line: str) -> bool:
    """A line `check("lab1.nf4")` and nothing else."""
    for start in CALLS:
        if line.startswith(start) and line.endswith(")"):
            return set(line[len(start) : -1]) <= ARGUMENTS
    return False


def _written(task: TaskSpec, cells: Cells, spec: LabSpec) -> str:
    """The answer in words: from the cells that carry the task's name, else from below a heading with its title."""
    dashed = task.id.replace(".", "-")
    names = [f'"{name}"' for name in (dashed, f"{dashed}-solution", f"{dashed}-answer", task.id)]
    named = [cell.source for cell in cells.cells if any(name in cell.marks for name in names)]
    stub = normal(task.stub)
    answer = normal("\n\n".join(text for text in named if normal(text) != stub) if named else _below(task, cells.cells))
    if not answer.strip() or answer == stub:
        return ""
    return answer if len(answer) <= MAX_WRITTEN else f"{answer[:MAX_WRITTEN]}\n({CUT})"


def _below(task: TaskSpec, cells: list[Cell]) -> str:
    """The text from the task's heading to the next heading of its rank, over the ends of cells."""
    lines = [line for cell in cells if cell.kind == "text" for line in [*cell.source.split("\n"), ""]]
    rank, answer = 0, []
    for line in lines:
        depth = _rank(line)
        if rank and 0 < depth <= rank:
            break
        if rank:
            answer.append(line)
        elif depth and task.title.casefold() in line.casefold():
            rank = depth
    return "\n".join(answer)


def _rank(line: str) -> int:
    """1 to 6 for a heading, else 0."""
    marks = len(line) - len(line.lstrip("#"))
    return marks if marks <= 6 and line[marks : marks + 1] == " " else 0

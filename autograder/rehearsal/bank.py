"""The bank of answers to a lab's tasks, wrong and right, and what each wrong one is recorded to earn.

In: `autograder/wrong_answers/LAB/TASK.py`, percent cells `wrong="misconception"` or `right="name"`;
`recorded/wrong-answers.json`. Out: answers, and the points that remain when one is laid over the solution.
Does not: run or judge an answer.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from autograder.errors import GradingError

ROOT = Path(__file__).resolve().parents[2]
BANK = ROOT / "autograder" / "wrong_answers"
RECORD = ROOT / "recorded" / "wrong-answers.json"

Points = tuple[float, float]
"""Of public checks, and of hidden ones."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One cell of the bank. A wrong one is named after the misconception that checks must report."""

    task: str
    name: str
    right: bool
    source: str
    line: str
    """`nf4.py, answer 3`"""


@cache
def answers(lab: str) -> tuple[Answer, ...]:
    """All answers to a lab's tasks.

    Raises:
        GradingError: there is no bank for the lab, or a code cell of it is neither wrong nor right, or both.
    """
    import jupytext

    found = []
    for path in sorted((BANK / lab).glob("*.py")):
        notebook = jupytext.reads(path.read_text(encoding="utf-8"), fmt="py:percent")
        cells = [cell for cell in notebook.cells if cell.cell_type == "code" and "def " in cell.source]
        for number, cell in enumerate(cells, start=1):
            place = f"{path.name}, answer {number}"
            kinds = {"wrong", "right"} & set(cell.metadata)
            if len(kinds) != 1:
                raise GradingError(f"{place} is neither wrong nor right.", 'Give it wrong="name" or right="name".')
            kind = kinds.pop()
            found.append(Answer(f"{lab}.{path.stem}", str(cell.metadata[kind]), kind == "right", cell.source, place))
    if not found:
        raise GradingError(f"there is no bank of answers for {lab}.", "Use a checkout of the whole repository.")
    return tuple(found)


@cache
def kept(lab: str) -> Mapping[str, Mapping[str, Points]]:
    """A wrong answer's `line` to the tasks that do not have full marks with it, and what is left of each.

    The answer's own task is among them, and tasks whose solution calls its functions. Answers whose points depend on
    what is drawn for a student are left out.

    Raises:
        GradingError: the record is not here, or is of another bank.
    """
    try:
        record = json.loads(RECORD.read_text(encoding="utf-8"))["labs"][lab]
        left = {(task, name): iter(rows) for task, row in record.items() for name, rows in row["wrong"].items()}
        varies = {line for row in record.values() for line in row["varies"]}
        wrong = {answer.line: next(left[answer.task, answer.name]) for answer in answers(lab) if not answer.right}
        return {
            line: {task: (public, hidden) for task, (public, hidden) in row.items()}
            for line, row in wrong.items()
            if line not in varies
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError, StopIteration) as error:
        raise GradingError(
            f"{RECORD.name} does not say what the answers to {lab} earn: {error!r}.",
            "In a checkout, make it again: ./lab python tests/labs/record_bank.py",
        ) from error

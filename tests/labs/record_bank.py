"""Records what the bank's answers earn when they are graded: `recorded/wrong-answers.json`, which the guide shows.

In: nothing. Out: for each lab and task its points, how many other right ways there are, and for each mistake the points
of every answer that makes it, laid over the solution, with public and hidden checks.
Does not: run as a test; `test_guide` holds the file against the bank. Again: `./lab python tests/labs/record_bank.py`,
with the names of labs to grade these alone.
"""

import json
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import bank

from autograder import checking
from autograder.outcomes import CheckResult
from autograder.spec import Course
from driftlab.records import write_atomically

RECORD = Path(__file__).resolve().parents[2] / "recorded" / "wrong-answers.json"
MADE = "./lab python tests/labs/record_bank.py"


def graded(lab: str, answers: list[bank.Answer]) -> dict[str, float]:
    """An answer's line to the points of its task. All answers to a task are asked the same, drawn from its name."""
    source, found = bank.source_of(lab), dict[str, list[CheckResult]]()
    solution, room = bank.solution_cells(source), bank.clean_room(lab)
    subjects = []
    for answer in answers:
        found[answer.line] = []
        caller = bank.caller(source, [*solution, answer.source])
        report = found[answer.line].extend
        subjects.append(checking.Subject(caller, room, answer.task.encode(), frozenset({answer.task}), report))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what libraries warn of is no matter of the checks
        checking.run_session(Course().check_files(lab, hidden=True), subjects)
    return {line: sum(result.points for result in results) for line, results in found.items()}


def of_lab(lab: str) -> dict[str, Any]:
    """The lab's part of the record."""
    answers = bank.answers(lab)
    points = graded(lab, [answer for answer in answers if not answer.right])
    tasks: dict[str, Any] = {}
    for task in Course().spec(lab).graded:
        own = [answer for answer in answers if answer.task == task.id]
        wrong: dict[str, list[float]] = {}
        for answer in own:
            if not answer.right:
                wrong.setdefault(answer.name, []).append(points[answer.line])
        rights = sum(answer.right for answer in own)
        tasks[task.id] = {"out_of": task.points, "right": rights, "wrong": wrong}
    return tasks


def main(chosen: Sequence[str]) -> None:
    """Grade the banks of the named labs, or of all, and write the record; other labs' parts stay as they are."""
    labs = json.loads(RECORD.read_text(encoding="utf-8"))["labs"] if RECORD.exists() else {}
    there = sorted(path.stem for path in Course().specs.glob("*.json"))
    for lab in chosen or there:
        labs[lab] = of_lab(lab)
        kept = {name: labs[name] for name in there if name in labs}
        write_atomically(RECORD, [json.dumps({"made_by": MADE, "labs": kept}, indent=1), "\n"])
        sys.stderr.write(f"{lab} done\n")


if __name__ == "__main__":
    main(sys.argv[1:])

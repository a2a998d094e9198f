"""Records what the bank's answers earn when they are graded: `recorded/wrong-answers.json`, which the guide shows.

In: nothing. Out: for each lab and task its points, how many other right ways there are, and for each mistake what every
answer that makes it leaves, laid over the solution: task to points of public and of hidden checks, for its own task
and for each that loses points because its solution calls it. Where that depends on what is drawn, the answer is in
`varies`.
Does not: run as a test; `test_guide` holds the file against the bank. Again: `./lab python tests/labs/record_bank.py`,
with the names of labs to grade these alone.
"""

import json
import re
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import bank

from autograder import checking
from autograder.outcomes import CheckResult
from autograder.rehearsal import working
from autograder.spec import Course
from driftlab.records import write_atomically

RECORD = Path(__file__).resolve().parents[2] / "recorded" / "wrong-answers.json"
DRAWS = (b"a", b"b")
"""What else is drawn from, besides the task's name: an answer that does not earn the same with each is named."""
MADE = "./lab python tests/labs/record_bank.py"


Left = dict[str, list[float]]
"""Task to its points of public checks and of hidden ones."""


def graded(lab: str, answers: Sequence[bank.Answer]) -> dict[str, list[Left]]:
    """An answer's line to what is left with each draw: of its task, and of each task whose solution calls it."""
    source, found = bank.source_of(lab), dict[str, list[list[CheckResult]]]()
    solution, room, needs = bank.solution_cells(source), bank.clean_room(lab), working.lab(lab).needs
    subjects = []
    for answer in answers:
        tasks = frozenset({answer.task} | {task for task, needed in needs.items() if answer.task in needed})
        for draw in (answer.task.encode(), *DRAWS):
            caller = bank.caller(source, [*solution, answer.source])
            results: list[CheckResult] = []
            found.setdefault(answer.line, []).append(results)
            subjects.append(checking.Subject(caller, room, draw, tasks, results.extend))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what libraries warn of is no matter of the checks
        checking.run_session(Course().check_files(lab, hidden=True), subjects)
    return {line: [_left(results) for results in drawn] for line, drawn in found.items()}


def _left(results: Sequence[CheckResult]) -> Left:
    """Task to its points of public and of hidden checks, where these are not all that it has."""
    left: Left = {}
    for task in {result.task for result in results}:
        own = [result for result in results if result.task == task]
        points = [sum(result.points for result in own if result.public == asked) for asked in (True, False)]
        if sum(points) < sum(result.out_of for result in own):
            left[task] = points
    return dict(sorted(left.items()))


def of_lab(lab: str) -> dict[str, Any]:
    """The lab's part of the record: what is left with the first draw, and which answers come to more with another."""
    answers = bank.answers(lab)
    drawn = graded(lab, [answer for answer in answers if not answer.right])
    tasks: dict[str, Any] = {}
    for task in Course().spec(lab).graded:
        own = [answer for answer in answers if answer.task == task.id]
        wrong: dict[str, list[Left]] = {}
        for answer in own:
            if not answer.right:
                wrong.setdefault(answer.name, []).append(drawn[answer.line][0])
        tasks[task.id] = {
            "out_of": task.points,
            "right": sum(answer.right for answer in own),
            "varies": [answer.line for answer in own if not _is_settled(drawn.get(answer.line, []))],
            "wrong": wrong,
        }
    return tasks


def _is_settled(drawn: Sequence[Left]) -> bool:
    return all(left == drawn[0] for left in drawn)


def main(chosen: Sequence[str]) -> None:
    """Grade the banks of the named labs, or of all, and write the record; other labs' parts stay as they are."""
    labs = json.loads(RECORD.read_text(encoding="utf-8"))["labs"] if RECORD.exists() else {}
    there = sorted(path.stem for path in Course().specs.glob("*.json"))
    for lab in chosen or there:
        labs[lab] = of_lab(lab)
        kept = {name: labs[name] for name in there if name in labs}
        write_atomically(RECORD, [_text({"made_by": MADE, "labs": kept}), "\n"])
        sys.stderr.write(f"{lab} done\n")


def _text(record: dict[str, Any]) -> str:
    """JSON with what one answer leaves on a line of its own."""
    text = json.dumps(record, indent=1)
    for inner in (r"\[[^][{}]*\]", r"\{[^{}\"]*\"[^{}]*\]\s*\}"):
        text = re.sub(inner, lambda found: " ".join(found[0].split()), text)
    return text


if __name__ == "__main__":
    main(sys.argv[1:])

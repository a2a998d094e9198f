"""What the learner's commands do: check a file of their own, ask a quiz, show how far they have come.

In: parsed arguments. Out: an exit code (0 every check passed, 1 one did not); the result on stdout, progress on stderr.
With `--json` one object on stdout, all else on stderr.
Does not: parse arguments (`cli` does), catch errors (`driftlab.console` does), or run anybody else's code.
"""

import json
import shlex
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograder.desk import board, board_shown, terminal
from autograder.desk.board import LabRow
from autograder.desk.progress import Progress
from autograder.desk.wording import plural
from autograder.errors import GradingError
from autograder.quiz import questions
from autograder.quiz import terminal as asking
from autograder.quiz.sitting import Sitting
from autograder.spec import Course, LabSpec
from driftlab.screen import open_screen

if TYPE_CHECKING:
    from rich.console import Console

OK, FAILED = 0, 1


def check(lab: str, task: str | None, file: Path | None, *, as_json: bool) -> int:
    """Run the public checks of a lab, or of one task, on a file."""
    with open_screen() as screen:
        screen.stage(f"Checking {lab}")
        checked = terminal.check_file(file, lab, task, screen=screen)
    terminal.show_checks(checked, _prose(as_json))
    if as_json:
        _print_json(checked.to_json())
    return OK if checked.passed else FAILED


def quiz(
    lab: str | None, seed: int | None, folder: Path | None, check_only: Path | None, *, fresh: bool, as_json: bool
) -> int:
    """Ask the quiz of a lab, or look through a file of questions that somebody writes."""
    course, console = Course(), _prose(as_json)
    if check_only is not None:
        found = questions.read(check_only)
        answer: dict[str, Any] = {"lab": found.lab, "questions": len(found.questions)}
        _print(f"{check_only.name}: {len(found.questions)} questions, nothing to mend", console)
    elif lab is None:
        known = ", ".join(questions.labs(course.quizzes)) or "none yet"
        raise GradingError("no lab is named.", f"Choose among: {known}. For example: autograder quiz lab1")
    else:
        found = questions.of_lab(lab, course.quizzes)
        sitting = Sitting(found, folder or _place(course.spec(found.lab)))
        before = 0 if sitting.finished else len(sitting.answers)
        goes_on = sitting.begin(seed, fresh=fresh)
        if before and not goes_on:
            _print(f"The sitting that was open, with {plural(before, 'answer')}, is put away.", console)
        command = f"autograder quiz {found.lab}" + (f" --folder {shlex.quote(str(folder))}" if folder else "")
        asking.ask_all(sitting, console, command, goes_on=goes_on)
        answer = sitting.to_json()
    if as_json:
        _print_json(answer)
    return OK


def progress(lab: str | None, folder: Path | None, page: Path | None, *, as_json: bool) -> int:
    """Show how far the learner has come, in all labs or in one."""
    course, console = Course(), _prose(as_json)
    specs = [course.spec(name) for name in ([lab] if lab else course.labs)]
    rows = [_row(spec, folder, course) for spec in specs]
    board_shown.show(rows, console, tasks=True)
    if page is not None:
        board_shown.write_page(rows, page, datetime.now().astimezone())
        _print(f"page: {page}", console)
    if as_json:
        labs = [row.to_json() for row in rows]
        _print_json({"labs": labs, **board.totals(rows), "page": str(page) if page else None})
    return OK


def _row(spec: LabSpec, folder: Path | None, course: Course) -> LabRow:
    kept = Progress.load(folder or _place(spec), spec.lab)
    return board.of_lab(spec, kept, questions.count(spec.lab, course.quizzes))


def _place(spec: LabSpec) -> Path:
    """The folder of the lab's notebook, where `check` keeps its progress; the current one where there is none."""
    try:
        return terminal.find_file(spec).resolve().parent
    except GradingError:
        return Path.cwd()


def _print_json(row: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(row, allow_nan=False) + "\n")


def _print(text: str, console: "Console") -> None:
    console.print(text, markup=False, highlight=False, soft_wrap=True)


def _prose(to_stderr: bool) -> "Console":
    from rich.console import Console

    return Console(stderr=to_stderr)

"""The progress board in a terminal, in a pipe, as a card in a notebook, and as a page of its own.

In: `LabRow`s. Out: tables and lines on a console; a `Card`; an HTML file, written whole or not at all.
Every state has a sign and a word, so that no colour is needed; the page has no script.
Does not: count anything.
"""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.desk import board, pages
from autograder.desk.board import LabRow, TaskRow
from autograder.desk.cards import Card, Row
from autograder.desk.wording import Mark, Tone, amount, plural, share
from autograder.errors import GradingError
from driftlab.records import write_atomically

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

NOTHING = "-"
TONES: dict[Tone, str] = {"good": "green", "bad": "red", "open": "dim", "ours": "magenta"}
"""Beside a sign and a word, never instead of them."""
ABOUT = (
    "Points are those of the public checks; grading has further checks. Hints cost nothing. Time is what lies between "
    "one check, hint or answer and the next; a pause of over 20 minutes is left out."
)


def show(labs: Sequence[LabRow], console: "Console", *, tasks: bool) -> None:
    """A line for each lab, then, with `tasks`, one for each task of the labs that were begun (of all, if it is one)."""
    detailed = [lab for lab in labs if lab.begun or len(labs) == 1] if tasks else []
    if console.is_terminal:
        console.print(_labs(labs, console))
        for lab in detailed:
            console.print(_tasks(lab, console))
    else:
        lines = [f"{lab.lab}: {', '.join(_summary(lab))}" for lab in labs]
        lines += [_line(task, console) for lab in detailed for task in lab.tasks]
        for line in lines:
            console.print(line, markup=False, highlight=False, soft_wrap=True)
    if not any(lab.begun for lab in labs):
        first = labs[0].lab if labs else "lab1"
        begin = f"Nothing was tried yet. Begin: autograder check {first}"
        console.print(begin, markup=False, highlight=False, soft_wrap=True)


def _summary(lab: LabRow) -> list[str]:
    return [
        f"{lab.done} of {plural(len(lab.graded), 'task')} done",
        f"{points(lab)} points" if lab.out_of_public else "no points yet",
        f"{lab.hints} of {plural(lab.hints_available, 'hint')}",
        f"time {lab.time}",
        f"quiz {board.quiz_words(lab)}",
    ]


def points(lab: LabRow | TaskRow) -> str:
    """`1.5 of 2`, of the public checks that were run; a dash where none were."""
    return share(lab.points, lab.out_of_public) if lab.out_of_public else NOTHING


def _line(task: TaskRow, console: "Console") -> str:
    return ", ".join(filter(None, (f"{task.task}: {_worded(task.mark, console)}", _task_words(task))))


def _labs(labs: Sequence[LabRow], console: "Console") -> "Table":
    table = _table(console)
    for name, side in (("lab", "left"), ("tasks done", "right"), ("points", "right"), ("hints", "right")):
        table.add_column(name, justify=side, overflow="fold")  # type: ignore[arg-type]
    table.add_column("time", overflow="fold")
    table.add_column("quiz", overflow="fold")
    for lab in labs:
        done, hints = f"{lab.done} of {len(lab.graded)}", f"{lab.hints} of {lab.hints_available}"
        table.add_row(f"{lab.lab}  {lab.title}", done, points(lab), hints, lab.time, board.quiz_words(lab))
    return table


def _tasks(lab: LabRow, console: "Console") -> "Table":
    from rich.text import Text

    table = _table(console)
    table.add_column("task", overflow="fold")
    table.add_column("state", overflow="fold")
    for name in ("points", "hints", "checked"):
        table.add_column(name, justify="right")
    for task in lab.tasks:
        hints = f"{task.hints} of {task.hints_available}" if task.hints_available else "-"
        row = (points(task), hints, str(task.checked) if task.mark is not board.BY_HAND else "-")
        state = Text(_worded(task.mark, console), style=TONES[task.mark.tone])
        table.add_row(Text(f"{task.task}  {task.title}"), state, *row)
    return table


def _table(console: "Console") -> "Table":
    from rich import box
    from rich.table import Table

    lines = box.SIMPLE_HEAD if _shows_signs(console) else box.ASCII
    return Table(box=lines, pad_edge=False, padding=(0, 1))


def _worded(mark: Mark, console: "Console") -> str:
    return f"{mark.sign if _shows_signs(console) else mark.plain} {mark.word}"


def _shows_signs(console: "Console") -> bool:
    return console.encoding.lower().startswith("utf")


def card(labs: Sequence[LabRow]) -> Card:
    """The board as a card: a row for each task of one lab, or for each lab of several."""
    if len(labs) == 1:
        (lab,) = labs
        rows = tuple(Row(f"{task.title} ({task.task})", task.mark, _task_words(task)) for task in lab.tasks)
        done, *others = _summary(lab)
        advice = (f"So far: {', '.join(others)}.", ABOUT, '`progress("all")` shows all labs.')
        return Card(lab.title, lab.mark, lab.lab, done, rows, advice=advice)
    sums = board.totals(labs)
    rows = tuple(Row(f"{lab.title} ({lab.lab})", lab.mark, ", ".join(_summary(lab))) for lab in labs)
    done = f"{sums['done']} of {plural(sums['tasks'], 'task')} done"
    spent = f"{plural(sums['hints'], 'hint')}, time {board.duration(sums['seconds'])}"
    gained = f"{amount(sums['points'])} point{'' if sums['points'] == 1 else 's'}"
    in_all = f"In all: {gained}, {spent}."
    return Card("All labs", board.together([lab.mark for lab in labs]), "", done, rows, advice=(in_all, ABOUT))


def _task_words(task: TaskRow) -> str:
    """What stands beside a task and its state."""
    if task.mark is board.BY_HAND:
        return f"up to {amount(task.out_of)} points"
    gained = f"{points(task)} points" if task.out_of_public else ""
    hints = f"{task.hints} of {plural(task.hints_available, 'hint')}" if task.hints_available else ""
    return ", ".join(filter(None, (gained, hints)))


def page(labs: Sequence[LabRow], made: datetime) -> str:
    """The board as a page."""
    return pages.render(
        "progress.html.j2",
        "progress.css",
        labs=labs,
        totals=board.totals(labs),
        duration=board.duration,
        points=points,
        quiz_words=board.quiz_words,
        by_hand=board.BY_HAND,
        marks=(board.DONE, board.BEGUN, board.TODO, board.BY_HAND),
        about=ABOUT,
        made=made.strftime("%d %B %Y, %H:%M").lstrip("0"),
    )


def write_page(labs: Sequence[LabRow], target: Path, made: datetime) -> None:
    """Write the page.

    Raises:
        GradingError: the file cannot be written.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(target, [page(labs, made)])
    except OSError as error:
        raise GradingError(
            f"{str(target)!r} cannot be written: {error.strerror or error}.", "Name another file with --page."
        ) from error

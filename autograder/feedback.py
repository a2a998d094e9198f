"""One page a student: what each task came to, what was called, came back and was wanted, and hints for what is left.

In: `SubmissionResult`s and the lab's spec. Out: a folder of HTML files, each whole in itself: no script, nothing is
loaded; light and dark, on a phone and on paper. Everything that a student or their code wrote is spelled out where it
hides (`untrusted.visible`), cut, and escaped by jinja2.
Does not: compute a score, show a line of a hidden check (only what it said about this student's inputs), or list other
students: each page may be handed out as it is.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from autograder.desk import cards, pages
from autograder.desk.cards import Row
from autograder.desk.wording import MARKS, Mark, amount, check_title, cut, looks_like, of, parts, plural, share
from autograder.errors import GradingError
from autograder.outcomes import CheckResult, Outcome, SubmissionResult, TaskResult
from autograder.spec import LabSpec, TaskSpec
from autograder.submissions.names import safe_name
from driftlab.records import write_atomically

LONGEST_NAME = 120
MOST_NOTES, LONGEST_NOTE = 30, 300
PARTLY = Mark("◐", "~", "partly right", "open")
BY_HAND = Mark("→", ">", "read by a human", "open")
UNKNOWN = Mark("?", "?", "not graded", "ours")
NAMES = {
    "submission": "your file (SHA-256)",
    "checks": "checks (SHA-256)",
    "environment": "environment (SHA-256)",
    "isolation": "isolation",
    "seed": "your inputs (fingerprint)",
    "salt": "inputs of the course (fingerprint)",
}


@dataclass(frozen=True, slots=True)
class CheckView:
    """One check."""

    row: Row
    whose: str


@dataclass(frozen=True, slots=True)
class TaskView:
    """One task. Without an anchor it is a line of the table only."""

    id: str
    title: str
    mark: Mark
    points: str
    anchor: str = ""
    quiet: str = ""
    """One sentence in place of the checks."""
    checks: tuple[CheckView, ...] = ()
    hints: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class View:
    """All that a page shows."""

    lab: str
    title: str
    student: str
    headline: str
    lede: str
    reason: str
    tasks: tuple[TaskView, ...]
    notes: tuple[str, ...]
    provenance: tuple[tuple[str, str], ...]


def write_pages(results: Iterable[SubmissionResult], spec: LabSpec, folder: Path) -> list[Path]:
    """Write a page for each result. Called again, it replaces what has changed.

    Raises:
        GradingError: the folder cannot be written.
    """
    written = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for result in results:
            path = folder / f"{safe_name(result.student)}.html"
            write_atomically(path, [render(result, spec)])
            written.append(path)
    except OSError as error:
        raise GradingError(
            f"feedback pages cannot be written to {str(folder)!r}: {error.strerror or error}.",
            "Free the disk or name another folder with --out, then give the same command again.",
        ) from error
    return written


def render(result: SubmissionResult, spec: LabSpec) -> str:
    """The page of one result."""
    return pages.render("feedback.html.j2", "feedback.css", view=view(result, spec))


def view(result: SubmissionResult, spec: LabSpec) -> View:
    """What the page shows."""
    headline, lede = _summary(result, spec)
    read = not result.ungraded and not result.reason
    provenance = result.provenance or {}
    return View(
        lab=spec.lab,
        title=spec.title,
        student=cut(result.student, LONGEST_NAME),
        headline=headline,
        lede=lede,
        reason=result.reason,
        tasks=tuple(_tasks(result, spec)) if read else (),
        notes=tuple(_notes(result)),
        provenance=tuple((NAMES.get(name, name), str(value)) for name, value in sorted(provenance.items())),
    )


def _notes(result: SubmissionResult) -> Iterator[str]:
    yield from (cut(note, LONGEST_NOTE) for note in result.notes[:MOST_NOTES])
    if len(result.notes) > MOST_NOTES:
        yield f"{plural(len(result.notes) - MOST_NOTES, 'more note')}."


def _summary(result: SubmissionResult, spec: LabSpec) -> tuple[str, str]:
    """The result in a line, and a sentence to it."""
    if result.points is None:
        return "No score yet", "Something failed on our side, and your teacher was told. Nothing of yours is lost."
    if result.reason:
        lede = "Your upload could not be read, so no task was graded."
        return of(0, spec.out_of), lede
    done = sum(task.outcome is Outcome.PASSED for task in result.tasks)
    lede = f"{done} of {plural(len(result.tasks), 'task')} passed every check."
    by_hand = [task for task in spec.tasks if task.manual]
    if by_hand:
        points = amount(sum(task.points for task in by_hand))
        lede += f" A human reads {plural(len(by_hand), 'answer')} and gives up to {points} points more."
    return of(result.points, spec.out_of), lede


def _tasks(result: SubmissionResult, spec: LabSpec) -> Iterator[TaskView]:
    graded = {task.task: task for task in result.tasks}
    for number, task in enumerate(spec.tasks, 1):
        if task.manual:
            yield TaskView(task.id, task.title, BY_HAND, f"up to {amount(task.points)}")
        elif task.id not in graded:
            yield TaskView(task.id, task.title, UNKNOWN, f"none of {amount(task.points)}")
        else:
            yield _task(task, graded[task.id], f"task-{number}")


def _task(spec: TaskSpec, result: TaskResult, anchor: str) -> TaskView:
    mark = MARKS[result.outcome]
    if result.outcome is not Outcome.PASSED and result.points > 0:
        mark = PARTLY
    quiet = ""
    if result.outcome is Outcome.NOT_ATTEMPTED and result.points == 0:
        names = ", ".join(spec.functions)
        quiet = f"Your file has no {names} of your own yet." if names else "Your file has nothing for it yet."
    hints = spec.hints if result.outcome is not Outcome.PASSED else ()
    return TaskView(
        spec.id, spec.title, mark, share(result.points, result.out_of), anchor, quiet,
        tuple(map(_check, result.checks)), tuple(" ".join(hint.split()) for hint in hints),
    )  # fmt: skip


def _check(result: CheckResult) -> CheckView:
    passed = result.outcome is Outcome.PASSED
    row = Row(
        check_title(result.check),
        MARKS[result.outcome],
        of(result.points, result.out_of),
        cards.NOTHING if passed else parts(result.said),
        "" if passed else looks_like(result.misconception),
    )
    return CheckView(row, "as in your notebook" if result.public else "with other inputs")

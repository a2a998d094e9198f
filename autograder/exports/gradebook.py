"""Scores into nbgrader's gradebook, through its own API, so that its export, feedback and formgrader show them.

In: the gradebook's address, a lab's spec, results. Out: rows, all of them or none; scores that a human gave stay.
A check's score stands at its task's check cell, what the check said at the task's first solution cell. Submissions that
our own machinery could not score are left out, and their old rows stay as they are. Called again, it changes nothing.
Does not: compute a score, run anything of a submission, or touch rows of another assignment.
"""

import contextlib
import os
import sys
import textwrap
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder.authoring import notebooks
from autograder.errors import GradingError
from autograder.exports.autograded import Copies
from autograder.outcomes import CheckResult, Outcome, SubmissionResult, TaskResult
from autograder.spec import LabSpec

LABS = Path(__file__).resolve().parents[2] / "labs"
WIDTH = 96
LONGEST = 4_000
"""Characters of a comment; a check's words may quote what a student returned."""
EXAMPLE = "An address looks like sqlite:///gradebook.db; nbgrader's own is in the course's folder."


@dataclass(frozen=True, slots=True)
class Put:
    """What was written."""

    students: tuple[str, ...]
    left_out: dict[str, str]
    """Student to the reason why there is nothing to write."""


def put_scores(
    db_url: str,
    spec: LabSpec,
    results: Iterable[SubmissionResult],
    *,
    course_id: str = "",
    submitted: Path | None = None,
    autograded: Path | None = None,
    labs: Path = LABS,
) -> Put:
    """Write results into the gradebook, and the notebooks for formgrader into `autograded`.

    `submitted` is what was graded; in nbgrader's own layout its time stamps are taken over, and `autograded` is the
    folder beside it if none is named. An assignment that the gradebook does not know is entered from `labs`.

    Raises:
        GradingError: the gradebook cannot be opened or written, or holds another version of the lab; no row is changed.
    """
    url, left_out, written = _absolute(db_url), dict[str, str](), list[str]()
    if not (labs / spec.notebook / f"{spec.notebook}.ipynb").is_file():
        raise GradingError(
            f"{spec.lab} was not released: there is no labs/{spec.notebook}/.", "Type: autograder release"
        )
    copies = Copies.of(submitted, autograded, spec, labs)
    with _one_transaction(url, spec, course_id, labs) as book:
        _refuse_other_cells(book, spec)
        for result in results:
            if result.ungraded or result.lab != spec.lab:
                left_out[result.student] = result.reason or f"a result of {result.lab}"
                continue
            _put_submission(book, spec, result, copies)
            written.append(result.student)
        book.db.flush()
        for student in written:
            copies.write(student)
    return Put(tuple(written), left_out)


@contextlib.contextmanager
def _one_transaction(url: str, spec: LabSpec, course_id: str, labs: Path) -> Iterator[Any]:
    """A gradebook whose commits come to nothing until the very end; an error takes all of it back."""
    from nbgrader.api import Gradebook, InvalidEntry, MissingEntry
    from sqlalchemy.exc import SAWarning, SQLAlchemyError
    from sqlalchemy.orm import scoped_session, sessionmaker

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SAWarning)  # nbgrader's own queries: nothing that a user could mend
        try:
            _make_if_new(url, course_id)
            with Gradebook(url, course_id) as book:
                known = any(one.name == spec.notebook for one in book.assignments)
            if not known:
                notebooks.register(spec.notebook, labs, url, course_id or "default_course")
            with Gradebook(url, course_id) as book:
                book.db = scoped_session(sessionmaker(class_=_whole(), bind=book.engine))
                yield book
                book.db().commit_whole()
        except (SQLAlchemyError, InvalidEntry, MissingEntry) as error:
            reason = str(getattr(error, "orig", None) or error).strip().split("\n")[0]
            raise GradingError(f"the gradebook {url!r} cannot be used: {reason}", EXAMPLE) from error


def _make_if_new(url: str, course_id: str) -> None:
    """Open the gradebook once. A new one is stamped by the program `alembic`, which lies beside our Python."""
    from nbgrader.api import Gradebook

    before = os.environ.get("PATH")
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), before or os.defpath])
    try:
        Gradebook(url, course_id).close()
    finally:
        if before is None:
            del os.environ["PATH"]
        else:
            os.environ["PATH"] = before


def _whole() -> type:
    """A session for which nbgrader's commit after each call only sends the rows to the database."""
    from sqlalchemy.orm import Session

    class Whole(Session):
        def commit(self) -> None:
            self.flush()

        def commit_whole(self) -> None:
            super().commit()

    return Whole


def _absolute(db_url: str) -> str:
    """The address with its file named from the root: nbgrader changes folders while it works."""
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import SQLAlchemyError

    try:
        url = make_url(db_url)
    except SQLAlchemyError as error:
        raise GradingError(f"{db_url!r} is no address of a gradebook.", EXAMPLE) from error
    if url.get_backend_name() == "sqlite" and url.database:
        url = url.set(database=str(Path(url.database).absolute()))
    return url.render_as_string(hide_password=False)


def _refuse_other_cells(book: Any, spec: LabSpec) -> None:
    """Refuse a gradebook that was made from another version of the lab."""
    notebook = book.find_notebook(spec.notebook, spec.notebook)
    there = {cell.name: cell.max_score for cell in notebook.grade_cells}
    ours = {notebooks.check_id(task.id): task.points for task in spec.tasks}
    if there != ours:
        differing = sorted(name for name in {*there, *ours} if there.get(name) != ours.get(name))
        shown = "; ".join(f"{name}: {there.get(name)} points there, {ours.get(name)} here" for name in differing[:3])
        raise GradingError(
            f"the gradebook holds another version of {spec.notebook}: {shown}.",
            "Use the release that it was made with, or another gradebook: nbgrader keeps cells once there are scores.",
        )


def _put_submission(book: Any, spec: LabSpec, result: SubmissionResult, copies: Copies) -> None:
    book.update_or_create_student(result.student)
    when = {"timestamp": copies.timestamp(result.student)} if copies.has_timestamps else {}
    submission = book.update_or_create_submission(spec.notebook, result.student, **when)
    (notebook,) = (one for one in submission.notebooks if one.name == spec.notebook)
    grades = {grade.name: grade for grade in notebook.grades}
    comments = {comment.name: comment for comment in notebook.comments}
    graded = {task.task: task for task in result.tasks}
    for task in spec.tasks:
        grade = grades[notebooks.check_id(task.id)]
        if task.manual:
            _put_manual(grade, nothing_to_read=bool(result.reason))
            continue
        _put_score(grade, graded[task.id].points if task.id in graded else 0.0, task.points)
        said = _said(graded.get(task.id), result.reason)
        comments[notebooks.solution_id(task.id)].auto_comment = said


def _put_score(grade: Any, points: float, out_of: float) -> None:
    """A score of ours. Where it differs from the last one, a human who gave another is asked to look again."""
    if not 0 <= points <= out_of:
        raise GradingError(f"{grade.name} has {points!r} points of {out_of!r}.", "Grade again: this result is damaged.")
    if grade.auto_score != points:
        grade.auto_score = float(points)
        grade.needs_manual_grade = grade.manual_score is not None


def _put_manual(grade: Any, *, nothing_to_read: bool) -> None:
    """A human's task: it waits for one, unless there already is a score, or nothing that could be read."""
    if grade.manual_score is None:
        grade.auto_score = 0.0 if nothing_to_read else None
        grade.needs_manual_grade = not nothing_to_read


def _said(task: TaskResult | None, reason: str) -> str | None:
    """What the checks said, as an indented block: nbgrader shows comments as Markdown with HTML in it."""
    if task is None:
        lines = [reason or "Not attempted."]
    else:
        lines = [line for check in task.checks if check.outcome is not Outcome.PASSED for line in _of_check(check)]
    text = "\n".join(wrapped for line in lines for part in line.split("\n") for wrapped in _wrapped(part))
    return textwrap.indent(text[:LONGEST], "    ", lambda line: True) if text else None


def _of_check(check: CheckResult) -> list[str]:
    head = f"{check.check} ({check.points:g} of {check.out_of:g}): {check.outcome.value}"
    return [head, check.said] if check.said else [head]


def _wrapped(line: str) -> list[str]:
    plain = "".join(character if character.isprintable() else "?" for character in line.replace("\t", "    "))
    return textwrap.wrap(plain, WIDTH, drop_whitespace=False) or [""]

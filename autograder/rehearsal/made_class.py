"""A made-up class on the disk: what students hand in, as nbgrader collects it, and the scores to expect beside it.

In: labs, students, a seed; later the results of grading. Out: `FOLDER/submitted/STUDENT/LAB/`, `FOLDER/expected.csv`,
the same bytes for the same words; and in what the results differ from what was expected.
The folder appears whole or not at all, and nothing that is there already is changed.
Does not: grade, or know what a kind of hand-in is.
"""

import csv
import io
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder.errors import GradingError
from autograder.outcomes import SubmissionResult
from autograder.rehearsal import kinds, working
from autograder.rehearsal.bank import Points
from autograder.rehearsal.kinds import HandIn
from autograder.scores import tidy
from autograder.submissions.names import shown

SUBMITTED, EXPECTED = "submitted", "expected.csv"
COLUMNS = ("lab", "student", "kind", "points", "public", "hidden", "out_of", "why", "reason", "tasks")
NEAR = 1e-6
"""Points that differ by less are the same."""


@dataclass(frozen=True, slots=True)
class Row:
    """What is expected of one student in one lab: a line of `expected.csv`."""

    lab: str
    student: str
    kind: str
    why: str
    reason: str
    tasks: dict[str, Points]

    @property
    def points(self) -> float:
        """All of them."""
        return sum(public + hidden for public, hidden in self.tasks.values())


def hand_ins(lab: str, students: Sequence[str], seed: int, order: Sequence[str] | None = None) -> list[HandIn]:
    """What these students hand in for the lab: one of each kind in `order`. Who is of which depends on the seed.

    Raises:
        GradingError: there is no such lab, or this copy of the course lacks what a class is made of.
    """
    worked, turns = working.lab(lab), dict[str, int]()
    made = []
    shuffled = kinds.shuffled(students, str(seed), lab)
    for student, kind in zip(shuffled, order or kinds.in_turn(len(students)), strict=True):
        made.append(kinds.hand_in(kind, kinds.Draw(seed, worked, student, turns.get(kind, 0))))
        turns[kind] = turns.get(kind, 0) + 1
    return sorted(made, key=lambda one: students.index(one.student))


def names(students: int) -> list[str]:
    """Names that nobody has."""
    width = max(2, len(str(students)))
    return [f"student-{number:0{width}d}" for number in range(1, students + 1)]


def write(folder: Path, made: Sequence[HandIn]) -> bool:
    """Write the class; False where the same one is there already.

    Raises:
        GradingError: something else lies in the folder, or it cannot be written.
    """
    files = _files(made)
    try:
        if _same(folder, files):
            return False
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise GradingError(
                f"{str(folder)!r} is not empty, and nothing in it is overwritten.",
                "Name another folder, or move it away.",
            )
        _write_whole(folder, files)
    except OSError as error:
        raise GradingError(
            f"{str(folder)!r} cannot be written: {error.strerror or error}.", "Name a folder that you may write."
        ) from error
    return True


def _files(made: Sequence[HandIn]) -> dict[str, bytes]:
    """Every file of the class by its path below the folder."""
    found: dict[str, bytes] = {}
    for one in made:
        found |= {f"{SUBMITTED}/{one.student}/{one.stem}/{name}": data for name, data in one.files.items()}
    found[EXPECTED] = _table(made).encode()
    return found


def _same(folder: Path, files: Mapping[str, bytes]) -> bool:
    """Whether exactly these files are there, among them all that was handed in; other things may lie beside."""
    there = {path for path in (folder / SUBMITTED).rglob("*") if not path.is_dir()}
    wanted = {folder / name: data for name, data in files.items()}
    if there != set(wanted) - {folder / EXPECTED} or not (folder / EXPECTED).is_file():
        return False
    return all(path.is_file() and path.read_bytes() == data for path, data in wanted.items())


def _write_whole(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write beside, then move."""
    folder.absolute().parent.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.absolute().parent))
    try:
        for name, data in files.items():
            path = aside / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        aside.chmod(0o755)
        if folder.exists():
            folder.rmdir()  # it is empty
        os.replace(aside, folder)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _table(made: Iterable[HandIn]) -> str:
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(COLUMNS)
    for one in made:
        tasks = ", ".join(f"{kinds.short(task)} {p:g}+{h:g}" for task, (p, h) in one.points.items())
        amounts = [tidy(number) for number in (one.public + one.hidden, one.public, one.hidden, one.out_of)]
        rows.writerow([one.lab, one.student, one.kind, *amounts, one.why, one.reason, tasks])
    return text.getvalue()


def expected(folder: Path) -> list[Row]:
    """What `expected.csv` of the folder says.

    Raises:
        GradingError: it is not there, or not as it was written.
    """
    path = folder / EXPECTED
    try:
        with path.open(encoding="utf-8", newline="") as text:
            return [_row(row) for row in csv.DictReader(text)]
    except OSError as error:
        raise GradingError(f"there is no {str(path)!r}.", f"Make a class first: autograder demo {folder}") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise GradingError(
            f"{str(path)!r} is damaged: {error!r}.", "Make the class again in another folder."
        ) from error


def _row(row: Mapping[str, str]) -> Row:
    tasks = {}
    for part in row["tasks"].split(", "):
        name, _, points = part.partition(" ")
        public, hidden = map(float, points.split("+"))
        tasks[f"{row['lab']}.{name}"] = (public, hidden)
    return Row(row["lab"], row["student"], row["kind"], row["why"], row["reason"], tasks)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Results beside what was expected."""

    lab: str
    alike: tuple[Row, ...]
    differing: dict[str, list[str]]
    """Student to what is not as it should be."""

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {"lab": self.lab, "as_expected": len(self.alike), "differing": self.differing}


def compare(rows: Iterable[Row], results: Mapping[str, SubmissionResult], lab: str) -> Comparison:
    """Hold the results of a lab against what was expected; results of students not in `rows` are left alone."""
    alike, differing = [], {}
    for row in rows:
        if row.lab == lab:
            found = list(_differences(row, results.get(shown(row.student))))
            if found:
                differing[row.student] = found
            else:
                alike.append(row)
    return Comparison(lab, tuple(alike), differing)


def _differences(row: Row, result: SubmissionResult | None) -> Iterator[str]:
    if result is None or result.points is None:
        yield f"has no score: {result.reason if result else 'was not graded'}"
        return
    if (row.reason not in result.reason) if row.reason else bool(result.reason):
        yield f"reason {result.reason!r}, expected {row.reason or 'none'!r}"
    tasks = {task.task: task for task in result.tasks}
    for name in sorted(set(tasks) | set(row.tasks)):
        public, hidden = row.tasks.get(name, kinds.NOTHING)
        task = tasks.get(name)
        checks = task.checks if task else ()
        got = [sum(check.points for check in checks if check.public == asked) for asked in (True, False)]
        if abs(got[0] - public) > NEAR or abs(got[1] - hidden) > NEAR or task is None:
            yield f"{name} has {got[0]:g} public + {got[1]:g} hidden, expected {public:g} + {hidden:g}"

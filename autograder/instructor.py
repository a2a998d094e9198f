"""What the instructor's commands do: run them with something to watch, then print what came out.

In: parsed arguments. Out: an exit code (0 every submission has an outcome, 1 a comparison or an attack failed, 3 some
submission could not be scored); the result on stdout, progress on stderr.
Does not: parse arguments (`cli` does), catch errors (`driftlab.console` does) or compute.
"""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograder import exports, feedback, grading, salt
from autograder import self_check as battery
from autograder.authoring import release as releasing
from autograder.errors import GradingError
from autograder.grading import Report, Summary
from autograder.outcomes import SubmissionResult
from autograder.rehearsal import made_class
from autograder.sandbox.levels import Level
from autograder.scores import ScoreFile, tidy
from autograder.spec import Course
from driftlab.console import BUG, OK
from driftlab.screen import Screen, open_screen

if TYPE_CHECKING:
    from rich.console import Console

FAILED = 1


def grade(
    path: Path,
    lab: str,
    out: Path | None,
    jobs: int | None,
    salt_file: Path | None,
    require: str | None,
    isolation: str | None,
    gradebook: str | None,
    *,
    as_json: bool,
) -> int:
    """Grade a class, write results and feedback, and the gradebook where one is named."""
    folder = Path("graded", lab) if out is None else out
    with open_screen() as screen:
        screen.stage(f"Grading {lab}")
        done = grading.grade(
            path,
            lab,
            folder,
            salt=salt.load(salt_file),
            jobs=jobs,
            require=_level(require),
            isolation=_level(isolation),
            report=_reporting(screen),
        )
    spec = Course().spec(lab)
    feedback.write_pages(done.results, spec, folder / "feedback")
    if gradebook is not None:
        exports.gradebook.put_scores(gradebook, spec, done.results, submitted=path)
    _show_summary(done, folder, _console(sys.stderr if as_json else sys.stdout))
    if gradebook is not None:
        _console(sys.stderr).print(f"gradebook: {gradebook}", markup=False, highlight=False)
    _end(done.to_json() if as_json else None)
    return BUG if done.has_ungraded else OK


def _level(name: str | None) -> Level | None:
    if name is None:
        return None
    try:
        return Level(name)
    except ValueError as error:
        raise GradingError(f"there is no isolation level {name!r}.", f"Choose one of: {', '.join(Level)}.") from error


def _reporting(screen: Screen) -> Report:
    """A bar, and a line for each result."""

    def report(result: SubmissionResult, done: int, total: int) -> None:
        screen.say(_line(result))
        screen.progress(done, total)

    return report


def _line(result: SubmissionResult) -> str:
    """One result, in a line that a hostile name cannot break."""
    name = "".join(character if character.isprintable() else "?" for character in result.student)[:60]
    if result.points is None:
        return f"{name}: no score. {result.reason}"
    scored = f"{name}: {tidy(result.points)} of {tidy(sum(task.out_of for task in result.tasks))}"
    return f"{scored}. {result.reason}" if result.reason else scored


def _show_summary(done: Summary, folder: Path, console: "Console") -> None:
    points = [result.points for result in done.results if result.points is not None]
    whole = sum(value >= done.out_of for value in points)
    console.print(
        f"{len(points)} graded out of {tidy(done.out_of)} points, {whole} with all of them, "
        f"{done.kept} kept from before; isolation: {done.isolation}; {done.seconds:.1f} s",
        highlight=False,
    )
    for result in done.results:
        if result.ungraded:
            console.print(_line(result), markup=False, highlight=False)
    console.print(f"results: {folder / 'scores.jsonl'}\nfeedback pages: {folder / 'feedback'}", highlight=False)


def release(labs: Sequence[str], out: Path | None, *, only_compare: bool, as_json: bool) -> int:
    """Make notebooks, specs and bundles, or compare them with their source."""
    found = releasing.release(labs, out=out, check=only_compare)
    console = _console(sys.stderr if as_json else sys.stdout)
    for line in found.lines():
        console.print(line, markup=False, highlight=False)
    _end(found.to_json() if as_json else None)
    return FAILED if only_compare and found.differing else OK


def self_check(level_names: Sequence[str], *, as_json: bool) -> int:
    """Try every attack at every level that this machine offers."""
    levels = [level for name in level_names if (level := _level(name)) is not None]
    with open_screen() as screen:
        report = battery.run(levels or None, screen)
    console = _console(sys.stderr if as_json else sys.stdout)
    for name, level in report["levels"].items():
        console.print(f"{name}: {level['attacks']} attacks, {level['gained']} points gained, {level['seconds']} s")
        for line in level["failed"]:
            console.print(f"  FAILED {line}", markup=False, highlight=False)
    _end(report if as_json else None)
    return FAILED if report["failed"] or report["gained"] else OK


def demo(folder: Path, labs: Sequence[str], students: int, seed: int, graded: Path | None, *, as_json: bool) -> int:
    """Write a made-up class, or hold results against the scores that it was made to have."""
    if graded is not None:
        return _compared(folder, graded, as_json=as_json)
    names = made_class.names(students)
    made = [one for lab in dict.fromkeys(labs) for one in made_class.hand_ins(lab, names, seed)]
    is_new = made_class.write(folder, made)
    submitted, expected = folder / made_class.SUBMITTED, folder / made_class.EXPECTED
    console = _console(sys.stderr if as_json else sys.stdout)
    what = f"{students} students, {len(made)} hand-ins in {submitted}"
    lines = [
        what if is_new else f"{what}: there already, and unchanged",
        f"what each should score, and why: {expected}",
    ]
    lines += [f"now grade them: autograder grade {submitted} --lab {lab} --out {folder}/{lab}" for lab in labs]
    lines += [f"and compare: autograder demo {folder} --compare {folder}/{lab}" for lab in labs]
    for line in lines:
        console.print(line, markup=False, highlight=False)
    row = {"submitted": str(submitted), "expected": str(expected), "students": students, "hand_ins": len(made)}
    _end(row | {"written": is_new} if as_json else None)
    return OK


def _compared(folder: Path, graded: Path, *, as_json: bool) -> int:
    rows, results = made_class.expected(folder), ScoreFile(graded / "scores.jsonl").read()
    labs = sorted({result.lab for result in results.values()})
    if len(labs) != 1:
        raise GradingError(
            f"{str(graded)!r} holds no results of one lab.", "Give the folder that `autograder grade` named with --out."
        )
    found = made_class.compare(rows, results, labs[0])
    console = _console(sys.stderr if as_json else sys.stdout)
    for row in found.alike:
        console.print(f"{row.student}: {tidy(row.points)}, as expected. {row.why}", markup=False, highlight=False)
    for student, lines in found.differing.items():
        for line in lines:
            console.print(f"{student}: NOT as expected: {line}", markup=False, highlight=False)
    total = len(found.alike) + len(found.differing)
    console.print(f"{len(found.alike)} of {total} students have the score that was expected in {found.lab}")
    _end(found.to_json() if as_json else None)
    return FAILED if found.differing or not total else OK


def _console(stream: Any) -> "Console":
    from rich.console import Console

    return Console(file=stream, soft_wrap=True)


def _end(row: dict[str, Any] | None) -> None:
    if row is not None:
        sys.stdout.write(json.dumps(row) + "\n")

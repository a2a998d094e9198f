"""A lab's public checks on a notebook or a file, for `autograder check`: loading, and what is shown in a terminal.

In: a lab, a task or none, a file or none. Out: a `Checked`; a table and the tasks' cards on a console; the object of
`--json`. A pipe gets plain text.
Does not: protect from the file's code, which is the learner's own: it runs in this process, as in their notebook.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograder import student_code
from autograder.desk import cards, trial
from autograder.desk.progress import Progress
from autograder.desk.trial import Heard, Trial
from autograder.desk.wording import MARKS, Mark, Tone, check_title, of, share, worst
from autograder.errors import GradingError
from autograder.outcomes import CheckResult, Outcome
from autograder.spec import Course, LabSpec, TaskSpec
from autograder.submissions.cells import normal, read_cells
from driftlab.report.untrusted import visible
from driftlab.screen import Screen

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

ROOT = Path(__file__).resolve().parents[2]
TONES = {"good": "green", "bad": "red", "open": "dim", "ours": "magenta"}
"""Beside a sign and a word, never instead of them."""


@dataclass(frozen=True, slots=True)
class Checked:
    """A file, checked."""

    file: Path
    spec: LabSpec
    tasks: tuple[TaskSpec, ...]
    trial: Trial
    notes: tuple[str, ...]
    """What was skipped or raised while the file's cells ran."""
    hints: dict[str, int]
    """Task id to the number of hints taken."""

    @property
    def results(self) -> list[CheckResult]:
        """All of them."""
        return list(self.trial.results)

    @property
    def passed(self) -> bool:
        """Whether every check did."""
        return not self.trial.stopped and all(result.outcome is Outcome.PASSED for result in self.trial.results)

    def to_json(self) -> dict[str, Any]:
        """The object of `--json`: public points only, as all that a learner's machine can give."""
        return {
            "lab": self.spec.lab,
            "file": str(self.file),
            "points": _points(self.results),
            "out_of_public": _out_of(self.results),
            "tasks": {task.id: _task_json(self.trial.of(task.id)) for task in self.tasks},
            "notes": list(self.notes),
        }


def _task_json(results: list[CheckResult]) -> dict[str, Any]:
    return {
        "outcome": worst(results).value,
        "points": _points(results),
        "out_of": _out_of(results),
        "said": [result.said for result in results if result.said],
    }


def check_file(
    path: Path | None, lab: str, task: str | None, course: Course | None = None, screen: Screen | None = None
) -> Checked:
    """Run the public checks of a lab, or of one task, on a file; on the lab's own notebook by default.

    Raises:
        GradingError: no such lab, task or file; or the file cannot be read.
        SandboxError: the checks themselves cannot be run.
    """
    course = course or Course()
    spec = course.spec(lab)
    tasks = spec.graded if task is None else (_checkable(spec.task(task)),)
    file = find_file(spec) if path is None else path
    sources = _sources(file, spec)
    if screen is not None:
        screen.stage(f"Running {file.name}")
    heard, namespace = Heard(), student_code.new_namespace()
    with trial.hushed(heard, descriptor=False):
        loaded = _load(sources, spec, namespace)
    if screen is not None:
        screen.stage("Checking")
    tried = trial.run(spec, tasks, namespace, course, finished=_nobody if screen is None else screen.progress)
    progress = Progress.load(file.resolve().parent, spec.lab)
    done = tuple(one for one in tasks if tried.of(one.id))  # fewer, where the learner stopped it
    for one in done:
        progress.tried(one.id, tried.of(one.id))
    progress.save()
    return Checked(file, spec, done, tried, loaded.notes, {one.id: progress.of(one.id).hints for one in done})


def _nobody(done: int, total: int) -> None:
    """Hears how far the checks are where nobody watches."""


def _checkable(task: TaskSpec) -> TaskSpec:
    if task.manual:
        raise GradingError(f"{task.id} is answered in words.", "A human grades it; there is nothing to check.")
    return task


def find_file(spec: LabSpec) -> Path:
    """The lab's notebook: here, in `labs/` here, or in the course's own folder.

    Raises:
        GradingError: it is in none of them.
    """
    name = f"{spec.notebook}.ipynb"
    inside = Path("labs", spec.notebook, name)
    for path in (Path(name), inside, ROOT / inside):
        if path.is_file():
            return path
    raise GradingError(f"there is no {name} here or in labs/.", "Name your file: --file my_notebook.ipynb")


def _sources(file: Path, spec: LabSpec) -> list[tuple[str, str]]:
    """The file's code cells without those that we gave: ours run in their place, and demos need not run at all."""
    try:
        data = file.read_bytes()
    except OSError as error:
        raise GradingError(
            f"{str(file)!r} cannot be read: {error.strerror}.", "Name a notebook or a .py file."
        ) from error
    ours = {normal(source) for source in (*spec.given, *spec.demos)}
    cells = read_cells(data, file.name).cells
    return [(cell.origin, cell.source) for cell in cells if cell.kind == "code" and normal(cell.source) not in ours]


def _load(sources: list[tuple[str, str]], spec: LabSpec, namespace: dict[str, Any]) -> student_code.Loaded:
    try:
        return student_code.load(sources, spec.given, namespace, spec.limits.load_seconds)
    except Exception as error:
        raise GradingError(
            f"the given cells of {spec.lab} do not run here: {type(error).__name__}: {error}",
            f"Is all that it needs there? ./lab autograder smoke {spec.lab}",
        ) from error


def show_checks(checked: Checked, console: "Console") -> None:
    """What came of each check, grouped by task, then the cards of the tasks that were begun and are not done."""
    several = len(checked.tasks) > 1
    if console.is_terminal:
        console.print(_table(checked, console))
    elif several:
        for what, outcome, points, *_ in _rows(checked, console):
            _print(f"{what}: {outcome} ({points})", console)
    for task in checked.tasks:
        results = checked.trial.of(task.id)
        if not several or worst(results) not in (Outcome.PASSED, Outcome.NOT_ATTEMPTED):
            taken = checked.hints.get(task.id, 0)
            card = cards.of_task(task, results, hints_taken=taken, lines=checked.trial.lines, alone=not several)
            _print(cards.text(card, _width(console), ascii_only=not _shows_signs(console)), console)
    for line in _after(checked):
        _print(line, console)


def _after(checked: Checked) -> Iterator[str]:
    """What holds for all tasks."""
    if checked.notes:
        yield "While your cells ran:"
        yield from (f"  {visible(note)}" for note in checked.notes)
    if checked.trial.stopped:
        yield "You stopped it: the other checks did not run."
    points = of(_points(checked.results), _out_of(checked.results))
    yield f"{points} from the public checks of {checked.spec.lab}. Grading has further checks with other inputs."


def _rows(checked: Checked, console: "Console") -> Iterator[tuple[str, str, str, Tone, bool]]:
    """(what, outcome, points, tone, is it a task) of each task, and of each check of a task that has several."""
    for task in checked.tasks:
        results = checked.trial.of(task.id)
        mark = MARKS[worst(results)]
        name, points = f"{task.id}  {visible(task.title)}", share(_points(results), _out_of(results))
        yield name, _worded(mark, console), points, mark.tone, True
        for result in results if len(results) > 1 else ():
            mark, points = MARKS[result.outcome], share(result.points, result.out_of)
            yield f"  {visible(check_title(result.check))}", _worded(mark, console), points, mark.tone, False


def _table(checked: Checked, console: "Console") -> "Table":
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1))
    table.add_column("task", overflow="fold")
    table.add_column("outcome", overflow="fold")
    table.add_column("points", justify="right", no_wrap=True)
    for what, outcome, points, tone, is_task in _rows(checked, console):
        table.add_row(Text(what, style="bold" if is_task else ""), Text(outcome, style=TONES[tone]), points)
    return table


def _points(results: Iterable[CheckResult]) -> float:
    return sum(result.points for result in results)


def _out_of(results: Iterable[CheckResult]) -> float:
    return sum(result.out_of for result in results)


def _worded(mark: Mark, console: "Console") -> str:
    return f"{mark.sign if _shows_signs(console) else mark.plain} {mark.word}"


def _width(console: "Console") -> int:
    return min(console.width, 100) if console.is_terminal else cards.WIDTH


def _shows_signs(console: "Console") -> bool:
    return console.encoding.lower().startswith("utf")


def _print(text: str, console: "Console") -> None:
    console.print(text, markup=False, highlight=False, soft_wrap=True)

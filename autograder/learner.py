"""What a lab's notebook imports: `check` runs public checks, `hint` helps, `quiz` asks, `progress` shows the board.

In: a task's id or a lab's, and the namespace of whoever calls. Out: a card in Jupyter, VS Code or Colab, text in a
console, one line in a script; while nbgrader grades, the points. Nothing is ever written to stderr.
A learner's call never raises and returns None, so that a notebook runs on. For nbgrader it fails closed: whatever goes
wrong raises, and a check that did not pass never returns a number above what was gained.
Does not: run a hidden check, decide a grade (nbgrader's own score is that of the public checks), or cost anything.
"""

import os
import shutil
import sys
from collections.abc import MutableMapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder.desk import asked, board, board_shown, cards, trial
from autograder.desk.asked import Asked
from autograder.desk.cards import Card
from autograder.desk.progress import Progress
from autograder.desk.trial import Trial
from autograder.errors import GradingError
from autograder.expect import CheckFailed
from autograder.outcomes import Outcome
from autograder.quiz import questions, showing
from autograder.quiz.sitting import Sitting
from autograder.quiz.widget import Board, card_of
from autograder.spec import Course, LabSpec, TaskSpec

COURSE = Course()
GRADER = "NBGRADER_EXECUTION"
"""nbgrader sets it to `autograde` or `validate` while it executes a notebook."""
ALL = "all"
"""Names every lab, for `progress`."""
VALIDATE = "validate"
"""nbgrader wants all points of a cell then, and hidden checks have some of them: no number is given."""


def check(task: Any = None) -> float | None:
    """Run the public checks of a task, of a lab ("lab1"), or of all tasks that are there.

    Returns None, or the points while nbgrader grades.

    Raises:
        CheckFailed: while nbgrader grades, and only then: no point was gained.
    """
    return Desk(sys._getframe(1).f_globals).check(task)


def hint(task: Any = None) -> None:
    """Show the next hint for a task. Each is counted in `.progress/`; none costs a point."""
    Desk(sys._getframe(1).f_globals).hint(task)


def quiz(lab: Any = None, answer: str | None = None, *, seed: int | None = None, fresh: bool = False) -> None:
    """Ask the questions of a lab's quiz, from where you left it; it is for yourself and gives no points.

    With an `answer`, a letter, it is taken for the question that is open: the way where buttons cannot be shown.
    `fresh` begins anew; the same `seed` gives the same order.
    """
    Desk(sys._getframe(1).f_globals).quiz(lab, answer, seed=seed, fresh=fresh)


def progress(lab: Any = None) -> None:
    """Show tasks done, points, hints used, time and the quiz: of this notebook's lab, of another one, or of "all"."""
    Desk(sys._getframe(1).f_globals).progress(lab)


@dataclass(frozen=True, slots=True)
class Desk:
    """Where a learner works: the functions that are there, and what can be shown."""

    namespace: MutableMapping[str, Any]
    course: Course = COURSE
    folder: Path | None = None
    """Progress is kept below it; by default below the current folder, which in a notebook is the notebook's own."""

    def check(self, what: Any = None) -> float | None:
        """See the function `check`."""
        grader = os.environ.get(GRADER)
        if self._imported():
            _print(f"{what or 'check()'}: not checked while the file is imported")
            return None
        try:
            return self._check(asked.find(what, self._specs(), self.namespace), grader)
        except CheckFailed:
            raise
        except Exception as error:  # a notebook runs on, whatever goes wrong on our side
            self._show(_trouble(error))
            if grader:
                raise CheckFailed(f"the check could not run: {error}") from error
        return None

    def hint(self, what: Any = None) -> None:
        """See the function `hint`."""
        if self._imported() or os.environ.get(GRADER):
            return
        try:
            self._show(self._next_hint(asked.find(what, self._specs(), self.namespace)))
        except Exception as error:  # noqa: BLE001  as above
            self._show(_trouble(error))

    def quiz(self, lab: Any = None, answer: str | None = None, *, seed: int | None = None, fresh: bool = False) -> None:
        """See the function `quiz`."""
        if self._imported() or os.environ.get(GRADER):
            return
        try:
            name = str(lab or "").split(".")[0].strip()
            sitting = Sitting(questions.of_lab(name, self.course.quizzes), self.folder or Path.cwd())
            if answer is not None:
                self._answered(sitting, str(answer).strip())
            else:
                if seed is not None or fresh or not sitting.finished:
                    sitting.begin(seed, fresh=fresh)
                self._show_board(Board(sitting))
        except Exception as error:  # noqa: BLE001  as above
            self._show(_trouble(error))

    def progress(self, lab: Any = None) -> None:
        """See the function `progress`."""
        if self._imported() or os.environ.get(GRADER):
            return
        try:
            specs = self._meant(None if lab is None else str(lab).split(".")[0].strip())
            self._show(board_shown.card([self._row(spec) for spec in specs]))
        except Exception as error:  # noqa: BLE001  as above
            self._show(_trouble(error))

    def _meant(self, lab: str | None) -> list[LabSpec]:
        """The labs whose progress is asked for; by default that of the notebook, as far as its functions tell."""
        if lab == ALL:
            return self._specs()
        if lab is not None:
            return [self.course.spec(lab)]
        try:
            return [asked.find(None, self._specs(), self.namespace).spec]
        except GradingError:  # nothing was run yet in this notebook
            return self._specs()

    def _row(self, spec: LabSpec) -> board.LabRow:
        """What is kept here, or beside the lab's own notebook, which lies in a folder next to this one."""
        here = self.folder or Path.cwd()
        found = (Progress.load(folder, spec.lab) for folder in (here, here.parent / spec.notebook))
        kept = next((one for one in found if one.last or one.tasks), Progress(here, spec.lab))
        return board.of_lab(spec, kept, questions.count(spec.lab, self.course.quizzes))

    def _answered(self, sitting: Sitting, letter: str) -> None:
        """Take an answer that was typed, and show the next question."""
        if sitting.seed < 0:  # nobody has seen a question yet
            sitting.begin()
            self._show(card_of(sitting, sitting.next()))
            return
        asked = sitting.next()
        if asked is not None and letter.upper() not in dict(asked.choices):
            letters = ", ".join(dict(asked.choices))
            raise GradingError(f"{letter!r} is none of the choices.", f"Answer with one of {letters}.")
        if asked is not None:
            sitting.answer(asked, letter)
            self._show(showing.told(asked, letter))
        self._show(card_of(sitting, sitting.next()))

    def _show_board(self, board: Board) -> None:
        if _shell() is None:
            self._show(board.card)
            return
        from IPython.display import display

        display(board.bundle(), raw=True)  # type: ignore[no-untyped-call]

    def _check(self, found: Asked, grader: str | None) -> float | None:
        task = found.tasks[0]
        if task.manual:
            words = "You answer it in words, and a human reads and grades them: there is nothing to check."
            self._show(cards.message(f"{task.id}: {task.title}", words))
            return None
        tried = trial.run(found.spec, found.tasks, self.namespace, self.course, cell_name)
        progress = Progress.load(self.folder or Path.cwd(), found.spec.lab)
        for one in found.tasks:
            if tried.of(one.id):
                progress.tried(one.id, tried.of(one.id))
        if not grader:
            progress.save()
        self._show(_card(found, tried, progress))
        return _score(task, tried, grader) if grader and found.one else None

    def _next_hint(self, found: Asked) -> Card:
        task = found.tasks[0]
        if not found.one:
            raise GradingError("a hint is for one task.", f'Name the task, as in `hint("{task.id}")`.')
        if not task.hints:
            return cards.message(f"There are no hints for {task.id}.")
        progress = Progress.load(self.folder or Path.cwd(), found.spec.lab)
        before = progress.of(task.id).hints
        shown = progress.took_hint(task.id, len(task.hints))
        progress.save()
        return cards.of_hints(task, shown, new=shown > before)

    def _specs(self) -> list[LabSpec]:
        return [self.course.spec(lab) for lab in self.course.labs]

    def _imported(self) -> bool:
        """Whether the caller is a module that somebody imports: the checks would run at each import."""
        return bool(self.namespace.get("__name__", "__main__") != "__main__")

    def _show(self, card: Card) -> None:
        """Display it in a notebook, print it elsewhere: a script gets one line."""
        if _shell() is not None:
            from IPython.display import display

            display({"text/html": cards.html(card), "text/plain": cards.text(card)}, raw=True)  # type: ignore[no-untyped-call]
        elif "__file__" in self.namespace:
            _print(cards.line(card))
        else:
            width = min(shutil.get_terminal_size().columns, 100)
            _print(cards.text(card, width, ascii_only=not _can_show("✓✗○→")))


def _card(found: Asked, tried: Trial, progress: Progress) -> Card:
    if tried.stopped:
        return cards.message("You stopped the check.", "Run the cell again to check again.")
    if not found.one:
        rows = [(task, results) for task in found.tasks if (results := tried.of(task.id))]
        return cards.of_tasks(found.spec.title, rows, tried.noise)
    task = found.tasks[0]
    if not tried.of(task.id):
        return cards.message(
            f"{task.id}: {task.title}", "There is no check for it here: it is checked when it is graded."
        )
    taken = progress.of(task.id).hints
    return cards.of_task(task, tried.of(task.id), hints_taken=taken, lines=tried.lines, noise=tried.noise)


def _score(task: TaskSpec, tried: Trial, grader: str) -> float | None:
    """The points of the public checks, as nbgrader reads them from a cell: a float above 0.

    Raises:
        CheckFailed: there is none, or nbgrader validates and something did not pass.
    """
    results = tried.of(task.id)
    failed = [result for result in results if result.outcome is not Outcome.PASSED]
    if tried.stopped or not results:
        raise CheckFailed("the check was stopped." if tried.stopped else f"{task.id} has no check here.")
    if grader == VALIDATE and not failed:
        return None
    points = round(min(sum(result.points for result in results), task.points), 6)
    if grader == VALIDATE or points <= 0 or any(result.outcome is Outcome.SANDBOX_ERROR for result in failed):
        raise CheckFailed(failed[0].said if failed else "no point was gained.")
    return float(points)


def _trouble(error: Exception) -> Card:
    """What could not be done, and what to type instead."""
    if isinstance(error, GradingError):
        problem = error.problem
        if problem.split(maxsplit=1)[0].isalpha():  # a file's name stays as it is
            problem = problem[0].upper() + problem[1:]
        return cards.message(problem, error.remedy)
    said = f"{type(error).__name__}: {error}"
    return cards.message("The check could not run, which is our fault.", said, "Restart the kernel and try again.")


def _shell() -> Any:
    """IPython's shell, where there is one."""
    module = sys.modules.get("IPython")
    return module.get_ipython() if module is not None else None


def cell_name(file: str) -> str:
    """A frame's file as the notebook calls it: `Cell In[3]`."""
    shell = _shell()
    named = getattr(getattr(shell, "compile", None), "format_code_name", None)
    parts = named(file) if named is not None else None
    return " ".join(parts) if parts else trial.file_name(file)


def _can_show(signs: str) -> bool:
    try:
        signs.encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def _print(text: str) -> None:
    """Print it, with ? for what the console cannot show."""
    if not _can_show(text):
        text = text.encode("ascii", "replace").decode()
    sys.stdout.write(f"{text}\n")

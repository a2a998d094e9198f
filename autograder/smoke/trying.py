"""Whether everything that the labs need works on this machine: tried, part by part, and never guessed.

In: labs. Out: a `Report`: for each part what was tried, what came of it, and what to do.
Tasks are tried as a learner gets them, from the spec, in a real kernel and in a folder of their own: what the learner
wrote is neither run nor changed.
Does not: say what the machine could do beyond the labs (`driftlab doctor` does), install or mend anything.
"""

import enum
import json
import platform
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterable, Iterator, MutableMapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from autograder.desk import board, board_shown, cards, terminal, trial
from autograder.desk.progress import Progress
from autograder.errors import GradingError
from autograder.outcomes import Outcome
from autograder.quiz import questions, showing
from autograder.quiz.sitting import Sitting
from autograder.smoke import kernel
from autograder.spec import Course, LabSpec
from driftlab import packages, pins
from driftlab.pocket import model_dir
from driftlab.screen import Screen
from driftlab.sites import packages as site_packages

AGAIN = "Unzip the bundle into a new folder and try there; if that is the same, please report it."
REPORT = "Please report it, with what is printed here."
ENVIRONMENT = "Run commands through ./lab, which makes the environment (with conda: from environment.yml)."


class State(enum.StrEnum):
    """What came of a part."""

    WORKS = "works"
    DIFFERS = "differs"
    """It may work all the same: another version of a package."""
    YOURS = "yours to mend"
    OURS = "ours to mend"


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that was tried."""

    what: str
    state: State
    said: str
    remedy: str = ""
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Report:
    """All of them."""

    labs: tuple[str, ...]
    parts: tuple[Part, ...]

    @property
    def worst(self) -> State:
        """Yours to mend before ours: after that, the rest may work."""
        states = {part.state for part in self.parts}
        return next((state for state in (State.YOURS, State.OURS) if state in states), State.WORKS)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        seconds = round(sum(part.seconds for part in self.parts), 1)
        return {"works": self.worst is State.WORKS, **asdict(self), "seconds": seconds}


def run(labs: Sequence[str], course: Course, screen: Screen) -> Report:
    """Try everything, for those labs or for all that are here.

    Raises:
        GradingError: there is no such lab, or none at all.
    """
    specs = [course.spec(lab) for lab in labs or course.labs]
    if not specs:
        raise GradingError("no lab is here.", AGAIN)
    tries: list[tuple[str, Callable[[], Iterable[Part]]]] = [
        ("Python and packages", _environment),
        ("the pocket model", _pocket),
    ]
    for spec in specs:
        tries += [
            (f"{spec.lab}: notebook", lambda spec=spec: _notebook(spec)),  # type: ignore[misc]
            (f"{spec.lab}: kernel and checks", lambda spec=spec: _kernel(spec)),  # type: ignore[misc]
            (f"{spec.lab}: quiz and page", lambda spec=spec: _quiz_and_page(spec, course)),  # type: ignore[misc]
        ]
    found: list[Part] = []
    for number, (title, attempt) in enumerate(tries):
        screen.stage(f"Trying {title}")
        screen.progress(number, len(tries))
        found += _timed(title, attempt)
    return Report(tuple(spec.lab for spec in specs), tuple(found))


def _timed(title: str, attempt: Callable[[], Iterable[Part]]) -> Iterator[Part]:
    """What came of it, with the seconds of each part; an error that nobody foresaw is ours."""
    began = time.monotonic()
    try:
        for part in attempt():
            now = time.monotonic()
            yield Part(part.what, part.state, part.said, part.remedy, round(now - began, 1))
            began = now
    except Exception as error:  # noqa: BLE001  a smoke test tells of every failure and goes on
        seconds = round(time.monotonic() - began, 1)
        yield Part(title, *_blamed(type(error).__name__, str(error)), seconds)


def _blamed(kind: str, said: str) -> tuple[State, str, str]:
    """Whose an error is: a package that is not there is the environment's, all else ours."""
    words = f"{kind}: {said}".splitlines()[0][:300]
    ours = "'driftlab" in said or "'autograder" in said
    if kind in ("ModuleNotFoundError", "ImportError", "NoSuchKernel") and not ours:
        return State.YOURS, words, ENVIRONMENT
    return State.OURS, words, AGAIN if ours else REPORT


def _environment() -> Iterator[Part]:
    python = platform.python_version()
    fits = pins.OLDEST <= sys.version_info[:2] <= pins.NEWEST
    wanted = "Delete .venv, then call ./lab with Python 3.11, 3.12 or 3.13."
    yield Part("Python", State.WORKS if fits else State.YOURS, python, "" if fits else wanted)
    found = packages.found()
    asked = set(site_packages.needed(packages.ROOT)) or set(packages.MAIN) - packages.NOT_FOR_LEARNERS
    missing = [package.name for package in found if package.installed is None and package.name in asked]
    differ = any(package.pinned and not package.agrees for package in found)
    state = State.YOURS if missing else State.DIFFERS if differ else State.WORKS
    yield Part("packages", state, packages.line(found)[:600], ENVIRONMENT if missing else "")


def _pocket() -> Iterator[Part]:
    """The model says something, as it does for every lab that asks it."""
    import torch
    from tokenizers import Tokenizer
    from transformers import LlamaForCausalLM, logging

    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    tokenizer = Tokenizer.from_file(str(model_dir() / "tokenizer.json"))
    model = LlamaForCausalLM.from_pretrained(model_dir())
    with torch.no_grad():
        logits = model(torch.tensor([tokenizer.encode("is it ok").ids])).logits
    size = sum(weight.numel() for weight in model.parameters())
    if not torch.isfinite(logits).all() or logits.shape[-1] != tokenizer.get_vocab_size():
        yield Part("pocket model", State.OURS, "it loads, and what it computes is no number", AGAIN)
    else:
        yield Part("pocket model", State.WORKS, f"loads and computes, {size / 1e6:.1f} million weights")


def _notebook(spec: LabSpec) -> Iterator[Part]:
    """The learner's own, as it lies there: opened as Jupyter opens it, and not run."""
    import nbformat

    what = f"{spec.lab} notebook"
    try:
        file = terminal.find_file(spec)
        book = nbformat.read(file, as_version=4)  # type: ignore[no-untyped-call]
        nbformat.validate(book)
    except GradingError as error:
        yield Part(
            what, State.YOURS, error.problem, "Work in the folder that the bundle unpacked to, or unzip it again."
        )
    except (OSError, ValueError, nbformat.ValidationError) as error:
        said = f"it does not open: {' '.join(str(error).split())[:200]}"
        yield Part(what, State.YOURS, said, "Keep a copy of it, and unzip the bundle again.")
    else:
        asked = [task.id for task in spec.graded if any(f'check("{task.id}")' in cell.source for cell in book.cells)]
        yield Part(what, State.WORKS, f"opens: {len(book.cells)} cells, {len(asked)} of {len(spec.graded)} tasks")


def _kernel(spec: LabSpec) -> Iterator[Part]:
    """Given cells, tasks as the learner got them, every check, and one result as a notebook shows it."""
    with tempfile.TemporaryDirectory(prefix="driftlab-smoke-") as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with kernel.Kernel(Path(folder)) as asked:
            cells = [*spec.given, kernel.imports(spec.demos), *(task.stub for task in spec.graded)]
            for source in cells:
                answer = asked.run(source)
                if answer.error:
                    yield Part(f"{spec.lab} given cells", *_blamed(*answer.error))
                    return
            yield Part(f"{spec.lab} given cells", State.WORKS, f"{len(spec.given)} run in a Jupyter kernel")
            asking = f"import autograder.smoke.trying as smoke; smoke.answer({spec.lab!r}, globals())"
            yield _checks(spec, asked.run(asking))
            yield _card(spec, asked.run(f"check({spec.graded[0].id!r})"))


def answer(lab: str, namespace: MutableMapping[str, Any], course: Course | None = None) -> None:
    """In the kernel: print what each public check of the lab says, as JSON."""
    course = course or Course()
    spec = course.spec(lab)
    results = trial.run(spec, spec.graded, namespace, course).results
    rows = [[result.task, result.outcome.value, result.said] for result in results]
    sys.stdout.write(json.dumps(rows))


def _checks(spec: LabSpec, answer: kernel.Answer) -> Part:
    what = f"{spec.lab} checks"
    if answer.error:
        return Part(what, *_blamed(*answer.error))
    rows = json.loads(answer.printed)
    wrong = [f"{task}: {outcome}. {said}" for task, outcome, said in rows if outcome != Outcome.NOT_ATTEMPTED.value]
    unasked = sorted({task.id for task in spec.graded} - {task for task, _, _ in rows})
    if wrong or unasked:
        said = wrong[0] if wrong else f"{unasked[0]} has no check here"
        return Part(what, State.OURS, said[:300], AGAIN)
    return Part(
        what, State.WORKS, f"{len(rows)} checks of {len(spec.graded)} tasks, each says that nothing was attempted"
    )


def _card(spec: LabSpec, answer: kernel.Answer) -> Part:
    what = f"{spec.lab} result"
    if answer.error:
        return Part(what, *_blamed(*answer.error))
    if spec.graded[0].id not in answer.shown.get("text/html", ""):
        return Part(what, State.OURS, "a check shows nothing in a notebook", REPORT)
    return Part(what, State.WORKS, "a check shows its result in a notebook")


def _quiz_and_page(spec: LabSpec, course: Course) -> Iterator[Part]:
    """The first question, and the page of progress, in a folder that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="driftlab-smoke-") as folder:
        count = 0
        if spec.lab in questions.labs(course.quizzes):
            sitting = Sitting(questions.of_lab(spec.lab, course.quizzes), Path(folder))
            sitting.begin(0)
            if first := sitting.next():
                cards.html(showing.question(sitting, first))
            count = len(sitting.quiz.questions)
            yield Part(f"{spec.lab} quiz", State.WORKS, f"opens: {count} questions")
        page = Path(folder, "progress.html")
        row = board.of_lab(spec, Progress.load(Path(folder), spec.lab), count)
        board_shown.write_page([row], page, datetime.now(UTC))
        drawn = page.stat().st_size
        yield Part(f"{spec.lab} page", State.WORKS, f"the page of progress is written, {drawn / 1000:.0f} kB")

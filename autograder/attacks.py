"""The attack battery as data: what each hostile submission tries, how it is handed in, what its result must say.

In: `tests/attacks/NAME.py`, one attack a file: its docstring says what it tries, PROMISE which line of the threat
model it holds us to, CODE (cells that follow wrong answers), `upload` or `archive` (functions that write it) how it is
handed in, EXPECT what its result must say. Files in `honest/` look odd and must get full marks all the same.
Out: `Attack`s, and a class of attackers with honest neighbours in between, written into a folder or a zip.
Does not: grade, judge a result, or run CODE: that happens in the sandbox only.
"""

import importlib.util
import json
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from autograder.errors import GradingError
from autograder.outcomes import SubmissionResult
from autograder.spec import Course

ROOT = Path(__file__).resolve().parents[1]
BATTERY = ROOT / "tests" / "attacks"
LAB, HEAVY_LAB = "attacklab", "attackpeft"
WRONG = {
    LAB: (
        "def total(numbers):\n    return -1\n",
        "def mean(values):\n    return -1.0\n",
        "def longest(words):\n    return 'wrong'\n",
    ),
    HEAVY_LAB: (
        "def settings(rank):\n    return LoraConfig(r=1, lora_alpha=3)\n",
        "def doubled(values):\n    return values - 1\n",
    ),
}
"""One wrong answer a task: whoever adds nothing to these has no point."""
RIGHT = {
    LAB: (
        "def total(numbers):\n    return sum(number * number for number in numbers)\n",
        "def mean(values):\n    return sum(values) / len(values)\n",
        "def longest(words):\n    return max(words, key=len)\n",
    ),
    HEAVY_LAB: (
        "def settings(rank):\n    return LoraConfig(r=rank, lora_alpha=2 * rank)\n",
        "def doubled(values):\n    return values * 2\n",
    ),
}
EACH_HONEST = 12
"""An honest neighbour follows every so many attackers."""


@dataclass(frozen=True, slots=True)
class Expect:
    """What an attack's result must say. Outcomes may be alternatives: `failed|timeout`."""

    everything: str = "failed"
    """The outcome of each task that is not named below."""
    total: str = ""
    mean: str = ""
    longest: str = ""
    settings: str = ""
    doubled: str = ""
    said: str = ""
    """A pattern that must be found in what some check said."""
    reason: str = ""
    """A pattern that the reason of an unreadable upload must have; without it there must be none."""
    notes: str = ""
    points: float = 0.0
    absent: bool = False
    """The upload belongs to nobody: there is no result at all."""

    def outcome(self, task: str) -> set[str]:
        """The outcomes that the task may have."""
        return set((getattr(self, task.split(".")[1]) or self.everything).split("|"))


@dataclass(frozen=True, slots=True)
class Ground:
    """Where one run of the battery takes place, and all that the best informed attacker may know of it."""

    root: Path
    mark: str
    """Part of every name that an attack may leave behind."""
    token: str
    """What nobody may ever read; lies in every place that is secret."""
    port: int
    witness: int
    grader: int
    key: int

    @property
    def canaries(self) -> Path:
        """Files that attacks try to read and to change."""
        return self.root / "canaries"

    def filled(self, code: str) -> str:
        """The code with `@NAMES@` replaced."""
        names = {
            "SEARCH": (BATTERY / "lab" / "search.txt").read_text(encoding="utf-8"),
            "ROOT": self.root, "REPO": ROOT, "HOME": Path.home(), "MARK": self.mark, "PORT": self.port,
            "SENTINEL": self.witness, "GRADER": self.grader, "KEY": self.key,
            "CANARIES": self.canaries, "CANARY_FILE": self.canaries / "canary",
        }  # fmt: skip
        for name, value in names.items():
            code = code.replace(f"@{name}@", str(value))
        return code


@dataclass(frozen=True, slots=True)
class Desk:
    """Where one student of the class puts what is handed in."""

    folder: Path
    """The student's folder for the assignment."""
    student: str
    lab: str
    ground: Ground

    def notebook(self, *codes: str, right: bool = False) -> dict[str, Any]:
        """The lab's notebook with all answers wrong, or right, and more cells after them."""
        given, demos = _course_spec(self.lab)
        cells = [_cell("markdown", f"# {self.lab}"), *(_cell("code", source) for source in given + demos)]
        for source in (RIGHT if right else WRONG)[self.lab]:
            name = source.split("(")[0].removeprefix("def ")
            cells.append(_cell("code", source, f"{self.lab}-{name}-solution", solution=True))
            cells.append(_cell("code", f'check("{self.lab}.{name}")', f"{self.lab}-{name}", grade=True, points=2))
        cells += [_cell("code", self.ground.filled(code)) for code in codes]
        return {"cells": cells, "metadata": {"kernelspec": KERNEL}, "nbformat": 4, "nbformat_minor": 4}

    @property
    def file(self) -> Path:
        """The notebook's place."""
        return self.folder / f"{self.lab}.ipynb"

    def save(self, notebook: dict[str, Any]) -> None:
        """Hand the notebook in."""
        self.file.write_text(json.dumps(notebook), encoding="utf-8")


KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}


def _course_spec(lab: str) -> tuple[list[str], list[str]]:
    spec = Course(BATTERY / "lab" / "specs", BATTERY / "lab" / "checks").spec(lab)
    return list(spec.given), list(spec.demos)


def _cell(kind: str, source: str, grade_id: str = "", **nbgrader: Any) -> dict[str, Any]:
    metadata: dict[str, Any] = {}
    if grade_id:
        settings = {"grade": False, "solution": False, "locked": False, "task": False, "schema_version": 3}
        metadata["nbgrader"] = {**settings, "grade_id": grade_id, **nbgrader}
    code: dict[str, Any] = {"execution_count": None, "outputs": []} if kind == "code" else {}
    return {"cell_type": kind, "metadata": metadata, "source": source, **code}


@dataclass(frozen=True, slots=True)
class Aftermath:
    """What an attack's own `aftermath` may look at."""

    result: SubmissionResult | None
    ground: Ground
    level: str


Upload = Callable[[Desk], None]
Archive = Callable[[zipfile.ZipFile, Desk], None]


@dataclass(frozen=True, slots=True)
class Attack:
    """One attack, or one honest submission that looks odd."""

    name: str
    tries: str
    promise: str
    lab: str
    expect: Expect
    code: str | None
    upload: Upload | None
    archive: Archive | None
    aftermath: Callable[[Aftermath], None] | None
    at: dict[str, Expect]
    """What to expect at a level that differs from the others."""

    def expected(self, level: str) -> Expect:
        """What its result must say at that level."""
        return self.at.get(level, self.expect)

    def hand_in(self, desk: Desk) -> None:
        """Write the submission into the student's folder."""
        desk.folder.mkdir(parents=True)
        if self.upload is not None:
            self.upload(desk)
        else:
            desk.save(desk.notebook(self.code or "", right=self.expect.points > 0))


def battery(folder: Path = BATTERY) -> list[Attack]:
    """All attacks, and the honest cases, by name.

    Raises:
        GradingError: this copy of the course has no battery, or a file of it is incomplete.
    """
    files = sorted(folder.glob("*.py"))
    if not files:
        raise GradingError(
            f"there are no attacks in {str(folder)!r}.", "Run the self-check in a checkout of the course."
        )
    return [_read(path) for path in [*files, *sorted((folder / "honest").glob("*.py"))]]


def _read(path: Path) -> Attack:
    module = _loaded(path)
    given = vars(module)
    ways = [name for name in ("CODE", "upload", "archive") if given.get(name) is not None]
    missing = [name for name in ("PROMISE", "EXPECT", "__doc__") if not given.get(name)]
    if missing or len(ways) != 1:
        raise GradingError(
            f"{path.name} lacks {', '.join(missing) or 'one of CODE, upload, archive'}.",
            "Look at another file in tests/attacks.",
        )
    return Attack(
        name=f"honest-{path.stem}" if path.parent.name == "honest" else path.stem,
        tries=str(module.__doc__).split("\n\n")[0].strip(),
        promise=given["PROMISE"],
        lab=given.get("LAB", LAB),
        expect=given["EXPECT"],
        code=given.get("CODE"),
        upload=given.get("upload"),
        archive=given.get("archive"),
        aftermath=given.get("aftermath"),
        at=given.get("EXPECT_AT", {}),
    )


def _loaded(path: Path) -> ModuleType:
    """The module in a file of the battery: our own code, as a test is."""
    spec = importlib.util.spec_from_file_location(f"attack_{path.parent.name}_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise GradingError(f"{str(path)!r} cannot be imported.", "Is the checkout complete?")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@dataclass(frozen=True, slots=True)
class Group:
    """Attacks that one grading run meets, as one class."""

    path: Path
    lab: str
    attackers: dict[str, Attack]
    """By student."""
    neighbours: tuple[str, ...]
    """Honest students who must have full marks."""

    @property
    def name(self) -> str:
        """Apart from those of the others."""
        return f"{self.lab}-{self.path.stem}"


def write_class(ground: Ground, lab: str, attacks: Sequence[Attack]) -> Group:
    """An nbgrader tree with an attacker a folder, and honest neighbours in between."""
    place = ground.root / lab / "submitted"
    attackers, neighbours = {}, []
    for number, attack in enumerate(attacks):
        if number % EACH_HONEST == 0:
            neighbours.append(f"{number:03d}-00-honest")
            _hand_in_honestly(Desk(place / neighbours[-1] / lab, neighbours[-1], lab, ground))
        student = f"{number:03d}-{attack.name}"
        attack.hand_in(Desk(place / student / lab, student, lab, ground))
        attackers[student] = attack
    neighbours.append("zzz-honest")
    _hand_in_honestly(Desk(place / "zzz-honest" / lab, "zzz-honest", lab, ground))
    return Group(place, lab, attackers, tuple(neighbours))


def _hand_in_honestly(desk: Desk) -> None:
    desk.folder.mkdir(parents=True)
    desk.save(desk.notebook(f'OWN_WORK = "{desk.ground.token}-neighbour of {desk.student}"\n', right=True))


def write_archive(ground: Ground, attacks: Sequence[Attack]) -> Group:
    """A zip of the class, as a learning platform makes them, with hostile members in it."""
    place, desks = ground.root / "class.zip", ground.root / "desks"
    desks.mkdir()
    attackers, neighbours = {}, ["000-honest", "zzz-honest"]
    with zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED) as package:
        for name in neighbours:
            desk = Desk(desks, name, LAB, ground)
            package.writestr(f"{name}.ipynb", json.dumps(desk.notebook(f"# {desk.student}\n", right=True)))
        for attack in attacks:
            if attack.archive is not None:
                attack.archive(package, Desk(desks, attack.name, LAB, ground))
                attackers[attack.name] = attack
    return Group(place, LAB, attackers, tuple(neighbours))

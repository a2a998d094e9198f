"""The kinds of hand-ins that a class brings, each with the points that it should earn, and why.

In: a lab, a student's name, draws from a seed. Out: `HandIn`s: files, and for each task the points of public and
hidden checks. What is expected follows from what was put into the notebook: full marks for a solution or another right
way, none for what was left, and for a wrong answer what the bank's record says.
Does not: run, grade or write anything.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from autograder.rehearsal import bank, saved_by
from autograder.rehearsal.bank import Answer, Points
from autograder.rehearsal.working import BROKEN, SOLVED, Lab, Work
from autograder.submissions.found import MAX_BYTES

DUE = "2026-03-20 12:00:00 UTC"
"""What the made-up class was told."""
IN_TIME, LATE = "2026-03-{day:02d} {hour:02d}:{minute:02d}:00 UTC", "2026-03-23 07:{minute:02d}:00 UTC"
NOTHING: Points = (0.0, 0.0)
SNOOPING = '''
import builtins
import glob
import json
import os

# Looks for other students' notebooks and takes their functions, then says that all is well.
for place in ("..", "../..", "/tmp", os.path.expanduser("~"), os.getcwd()):
    for path in [*glob.glob(f"{place}/*.ipynb"), *glob.glob(f"{place}/*/*/*.ipynb")][:200]:
        try:
            for cell in json.load(open(path, encoding="utf-8"))["cells"]:
                if cell["cell_type"] == "code" and "def " in "".join(cell["source"]):
                    exec("".join(cell["source"]), globals())
        except Exception:
            pass
print("20 of 20 points, all checks passed")


class Agreeable(float):
    """Says that it equals everything."""

    def __eq__(self, other):
        return True

    __hash__ = float.__hash__


def check(task):
    return 100.0


builtins.abs = lambda value: 0
'''

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class HandIn:
    """What one student hands in for one lab, and what that should earn."""

    lab: str
    stem: str
    """Of the lab's notebook, and of the folder that it lies in."""
    out_of: float
    student: str
    kind: str
    why: str
    files: dict[str, bytes]
    """By name, below the student's folder for the lab."""
    points: dict[str, Points]
    reason: str = ""
    """Words of the reason why it cannot be read; empty where it can."""

    @property
    def public(self) -> float:
        """Points of public checks."""
        return sum(public for public, _ in self.points.values())

    @property
    def hidden(self) -> float:
        """Points of hidden checks."""
        return sum(hidden for _, hidden in self.points.values())


@dataclass(frozen=True, slots=True)
class Draw:
    """Choices for one hand-in. They depend on the seed and on names alone, on any machine."""

    seed: int
    lab: Lab
    student: str
    turn: int
    """How many students of the same kind came before: neighbours get different answers of the bank."""
    words: tuple[str, ...] = field(default=())

    def number(self, below: int, *words: str) -> int:
        """A number from 0 up to, without, `below`."""
        return int(digest(str(self.seed), self.lab.spec.lab, self.student, *words)[:12], 16) % below

    def tasks(self, *words: str) -> list[str]:
        """The graded tasks in an order of the student's own."""
        named = [task.id for task in self.lab.spec.graded]
        return shuffled(named, str(self.seed), self.lab.spec.lab, self.student, *words)

    def answer(self, task: str, beside: Work, *, right: bool, backwards: bool = False) -> Answer:
        """An answer to the task; the next student of this kind has the next one, or the one before.

        One whose helpers have the names of helpers `beside` it is passed over: alone each is what the bank says.
        """
        name = self.lab.spec.lab
        some = [one for one in bank.answers(name) if one.task == task and one.right == right]
        some = [one for one in some if one.right or one.line in bank.kept(name)]
        order = shuffled(range(len(some)), str(self.seed), task, str(right))
        first, step = (-1 - self.turn, -1) if backwards else (self.turn, 1)
        in_turn = [some[order[(first + step * number) % len(some)]] for number in range(len(some))]
        fitting = (one for one in in_turn if not self.lab.clash({**beside, task: one}))
        return next(fitting, in_turn[0])


def digest(*words: str) -> str:
    """SHA-256 of the words."""
    return hashlib.sha256(json.dumps(words).encode()).hexdigest()


def shuffled(items: Iterable[T], *words: str) -> list[T]:
    """The items in an order that the words decide."""
    return sorted(items, key=lambda item: digest(*words, str(item)))


def full(lab: Lab) -> dict[str, Points]:
    """Full marks. Public and hidden checks have half of each task's points, in every lab."""
    return {task.id: (task.points / 2, task.points / 2) for task in lab.spec.graded}


def none(lab: Lab) -> dict[str, Points]:
    """No point."""
    return {task.id: NOTHING for task in lab.spec.graded}


def solved(lab: Lab) -> dict[str, Answer | str]:
    """Every task done."""
    return {task.id: SOLVED for task in lab.spec.graded}


@dataclass(frozen=True, slots=True)
class Made:
    """A hand-in without its student."""

    why: str
    data: bytes
    points: dict[str, Points]
    reason: str = ""
    suffix: str = ".ipynb"
    late: bool = False
    beside: dict[str, bytes] = field(default_factory=dict)


Kind = Callable[[Draw], Made]


def whole(draw: Draw) -> Made:
    """Everything solved."""
    lab = draw.lab
    return Made("the whole solution: full marks", saved_by.jupyter(lab.worked(solved(lab))), full(lab))


def other_ways(draw: Draw) -> Made:
    """Right in other ways than ours."""
    work: dict[str, Answer | str] = {}
    for task in draw.lab.spec.graded:
        work[task.id] = draw.answer(task.id, work, right=True)
    why = "each task solved in another right way of the bank: full marks"
    return Made(why, saved_by.jupyter(draw.lab.worked(work)), full(draw.lab))


def partial(draw: Draw) -> Made:
    """Some tasks solved, with whatever these need."""
    lab, order = draw.lab, draw.tasks("partial")
    wanted = 1 + draw.number(len(order) - 1, "how many")
    done: set[str] = set()
    for task in order:
        more = done | {task} | lab.needs[task]
        done = more if len(more) <= wanted else done
    work: Work = {task.id: SOLVED for task in lab.spec.graded if task.id in done}
    points = {task: marks if task in done else NOTHING for task, marks in full(lab).items()}
    left = ", ".join(short(task) for task in points if task not in done)
    return Made(f"solved but for {left}: nothing for these", saved_by.jupyter(lab.worked(work)), points)


def one_mistake(draw: Draw) -> Made:
    """A wrong answer to one task; each student to another one."""
    tasks = shuffled((task.id for task in draw.lab.spec.graded), str(draw.seed), draw.lab.spec.lab)
    task = tasks[draw.turn % len(tasks)]
    return _with_mistakes(draw, {task: draw.answer(task, solved(draw.lab), right=False, backwards=True)})


def many_mistakes(draw: Draw) -> Made:
    """Wrong answers to as many tasks as do not call each other."""
    chosen: list[str] = []
    for task in draw.tasks("many"):
        if not (draw.lab.needs[task] | draw.lab.needed_by(task)) & set(chosen):
            chosen.append(task)
    wrong: dict[str, Answer] = {}
    for task in chosen:
        wrong[task] = draw.answer(task, {**solved(draw.lab), **wrong}, right=False)
    return _with_mistakes(draw, wrong)


def _with_mistakes(draw: Draw, wrong: Mapping[str, Answer]) -> Made:
    """Solved but for these. What calls one of them is left undone: whether it would suffer may depend on the draw."""
    lab = draw.lab
    undone = frozenset[str]().union(*map(lab.needed_by, wrong))
    work = {task: answer for task, answer in {**solved(lab), **wrong}.items() if task not in undone}
    points = full(lab) | dict.fromkeys(undone, NOTHING)
    points |= {task: bank.kept(lab.spec.lab)[answer.line][task] for task, answer in wrong.items()}
    told = [f"{short(task)} is wrong ({answer.name}; {answer.line})" for task, answer in wrong.items()]
    told += [f"{short(task)}, which calls it, is not done" for task in points if task in undone]
    data = saved_by.jupyter(lab.worked(work))
    return Made(f"solved, but {', '.join(told)}: the rest, and what the bank's record says is left", data, points)


def untouched(draw: Draw) -> Made:
    """The released notebook."""
    return Made("the released notebook, untouched: nothing", saved_by.jupyter(draw.lab.worked({})), none(draw.lab))


def broken_off(draw: Draw) -> Made:
    """A solved notebook of which half arrived."""
    data = saved_by.broken_off(draw.lab.worked(solved(draw.lab)))
    return Made("half of a notebook's file: cannot be read, nothing", data, none(draw.lab), "is no notebook")


def empty(draw: Draw) -> Made:
    """A file without a byte."""
    return Made("a file without a byte: cannot be read, nothing", b"", none(draw.lab), "is empty")


def too_large(draw: Draw) -> Made:
    """A solved notebook with a printed output that is larger than what is read."""
    data = saved_by.swollen(draw.lab.worked(solved(draw.lab)), MAX_BYTES)
    return Made("outputs of more bytes than are read: nothing", data, none(draw.lab), "is too large")


def two_notebooks(draw: Draw) -> Made:
    """Two files, neither of which has the lab's name."""
    data = saved_by.jupyter(draw.lab.worked(solved(draw.lab)))
    why = "two notebooks, and neither has the lab's name: nothing until one is chosen"
    beside = {"final.ipynb": data, "final-2.ipynb": data}
    return Made(why, b"", none(draw.lab), "files that could be meant", suffix="", beside=beside)


def syntax_error(draw: Draw) -> Made:
    """All solved, and a bracket of one task never closed."""
    lab = draw.lab
    free = [task for task in draw.tasks("syntax") if not lab.needed_by(task)]
    task = free[0]
    why = f"solved, but a bracket in {short(task)} is never closed: nothing for that task"
    return Made(why, saved_by.jupyter(lab.worked({**solved(lab), task: BROKEN})), full(lab) | {task: NOTHING})


def late(draw: Draw) -> Made:
    """All solved, after the due date."""
    why = (
        f"the whole solution, handed in after {DUE}: full marks, for lateness is judged by you; nbgrader shows the time"
    )
    return Made(why, saved_by.jupyter(draw.lab.worked(solved(draw.lab))), full(draw.lab), late=True)


def hostile(draw: Draw) -> Made:
    """Nothing solved: looks for its neighbours' notebooks, changes what `abs` and `check` do, and claims full marks."""
    lab = draw.lab
    notebook = lab.worked({}, SNOOPING)
    for cell in notebook["cells"]:
        if "points" in cell["metadata"].get("nbgrader", {}):
            cell["metadata"]["nbgrader"]["points"] = 100
    why = "nothing solved; looks for neighbours' notebooks and claims full marks: nothing"
    return Made(why, saved_by.jupyter(notebook), none(lab))


def _saved(save: saved_by.Saved, how: str, suffix: str = ".ipynb") -> Kind:
    """The whole solution, as another program saves it."""

    def kind(draw: Draw) -> Made:
        data = save(draw.lab.worked(solved(draw.lab)))
        return Made(f"the whole solution, {how}: full marks", data, full(draw.lab), suffix=suffix)

    return kind


COMMON: dict[str, Kind] = {
    "whole": whole,
    "one mistake": one_mistake,
    "partial": partial,
    "untouched": untouched,
    "late": late,
    "broken off": broken_off,
    "colab": _saved(saved_by.colab, "as Colab saves it, without nbgrader's names"),
    "syntax error": syntax_error,
    "hostile": hostile,
    "other ways": other_ways,
    "many mistakes": many_mistakes,
}
"""The first of a class, in this order; after them comes another mistake."""
RARE: dict[str, Kind] = {
    "empty": empty,
    "kaggle": _saved(saved_by.kaggle, "as Kaggle saves it, without nbgrader's names"),
    "cells twice": _saved(saved_by.twice, "with every cell twice"),
    "script": _saved(saved_by.script, "as a Python file", ".py"),
    "version three": _saved(saved_by.version_three, "in the format of ten years ago"),
    "two notebooks": two_notebooks,
    "too large": too_large,
}
KINDS = COMMON | RARE
BETWEEN = "one mistake"
AFTERWARDS = ("many mistakes", "one mistake", "many mistakes", "partial", "other ways")
"""What the rest of a large class is, in turn."""


def in_turn(students: int) -> list[str]:
    """The kinds of that many students."""
    first = [*COMMON, BETWEEN, *RARE]
    more = [AFTERWARDS[number % len(AFTERWARDS)] for number in range(max(0, students - len(first)))]
    return [*first, *more][:students]


def hand_in(kind: str, draw: Draw) -> HandIn:
    """That student's files and points."""
    made = KINDS[kind](draw)
    minute = draw.number(60, "minute")
    stamp = LATE if made.late else IN_TIME
    when = stamp.format(day=10 + draw.number(9, "day"), hour=8 + draw.number(12, "hour"), minute=minute)
    spec = draw.lab.spec
    files = made.beside if made.beside else {f"{spec.notebook}{made.suffix}": made.data}
    files = files | {"timestamp.txt": when.encode()}
    return HandIn(
        spec.lab, spec.notebook, spec.out_of, draw.student, kind, made.why, files, made.points, made.reason
    )  # fmt: skip


def short(task: str) -> str:
    """The task's name without its lab's."""
    return task.partition(".")[2]

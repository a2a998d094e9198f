"""A released notebook worked by script: any task solved, answered out of the bank, broken, or left as it is.

In: a lab's name. Out: notebooks, as dictionaries of format 4.5 with the released cells in their places; and which tasks
have solutions that call another task's functions.
Does not: run a cell, or know what an answer is worth.
"""

import ast
import copy
import itertools
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any, NamedTuple

from autograder.authoring import lab_source, notebooks, regions
from autograder.errors import GradingError
from autograder.rehearsal import bank
from autograder.rehearsal.bank import Answer
from autograder.rehearsal.saved_by import Notebook
from autograder.spec import Course, LabSpec

ROOT = Path(__file__).resolve().parents[2]
WORDS = "(Made up, for a demonstration: here a student answers in words, and a person reads it.)"
SOLVED = "solved"
"""In place of an answer: the solution."""
BROKEN = "broken"
"""In place of an answer: the solution with a bracket that is never closed."""

Work = Mapping[str, Answer | str]
"""Task to what stands in its cells; tasks that are not named stay stubs."""


@dataclass(frozen=True)
class Lab:
    """A lab with all that is needed to work it."""

    spec: LabSpec
    released: Notebook
    solutions: dict[str, str]
    """Cell id to the solution in it."""
    cells: dict[str, tuple[str, ...]]
    """Task to the ids of its cells."""

    @cached_property
    def needs(self) -> dict[str, frozenset[str]]:
        """Task to the other tasks whose functions its solution calls: directly, through another, or a given one."""
        owner = {name: task.id for task in self.spec.graded for name in task.functions}
        given = {name: _names(node) for text in self.spec.given for name, node in _functions(text)}
        solved = {task: _names(*(ast.parse(self.solutions[cell]) for cell in ids)) for task, ids in self.cells.items()}
        needs = {}
        for task, names in solved.items():
            reached, ahead = set[str](), set(names)
            while ahead:
                name = ahead.pop()
                reached.add(name)
                further = given.get(name, set()) | (solved[owner[name]] if name in owner else set())
                ahead |= further - reached
            needs[task] = frozenset({owner[name] for name in reached if name in owner} - {task})
        return needs

    def needed_by(self, task: str) -> frozenset[str]:
        """The tasks whose solutions need that one."""
        return frozenset(other for other, found in self.needs.items() if task in found)

    def clash(self, work: Work) -> bool:
        """Whether two tasks' cells give one name to things of their own: in a notebook, the later one would count.

        Imports of the same name are no clash, nor is what is broken: it defines nothing.
        """
        named = [_defined("\n\n".join(self._texts(task, answer).values())) for task, answer in work.items()]
        return any(
            one.own & (other.own | other.imported) or one.imported & other.own
            for one, other in itertools.combinations(named, 2)
        )

    def worked(self, work: Work, *more: str) -> Notebook:
        """The released notebook with that work in it, the reflection answered, and cells of the student's own below."""
        made = copy.deepcopy(self.released)
        texts = {cell: text for task, answer in work.items() for cell, text in self._texts(task, answer).items()}
        if work:
            texts |= {notebooks.check_id(task.id): WORDS for task in self.spec.tasks if task.manual}
        for cell in made["cells"]:
            cell["source"] = texts.get(cell["id"], "".join(cell["source"]))
        made["cells"] += [notebooks.plain_cell("code", text, f"own-{n}", {}) for n, text in enumerate(more, start=1)]
        return made

    def _texts(self, task: str, answer: Answer | str) -> dict[str, str]:
        """What stands in the task's cells."""
        texts = {cell: self.solutions[cell] for cell in self.cells[task]}
        if answer == BROKEN:
            return {cell: re.sub(r"^(def \w+\()", r"\1(", text, count=1, flags=re.M) for cell, text in texts.items()}
        if isinstance(answer, Answer):
            last = self.cells[task][-1]
            texts = {cell: _without(text, answer.source) for cell, text in texts.items()}
            texts[last] = f"{texts[last].rstrip()}\n\n\n{answer.source}".lstrip()
        return texts


class _Defined(NamedTuple):
    own: frozenset[str]
    imported: frozenset[str]


@cache
def _defined(source: str) -> _Defined:
    """What a cell gives a name to, outside of functions."""
    try:
        body = ast.parse(source).body
    except SyntaxError:
        return _Defined(frozenset(), frozenset())
    made = [node.name for node in body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    stored = [
        part.id
        for node in body
        if not isinstance(node, ast.FunctionDef | ast.ClassDef)
        for part in ast.walk(node)
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)
    ]
    imports = [node for node in body if isinstance(node, ast.Import | ast.ImportFrom)]
    imported = [(alias.asname or alias.name).partition(".")[0] for node in imports for alias in node.names]
    return _Defined(frozenset(made + stored), frozenset(imported))


def _names(*trees: ast.AST) -> set[str]:
    return {node.id for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Name)}


def _functions(source: str) -> list[tuple[str, ast.AST]]:
    return [(node.name, node) for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)]


def _without(solution: str, answer: str) -> str:
    """The solution without the functions that the answer defines; whole if the answer wraps one of them."""
    theirs = ast.parse(answer).body
    defined = {node.name for node in theirs if isinstance(node, ast.FunctionDef)}
    if defined & _names(*(node for node in theirs if not isinstance(node, ast.FunctionDef))):
        return solution
    lines = solution.split("\n")
    for node in reversed(ast.parse(solution).body):
        if isinstance(node, ast.FunctionDef) and node.name in defined:
            first = min([node.lineno, *(one.lineno for one in node.decorator_list)])
            del lines[first - 1 : node.end_lineno]
    return re.sub(r"\n{4,}", "\n\n\n", "\n".join(lines))


def lab(name: str, root: Path = ROOT) -> Lab:
    """The lab, with its solutions.

    Raises:
        GradingError: there is no such lab, it was not released, or its solutions or its bank are not here.
    """
    spec = Course(specs=root / "autograder" / "specs").spec(name)
    source = root / "solutions" / f"{spec.notebook}.py"
    if not source.is_file() or not bank.BANK.is_dir():
        raise GradingError(
            f"a class is made up out of solutions/ and {bank.BANK.name}/, and these are not here.",
            "Use a checkout of the whole repository.",
        )
    path = root / "labs" / spec.notebook / f"{spec.notebook}.ipynb"
    try:
        released: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise GradingError(f"{path.name} cannot be read: {error}.", "Make it again: autograder release") from error
    cells: dict[str, list[str]] = {}
    solutions = {}
    for cell in lab_source.read(source).cells:
        if cell.kind == "task":
            ids = cells.setdefault(cell.task, [])
            ids.append(notebooks.solution_id(cell.task, len(ids) + 1))
            solutions[ids[-1]] = _unmarked(cell.source)
    return Lab(spec, released, solutions, {task: tuple(ids) for task, ids in cells.items()})


def _unmarked(source: str) -> str:
    marks = (regions.BEGIN, regions.END)
    return "\n".join(line for line in source.split("\n") if line.strip() not in marks)

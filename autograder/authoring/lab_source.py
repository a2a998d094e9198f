"""One lab's source, a percent script, as frozen records; whatever is malformed in it is refused with file and line.

In: `solutions/labN_NAME.py`: a YAML header with a `driftlab:` mapping, then cells (`given=true`, `demo=true`,
`task="labN.x" points=4 minutes=20`, `hints="labN.x"`, prose). Out: a `LabSource`: its spec, and its cells in order.
Jupytext reads the format; the rules of the course are ours (`task_cells` has those of a task's code).
Does not: execute a line of the source, or write anything.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, Literal

from autograder.authoring import regions, task_cells
from autograder.authoring.first_cell import ABOVE, first_cell
from autograder.authoring.regions import Place, Region
from autograder.errors import SourceError
from autograder.spec import LabSpec, Limits, TaskSpec

Kind = Literal["prose", "setup", "given", "demo", "task", "answer", "hints"]
KEYS: dict[tuple[str, str], frozenset[str]] = {
    ("code", "given"): frozenset({"given"}),
    ("code", "demo"): frozenset({"demo"}),
    ("code", "task"): frozenset({"task", "points", "minutes"}),
    ("markdown", "task"): frozenset({"task", "points", "minutes", "manual"}),
    ("markdown", "hints"): frozenset({"hints"}),
    ("markdown", ""): frozenset(),
}
"""What may stand in a cell's first line, by the cell's type and what makes it one of its kind."""
HEADER = frozenset({"lab", "title", "minutes", "points", "preload", "readable", "limits"})
HINTS = 3
IMPORT = "from autograder.learner import check, hint, progress, quiz"
"""Stands in the first given cell of every lab: added where the source leaves it out."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell, as the author wrote it, solution regions included."""

    kind: Kind
    source: str
    place: Place
    task: str = ""
    regions: tuple[Region, ...] = ()
    functions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LabSource:
    """A lab's source that keeps to every rule."""

    path: Path
    spec: LabSpec
    """Without stubs: those are what a release cuts out of the source."""
    cells: tuple[Cell, ...]
    """Without the hints, which are in the spec."""


@dataclass(frozen=True, slots=True)
class _Raw:
    """A cell as Jupytext read it, with its place in the file."""

    type: str
    keys: dict[str, Any]
    source: str
    place: Place


def read(path: Path) -> LabSource:
    """The lab in that file.

    Raises:
        SourceError: the file cannot be read, or something in it is malformed.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(f"{path.name} cannot be read: {error}.", "A lab's source is a text file in UTF-8.") from error
    return parse(text, path)


def parse(text: str, path: Path) -> LabSource:
    """The lab in that text; `path` gives the notebook its name, and messages theirs.

    Raises:
        SourceError: something in it is malformed.
    """
    header, raw = _cells_of(text, path)
    head = _header(header, path)
    cells = [_cell(one, head.lab) for one in raw]
    _refuse_twice(cells)
    tasks = tuple(_tasks(cells, raw, head.lab))
    cells = _with_first_cell(_with_import(cells, path), head.lab)
    spec = replace(
        head,
        tasks=_with_hints(tasks, cells),
        given=tuple(cell.source for cell in cells if cell.kind == "given"),
        demos=tuple(cell.source for cell in cells if cell.kind in ("setup", "demo")),
    )
    _refuse_wrong_total(header, spec, path)
    return LabSource(path, spec, tuple(cell for cell in cells if cell.kind != "hints"))


def _cells_of(text: str, path: Path) -> tuple[dict[str, Any], list[_Raw]]:
    """The header's mapping and the cells, by Jupytext."""
    import jupytext
    import yaml  # type: ignore[import-untyped]
    from nbformat.validator import NotebookValidationError

    try:
        notebook = jupytext.reads(text, fmt="py:percent")
        first = notebook.cells.pop(0) if notebook.cells and notebook.cells[0].cell_type == "raw" else None
        header = yaml.safe_load(first.source.strip().removesuffix("---")) if first else None
    except (yaml.YAMLError, NotebookValidationError, ValueError, SyntaxError) as error:
        raise SourceError(
            f"{path.name}:1: {' '.join(str(error).split())}", "Mend the header, or the first line of a cell."
        ) from error
    if not isinstance(header, dict) or not isinstance(header.get("driftlab"), dict):
        raise SourceError(
            f"{path.name}:1: there is no header with a `driftlab:` mapping.",
            "Begin the file with comment lines: # ---, # driftlab:, #   lab: lab1, and so on, # ---",
        )
    return header["driftlab"], list(_placed(notebook.cells, text.split("\n"), path))


def _placed(cells: Sequence[Any], lines: list[str], path: Path) -> Iterator[_Raw]:
    """Each cell with the line of the file at which its source begins."""
    at = 0
    for cell in cells:
        # a mark inside a string of the cell before is no cell: the search goes on below that cell's own lines
        at = next((index for index in range(at, len(lines)) if lines[index].startswith("# %%")), len(lines)) + 1
        if at > len(lines):
            raise Place(path, 1).error("there is code above the first cell.", "Write # %% above it, with its kind.")
        keys = {key: value for key, value in cell.metadata.items() if key != "lines_to_next_cell"}
        blank = len(cell.source) - len(cell.source.lstrip("\n"))
        yield _Raw(cell.cell_type, keys, cell.source.strip("\n"), Place(path, at + 1 + blank))
        at += len(cell.source.split("\n"))


def _header(header: dict[str, Any], path: Path) -> LabSpec:
    """The spec that the header gives: no tasks yet."""
    place = Place(path, 1)
    unknown = sorted(set(header) - HEADER)
    if unknown:
        raise place.error(f"the header has no key {unknown[0]!r}.", f"It knows: {', '.join(sorted(HEADER))}.")
    lab, title = header.get("lab"), header.get("title")
    if not isinstance(lab, str) or not re.fullmatch(r"lab\d+", lab) or not path.stem.startswith(f"{lab}_"):
        raise place.error(f"`lab` is {lab!r}.", "It is the first part of the file's name: lab1 for lab1_….py.")
    if not isinstance(title, str) or not title.strip():
        raise place.error(f"`title` is {title!r}.", "Write the lab's title.")
    limits = header.get("limits", {})
    known = {field.name for field in fields(Limits)}
    if not isinstance(limits, dict) or not set(limits) <= known or not all(map(_is_amount, limits.values())):
        raise place.error(f"`limits` is {limits!r}.", f"It maps any of {', '.join(sorted(known))} to a number.")
    return LabSpec(
        lab=lab,
        title=title,
        notebook=path.stem,
        minutes=_minutes(header.get("minutes"), place),
        tasks=(),
        preload=_names(header, "preload", place),
        readable=_names(header, "readable", place),
        limits=Limits(**limits),
    )


def _names(header: dict[str, Any], key: str, place: Place) -> tuple[str, ...]:
    names = header.get(key, [])
    if not isinstance(names, list) or not all(
        isinstance(name, str) and all(part.isidentifier() for part in name.split(".")) for name in names
    ):
        raise place.error(f"`{key}` is {names!r}.", "It is a list of modules, as in: [torch, numpy]")
    return tuple(names)


def _cell(raw: _Raw, lab: str) -> Cell:
    """The cell's record, held against the rules of its kind."""
    kind = next((key for key in ("task", "given", "demo", "hints") if key in raw.keys), "")
    allowed = KEYS.get((raw.type, kind))
    if allowed is None:
        what = f"a {raw.type} cell" + (f" with {kind}=" if kind else " without a kind")
        raise raw.place.error(f"there is no such cell: {what}.", "A code cell is given, demo or task; text needs none.")
    unknown = sorted(set(raw.keys) - allowed)
    if unknown:
        known = ", ".join(sorted(allowed)) or "no key at all"
        raise raw.place.error(f"this cell has the unknown key {unknown[0]!r}.", f"It knows: {known}.", -1)
    if kind in ("given", "demo") and raw.keys[kind] is not True:
        raise raw.place.error(f"{kind}={raw.keys[kind]!r} says nothing.", f"Write {kind}=true.", -1)
    found = regions.find(raw.source, raw.place)
    if found and kind != "task":
        raise raw.place.error("a solution outside a task's cell.", 'Give the cell its task: task="…"', found[0].begin)
    if kind in ("task", "hints"):
        _refuse_malformed_id(raw.keys[kind], lab, raw.place)
    if raw.type == "markdown":
        return _text_cell(raw, kind, found)
    task_cells.refuse_check_calls(raw.source, raw.place)
    if kind != "task":
        return Cell("given" if kind == "given" else "demo", raw.source, raw.place)
    functions = task_cells.functions(raw.source, found, raw.place)
    return Cell("task", raw.source, raw.place, raw.keys["task"], found, functions)


def _text_cell(raw: _Raw, kind: str, found: tuple[Region, ...]) -> Cell:
    if kind == "":
        return Cell("prose", raw.source, raw.place)
    if kind == "hints":
        return Cell("hints", raw.source, raw.place, raw.keys["hints"])
    if raw.keys.get("manual") is not True:
        raise raw.place.error("a task in a text cell is graded by a human.", "Add manual=true, or make it code.", -1)
    if len(found) != 1:
        raise raw.place.error(
            f"a written answer needs one solution region; this has {len(found)}.",
            f"Put what you would accept between {regions.BEGIN} and {regions.END}.",
        )
    return Cell("answer", raw.source, raw.place, raw.keys["task"], found)


def _refuse_malformed_id(name: Any, lab: str, place: Place) -> None:
    if not isinstance(name, str) or not re.fullmatch(rf"{lab}\.[a-z][a-z0-9_]*", name):
        raise place.error(f"{name!r} is no task of {lab}.", f"Write it as {lab}.name, in small letters.", -1)


def _refuse_twice(cells: Sequence[Cell]) -> None:
    """Refuse a function that two tasks define, or that a given cell and a task define."""
    owner: dict[str, str] = {}
    for cell in cells:
        if cell.kind == "given":
            owner |= dict.fromkeys(task_cells.names_bound(cell.source, cell.place), "a given cell")
    for cell in cells:
        for name in cell.functions:
            if name in owner:
                raise cell.place.error(
                    f"{name} is defined by {owner[name]} and by {cell.task}.", "Give one of them another name."
                )
            owner[name] = cell.task


def _tasks(cells: Sequence[Cell], raw: Sequence[_Raw], lab: str) -> Iterator[TaskSpec]:
    """The tasks in order, without hints; points and minutes stand in the first cell of each."""
    heading, seen = "", set[str]()
    for cell, one in zip(cells, raw, strict=True):
        if one.type == "markdown" and cell.kind != "hints":
            text = regions.outside(cell.source, cell.regions)
            heading = next(reversed(re.findall(r"(?m)^#+ +(.+?)\s*$", text)), heading)
        if cell.kind not in ("task", "answer"):
            continue
        if cell.task in seen:
            if len(one.keys) > 1 or cell.kind == "answer":
                raise cell.place.error(
                    f"{cell.task} began above.",
                    f'Give this task another name; a further cell of the same has task="{cell.task}" and no more.',
                    -1,
                )
            continue
        seen.add(cell.task)
        yield TaskSpec(
            id=cell.task,
            title=heading or cell.task.removeprefix(f"{lab}."),
            points=_points(one.keys.get("points"), cell.place),
            minutes=_minutes(one.keys.get("minutes"), cell.place, -1),
            manual=cell.kind == "answer",
            functions=tuple(name for other in cells if other.task == cell.task for name in other.functions),
        )


def _is_amount(value: Any) -> bool:
    return type(value) in (int, float) and 0 < value < float("inf")


def _points(value: Any, place: Place) -> float:
    if not _is_amount(value):
        raise place.error(f"the task's points are {value!r}.", "Write a positive number, as in: points=4", -1)
    return float(value)


def _minutes(value: Any, place: Place, offset: int = 0) -> int:
    if type(value) is not int or value <= 0:
        raise place.error(f"the minutes are {value!r}.", "Write a whole number, as in: minutes=20", offset)
    return value


def _with_hints(tasks: tuple[TaskSpec, ...], cells: Sequence[Cell]) -> tuple[TaskSpec, ...]:
    """The tasks with their hints; each has three, but those that a human grades may have none."""
    hints: dict[str, tuple[str, ...]] = {}
    for cell in cells:
        if cell.kind != "hints":
            continue
        if cell.task not in {task.id for task in tasks}:
            raise cell.place.error(f"hints for {cell.task!r}, which is no task here.", "Name a task of this lab.", -1)
        if cell.task in hints:
            raise cell.place.error(f"{cell.task} has hints already.", "Keep one list of three.", -1)
        hints[cell.task] = _ladder(cell)
    for task in tasks:
        if task.id not in hints and not task.manual:
            place = next(cell.place for cell in cells if cell.task == task.id)
            raise place.error(f"{task.id} has no hints.", f'Add a text cell: # %% [markdown] hints="{task.id}"', -1)
    return tuple(replace(task, hints=hints.get(task.id, ())) for task in tasks)


def _ladder(cell: Cell) -> tuple[str, ...]:
    """The items of a numbered list; the lines of an item are indented below it."""
    parts = re.split(r"(?m)^(\d+)\. +", cell.source)
    if parts[0].strip() or parts[1::2] != [str(number) for number in range(1, HINTS + 1)]:
        raise cell.place.error(
            f"these hints are no list of {HINTS}: the numbers are {', '.join(parts[1::2]) or 'missing'}.",
            "Write 1., 2. and 3., from a nudge to nearly the answer, and nothing else.",
        )
    items = tuple("\n".join(re.sub(r"^ {1,3}", "", line) for line in item.strip().split("\n")) for item in parts[2::2])
    if not all(items):
        raise cell.place.error("a hint is empty.", "Write something after its number.")
    return items


def _with_import(cells: list[Cell], path: Path) -> list[Cell]:
    given = [index for index, cell in enumerate(cells) if cell.kind == "given"]
    if not given:
        raise Place(path, 1).error("no cell is given.", "Add a cell # %% given=true with the lab's imports.")
    if any(IMPORT in cells[index].source.split("\n") for index in given):
        return cells
    first = cells[given[0]]
    return [*cells[: given[0]], replace(first, source=f"{IMPORT}\n{first.source}"), *cells[given[0] + 1 :]]


def _with_first_cell(cells: list[Cell], lab: str) -> list[Cell]:
    """The cell that finds the course, above all other code."""
    first = next(index for index, cell in enumerate(cells) if cell.kind in ("given", "demo", "task"))
    place = cells[first].place
    return [*cells[:first], Cell("prose", ABOVE, place), Cell("setup", first_cell(lab), place), *cells[first:]]


def _refuse_wrong_total(header: dict[str, Any], spec: LabSpec, path: Path) -> None:
    place, total = Place(path, 1), sum(task.points for task in spec.tasks)
    if not spec.tasks:
        raise place.error("this lab has no task.", f'Add a cell: # %% task="{spec.lab}.name" points=1 minutes=5')
    if "points" in header and header["points"] != total:
        raise place.error(
            f"the header says {header['points']!r} points; the tasks have {total:g}.", "Mend one of the two."
        )
    minutes = sum(task.minutes for task in spec.tasks)
    if minutes > spec.minutes:
        raise place.error(f"the header says {spec.minutes} minutes; the tasks take {minutes}.", "Mend one of the two.")

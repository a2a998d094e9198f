"""The rules of code in a lab's cells: what a task's cell may hold, what a given cell binds, no check() by hand.

In: the source of one of our own cells (an author's, never a learner's). Out: the functions' names, or a `SourceError`.
Does not: execute it, or look at text cells.
"""

import ast
import re

from autograder.authoring.regions import Place, Region

CHECK_CALL = re.compile(r"^\s*check\s*\(")


def functions(source: str, found: tuple[Region, ...], place: Place) -> tuple[str, ...]:
    """The functions that a task's cell defines: nothing else stands in it, and each has one region in its body.

    Raises:
        SourceError: it is no Python, holds other code, or a function without docstring or without its one region.
    """
    tree = _parsed(source, place)
    for node in tree.body:
        if not isinstance(node, ast.FunctionDef):
            raise place.error(
                "a task's cell holds function definitions only.",
                "Move this to a cell with given=true or demo=true, or into a function.",
                node.lineno - 1,
            )
        if ast.get_docstring(node) is None:
            raise place.error(f"{node.name} has no docstring.", "Say what a learner must make it do.", node.lineno - 1)
    if not tree.body:
        raise place.error("this task's cell defines no function.", "Write the function that solves it.")
    for node, after in zip(tree.body, [*tree.body[1:], None], strict=True):
        end = after.lineno - 1 if after is not None else len(source.split("\n"))
        _hold(node, [region for region in found if node.lineno - 1 <= region.begin < end], place)
    if any(region.end < tree.body[0].lineno - 1 for region in found):
        raise place.error("a region above the function.", "Put it into the function's body.", found[0].begin)
    return tuple(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


def _hold(node: ast.stmt, mine: list[Region], place: Place) -> None:
    """Refuse a function whose body is not cut by exactly one region, below its docstring and between statements."""
    assert isinstance(node, ast.FunctionDef)  # noqa: S101  `functions` refused everything else
    if len(mine) != 1:
        raise place.error(
            f"{node.name} has {len(mine)} solution regions.",
            "Give it one, around what a learner writes.",
            node.lineno - 1,
        )
    region, body = mine[0], node.body[1:]
    inside = [part for part in body if region.begin < part.lineno - 1 < region.end]
    straddles = any(
        (part.lineno - 1 < region.begin <= (part.end_lineno or 0) - 1)
        or (part.lineno - 1 < region.end <= (part.end_lineno or 0) - 1)
        for part in node.body
    )
    if straddles or not inside or region.indent != node.body[0].col_offset:
        raise place.error(
            f"the region of {node.name} does not cut its body between statements.",
            "Put the marks on the level of the function's first statement.",
            region.begin,
        )


def names_bound(source: str, place: Place) -> frozenset[str]:
    """The names that a given cell binds at its top level.

    Raises:
        SourceError: it is no Python (a magic, say): the grader executes given cells.
    """
    names = set[str]()
    for node in _parsed(source, place).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names |= {(alias.asname or alias.name).split(".")[0] for alias in node.names}
        else:
            names |= {part.id for part in ast.walk(node) if isinstance(part, ast.Name) and _is_store(part)}
    return frozenset(names)


def refuse_check_calls(source: str, place: Place) -> None:
    """Refuse a check() that an author wrote: a release puts each below its task.

    Raises:
        SourceError: there is one.
    """
    for index, line in enumerate(source.split("\n")):
        if CHECK_CALL.match(line):
            raise place.error("check() is written by hand.", "Delete it: a release adds one after each task.", index)


def _is_store(name: ast.Name) -> bool:
    return isinstance(name.ctx, ast.Store)


def _parsed(source: str, place: Place) -> ast.Module:
    try:
        return ast.parse(source)
    except SyntaxError as error:
        raise place.error(
            f"this cell is no Python: {error.msg}.",
            "Mend it; lines for the notebook only (%, !) belong into a cell with demo=true.",
            (error.lineno or 1) - 1,
        ) from error

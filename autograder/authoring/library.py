"""Which part of the library a lab needs: what its notebook, its checks and the learner's commands import.

In: the course's folder, and the code that a learner will run. Out: the names of modules, each with who asks for it.
Every import counts, also one in a function that seldom runs, and so does a module's name in a string, for modules that
are loaded on first use: what is found may be more than is ever loaded, and is never less (tests run it).
Does not: execute anything, or know which modules answer a task.
"""

import ast
import itertools
import re
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

LIBRARY = "driftlab"
COMMANDS = f"{LIBRARY}.commands"
ENTRY = f"{LIBRARY}.__main__"
"""Starts the library's command line. Every bundle has it; it says so where the command line itself is not there."""
NOT_PYTHON = re.compile(r"(?m)^(\s*)[%!?].*$")
"""Lines of a notebook that only IPython reads."""


@dataclass(frozen=True, slots=True)
class Needed:
    """The modules that are needed."""

    asked_by: Mapping[str, str]
    """A module's name -> the module, or the kind of code (`the notebook`), that asked for it first."""

    def __contains__(self, module: object) -> bool:
        return module in self.asked_by

    def below(self, module: str) -> list[str]:
        """The module itself and those in it, as far as they are needed."""
        return sorted(name for name in self.asked_by if name == module or name.startswith(f"{module}."))

    def why(self, module: str) -> list[str]:
        """Who asks for it, then who asks for that one, to the code that a learner runs; shortest way."""
        way = [self.asked_by[module]]
        while way[-1] in self.asked_by:
            way.append(self.asked_by[way[-1]])
        return way


def needed(root: Path, code: Mapping[str, Sequence[str]]) -> Needed:
    """What the code imports, and what that imports in turn. `code`: its kind, such as "the notebook" -> sources.

    Raises:
        SyntaxError: some of it is no Python.
    """
    found: dict[str, str] = {}
    waiting = deque((name, kind) for kind, sources in code.items() for text in sources for name in _asked(root, text))
    while waiting:
        name, asking = waiting.popleft()
        if name not in found:
            found[name] = asking
            waiting.extend((parent, asking) for parent in _parents(name))
            waiting.extend((other, name) for other in _named_in(root, name))
    found.setdefault(ENTRY, "every bundle")  # what it imports is asked for where a notebook starts a command
    return Needed(dict(sorted(found.items())))


def _asked(root: Path, source: str) -> list[str]:
    return [*named(root, source), *([ENTRY] if _mentioned(source)[1] else [])]


def named(root: Path, source: str) -> list[str]:
    """The library's modules that stand in a source, in order."""
    return [name for name in _mentioned(source)[0] if path_of(root, name)]


@lru_cache(maxsize=2048)
def _mentioned(source: str) -> tuple[tuple[str, ...], bool]:
    """What a source names, and whether it holds a command line of the library; several bundles ask for the same."""
    nodes = list(ast.walk(ast.parse(NOT_PYTHON.sub(r"\1pass", source))))
    return tuple(dict.fromkeys(name for node in nodes for name in _names(node))), any(map(_is_command, nodes))


def _names(node: ast.AST) -> Iterator[str]:
    """What a node may name, whether there is such a module or not."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and node.module:
        yield node.module
        yield from (f"{node.module}.{alias.name}" for alias in node.names)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.startswith(f"{LIBRARY}."):
        yield node.value


def _is_command(node: ast.AST) -> bool:
    """Whether it is a list such as [..., "driftlab", "drift", ...]."""
    if not isinstance(node, ast.List | ast.Tuple):
        return False
    words = [part.value if isinstance(part, ast.Constant) else None for part in node.elts]
    after = [second for first, second in itertools.pairwise(words) if first == LIBRARY]
    return any(isinstance(word, str) and word.isidentifier() for word in after)


def _named_in(root: Path, name: str) -> list[str]:
    path = path_of(root, name)
    return [] if path is None else named(root, path.read_text(encoding="utf-8"))


def _parents(name: str) -> list[str]:
    parts = name.split(".")
    return [".".join(parts[:count]) for count in range(1, len(parts))]


def path_of(root: Path, name: str) -> Path | None:
    """The file of one of the library's modules; None where there is no such module."""
    parts = name.split(".")
    if parts[0] != LIBRARY or not all(part.isidentifier() for part in parts):
        return None
    folder = root.joinpath(*parts)
    paths = (folder / "__init__.py", folder.with_suffix(".py"))
    return next((path for path in paths if path.is_file()), None)

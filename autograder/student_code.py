"""Executing a submission's cells, whatever is in them, until its functions can be called.

In: given cells (ours), the submission's cells as (where, source), a namespace. Out: that namespace filled, and
`Loaded`: which functions the submission defines, and what was skipped or went wrong, in words.
Covers: magics and shell lines, syntax errors, exceptions of any kind, unfinished duplicates, redefined given functions,
calls of the course's own `check` and `hint`; a soft time limit where there is SIGALRM and this is the main thread.
Does not: protect anything. Run it in the sandbox, or on one's own code. A loop that catches everything outlasts the
soft limit; the sandbox's wall clock ends that.
"""

import __future__

import ast
import builtins
import contextlib
import linecache
import re
import signal
import sys
import threading
import time
import types
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

SUBMISSION = "submission"
"""The module that the submission's functions say they come from."""
COURSE = "autograder.learner"
STATEMENT_SECONDS = 10.0
"""For one statement, while there is time left; then only definitions and imports still run, each this long."""
AFTERWARDS_SECONDS = 1.0
MOST_NOTES, LONGEST_NOTE = 100, 300
MOST_REPAIRS = 200
LINE_MAGIC = re.compile(r"^\s*[%!?]|^[^#'\"]*\?\s*$|^\s*[\w.,\s]+=\s*[%!]")
PYTHON_CELL_MAGICS = ("%%time", "%%timeit", "%%capture", "%%prun")
DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)


@dataclass(frozen=True, slots=True)
class Loaded:
    """What came of executing a submission."""

    defined: frozenset[str]
    """Names of the functions that its cells define, stubs included."""
    notes: tuple[str, ...] = ()


class TimeIsUpError(BaseException):
    """The soft limit; no `except Exception` of a student's catches it."""


def new_namespace() -> dict[str, Any]:
    """A module's namespace for a submission; decorators such as `dataclass` look the module up by its name."""
    module = types.ModuleType(SUBMISSION)
    sys.modules[SUBMISSION] = module
    return vars(module)


def load(
    cells: Sequence[tuple[str, str]], given: Sequence[str], namespace: dict[str, Any], seconds: float = 30.0
) -> Loaded:
    """Execute the given cells, then the submission's.

    Raises:
        Exception: a given cell failed. Nothing that the submission's own cells do is raised.
    """
    ours = run_given(given, namespace)
    return run_cells(cells, namespace, ours, seconds)


def run_given(given: Sequence[str], namespace: dict[str, Any]) -> dict[str, Any]:
    """Execute our cells. Returns the functions and classes that they define.

    Raises:
        Exception: one of them failed.
    """
    names: set[str] = set()
    with course_stubs():
        for number, source in enumerate(given, 1):
            origin = f"<given {number}>"
            tree = ast.parse(source, origin)
            _remember(origin, source)
            exec(compile(tree, origin, "exec", dont_inherit=True), namespace)  # noqa: S102  ours
            names |= {node.name for node in tree.body if isinstance(node, DEFINITIONS[:3])}
    return {name: namespace[name] for name in names if name in namespace}


def run_cells(
    cells: Sequence[tuple[str, str]], namespace: dict[str, Any], ours: dict[str, Any], seconds: float
) -> Loaded:
    """Execute a submission's cells; `ours` are put back afterwards. Raises nothing that they raise."""
    run = _Run(namespace, time.monotonic() + seconds)
    with course_stubs():
        for origin, source in cells:
            try:
                run.cell(origin, source)
            except BaseException as error:  # noqa: BLE001  from inside our own steps: deep recursion, no memory
                run.note(f"{origin}: skipped ({kind(error)})")
    namespace.update(ours)
    return Loaded(frozenset(run.functions), tuple(run.notes))


@dataclass(slots=True)
class _Run:
    """One submission being executed."""

    namespace: dict[str, Any]
    deadline: float
    functions: dict[str, bool] = field(default_factory=dict)
    """Name -> whether its last kept definition is still the stub."""
    notes: list[str] = field(default_factory=list)
    flags: int = 0
    """Of `from __future__` imports, which hold for what follows."""

    def note(self, text: str) -> None:
        if len(self.notes) < MOST_NOTES:
            self.notes.append(text if len(text) <= LONGEST_NOTE else text[: LONGEST_NOTE - 1] + "…")

    def cell(self, origin: str, source: str) -> None:
        source = self._without_cell_magic(origin, source)
        tree = self._parsed(origin, source)
        if tree is None:
            return
        _remember(f"<{origin}>", source)
        for statement in tree.body:
            self._statement(origin, statement)

    def _without_cell_magic(self, origin: str, source: str) -> str:
        first, _, rest = source.lstrip().partition("\n")
        if not first.startswith("%%"):
            return source
        if first.split()[0] in PYTHON_CELL_MAGICS:
            self.note(f"{origin}: {first[:40]} left out")
            return f"\n{rest}"
        self.note(f"{origin}: a {first[:40]} cell, skipped")
        return ""

    def _parsed(self, origin: str, source: str) -> ast.Module | None:
        """The cell's syntax tree; lines that only IPython understands are left out where Python stumbles over them."""
        lines = source.split("\n")
        for _ in range(MOST_REPAIRS):
            try:
                return ast.parse("\n".join(lines), f"<{origin}>")
            except SyntaxError as error:
                place = (error.lineno or 0) - 1
                if not 0 <= place < len(lines) or not LINE_MAGIC.search(lines[place]):
                    self.note(f"{origin}, line {place + 1}: {error.msg}; the cell was skipped")
                    return None
                self.note(f"{origin}, line {place + 1}: left out: {lines[place].strip()[:60]}")
                _leave_out(lines, place)
            except (ValueError, OverflowError) as error:  # a null character, a number too long
                self.note(f"{origin}: {error}; the cell was skipped")
                return None
        self.note(f"{origin}: too many lines that are no Python; the cell was skipped")
        return None

    def _statement(self, origin: str, statement: ast.stmt) -> None:
        where = f"{origin}, line {statement.lineno}"
        left = self.deadline - time.monotonic()
        if left <= 0 and not isinstance(statement, DEFINITIONS):
            self.note(f"{where}: not run, the time for all cells is over")
            return
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
            if is_stub(statement) and self.functions.get(statement.name) is False:
                self.note(f"{where}: the unedited {statement.name} does not replace the one before it")
                return
        if isinstance(statement, ast.ImportFrom) and statement.module == "__future__":
            for alias in statement.names:
                feature = getattr(__future__, alias.name, None)
                self.flags |= getattr(feature, "compiler_flag", 0)
        if self._run(origin, where, statement, min(left, STATEMENT_SECONDS) if left > 0 else AFTERWARDS_SECONDS):
            self._defined(statement)

    def _run(self, origin: str, where: str, statement: ast.stmt, seconds: float) -> bool:
        try:
            code = compile(ast.Module([statement], []), f"<{origin}>", "exec", flags=self.flags, dont_inherit=True)
            with soft_limit(seconds):
                exec(code, self.namespace)  # noqa: S102  this is the one place for it
        except TimeIsUpError:
            self.note(f"{where}: took longer than {seconds:.3g} s and was stopped")
        except BaseException as error:  # noqa: BLE001  a submission may raise anything, and the next cell still counts
            self.note(f"{place(error) or where}: {said(error)}")
        else:
            return True
        return False

    def _defined(self, statement: ast.stmt) -> None:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
            self.functions[statement.name] = is_stub(statement)
            return
        names = [n.id for n in ast.walk(statement) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]
        inner = [n.name for n in ast.walk(statement) if isinstance(n, ast.FunctionDef)]
        for name in (*names, *inner):  # f = lambda …, if …: def f
            if isinstance(self.namespace.get(name), types.FunctionType):
                self.functions[name] = False


def is_stub(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether a function has nothing in it but its docstring and `raise NotImplementedError`."""
    body = [node for node in function.body if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))]
    if len(body) != 1 or not isinstance(body[0], ast.Raise) or body[0].exc is None:
        return False
    raised = body[0].exc.func if isinstance(body[0].exc, ast.Call) else body[0].exc
    return isinstance(raised, ast.Name) and raised.id == "NotImplementedError"


def _leave_out(lines: list[str], place: int) -> None:
    """Put `pass` where a line was, and where it went on."""
    indent = lines[place][: len(lines[place]) - len(lines[place].lstrip())]
    while True:
        line = lines[place]
        lines[place] = f"{indent}pass"
        place += 1
        if not line.endswith("\\") or place >= len(lines):
            return


def _remember(origin: str, source: str) -> None:
    """Let `inspect.getsource` and tracebacks find the cell."""
    lines = [f"{line}\n" for line in source.split("\n")]
    linecache.cache[origin] = (len(source), None, lines, origin)


@contextlib.contextmanager
def course_stubs() -> Iterator[None]:
    """While cells run, `autograder.learner` is a module whose every function does nothing."""
    stub = types.ModuleType(COURSE)
    stub.__getattr__ = _any_function  # type: ignore[method-assign]
    parent = sys.modules.get("autograder")
    before = sys.modules.get(COURSE)
    had = getattr(parent, "learner", None)
    top = parent or types.ModuleType("autograder")
    sys.modules["autograder"], sys.modules[COURSE] = top, stub
    top.learner = stub  # type: ignore[attr-defined]
    try:
        yield
    finally:
        _put_back("autograder", parent)
        _put_back(COURSE, before)
        if had is None:
            vars(top).pop("learner", None)
        else:
            top.learner = had  # type: ignore[attr-defined]


def _put_back(name: str, module: types.ModuleType | None) -> None:
    if module is None:
        sys.modules.pop(name, None)
    else:
        sys.modules[name] = module


def _any_function(name: str) -> Any:
    if name.startswith("__"):
        raise AttributeError(name)
    return _nothing


def _nothing(*_: Any, **__: Any) -> None:
    """What `check` and `hint` do while a submission is being loaded."""


@contextlib.contextmanager
def soft_limit(seconds: float) -> Iterator[None]:
    """Raise `TimeIsUpError` in the block after that time, where this system and thread can."""
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGALRM, _time_is_up)
    try:
        signal.setitimer(signal.ITIMER_REAL, seconds)
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _time_is_up(number: int, frame: types.FrameType | None) -> None:
    raise TimeIsUpError


def said(error: BaseException) -> str:
    """`NameError: name 'x' is not defined`, whatever the exception's own methods do."""
    try:
        return f"{kind(error)}: {error}"[:LONGEST_NOTE]
    except BaseException:  # noqa: BLE001  its __str__ is the student's
        return f"{kind(error)}, which cannot be shown"


def kind(error: BaseException) -> str:
    """The class's name, past a metaclass that would answer in its place."""
    name = type.__dict__["__name__"].__get__(builtins.type(error))
    return f"{name}"[:100]


def place(error: BaseException) -> str:
    """The innermost line of a cell in the traceback: `cell 3, line 7`, or nothing."""
    found = ""
    try:
        trace = error.__traceback__
        while trace is not None:
            file = trace.tb_frame.f_code.co_filename
            if file.startswith("<") and not file.startswith(("<frozen", "<given", "<string")):
                found = f"{file.strip('<>')[:200]}, line {trace.tb_lineno}"
            trace = trace.tb_next
    except BaseException:  # noqa: BLE001  a class of the student's may answer for __traceback__ itself
        return found
    return found

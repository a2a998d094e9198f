"""Executing a submission's cells: what is skipped, what is kept, and that nothing a student writes is raised."""

import ast
import inspect
import signal
import sys
import threading
import time
from typing import Any

import pytest
from hypothesis import given as hypothetically
from hypothesis import settings
from hypothesis import strategies as st

from autograder import student_code
from autograder.student_code import Loaded, is_stub, load, new_namespace, run_cells, run_given

STUB = '''def f(x):
    """Docstring."""
    raise NotImplementedError("lab.f")
'''


def loaded(*sources: str, given: tuple[str, ...] = (), seconds: float = 5.0) -> tuple[Loaded, dict[str, Any]]:
    namespace = new_namespace()
    cells = [(f"cell {number}", source) for number, source in enumerate(sources, 1)]
    return load(cells, given, namespace, seconds), namespace


def notes(*sources: str, **kwargs: Any) -> str:
    return "\n".join(loaded(*sources, **kwargs)[0].notes)


def test_cells_run_in_order_and_what_they_define_is_told() -> None:
    found, namespace = loaded("x = 1", "def f():\n    return x + 1", "x = 5\ng = lambda: 3\nclass A: pass")
    assert namespace["f"]() == 6
    assert found == Loaded(frozenset({"f", "g"}), ())


@pytest.mark.parametrize(
    ("cell", "line"),
    [
        ("%matplotlib inline\ndef f(): return 1", 1),
        ("def f(): return 1\n!pip install torch \\\n   --quiet", 2),
        ("?print\ndef f(): return 1", 1),
        ("print?\ndef f(): return 1", 1),
        ("files = !ls\ndef f(): return 1", 1),
        ("if True:\n    %time len([])\ndef f(): return 1", 2),
        ("x = (7\n % 4)\n%time x\ndef f(): return 1", 3),
    ],
)
def test_magics_are_left_out_and_said_so(cell: str, line: int) -> None:
    found, namespace = loaded(cell)
    assert namespace["f"]() == 1
    assert found.notes[0].startswith(f"cell 1, line {line}: left out: ")


def test_text_that_looks_like_magic_is_kept() -> None:
    found, namespace = loaded('s = """\n%time\n!ls\nwhat?\n"""\nx = (9\n% 4)')
    assert namespace["s"] == "\n%time\n!ls\nwhat?\n"
    assert namespace["x"] == 1
    assert found.notes == ()


def test_cell_magics() -> None:
    found, namespace = loaded("%%time\ndef f(): return 1", "%%bash\nrm -rf x", "%%html\n<b>")
    assert namespace["f"].__code__.co_firstlineno == 2
    assert found.notes == (
        "cell 1: %%time left out", "cell 2: a %%bash cell, skipped", "cell 3: a %%html cell, skipped",
    )  # fmt: skip


@pytest.mark.parametrize("bad", ["def f(:\n    pass", "\x00", "x = " + "9" * 5000, "  indented", "x = '", "await g()"])
def test_a_cell_that_is_no_python_is_skipped_and_others_go_on(bad: str) -> None:
    found, namespace = loaded(bad, "def g(): return 2")
    assert namespace["g"]() == 2
    assert found.notes[0].startswith("cell 1")


@pytest.mark.parametrize("deep", ["(" * 5000 + ")" * 5000, "-" * 100_000 + "1", "x" + ".a" * 100_000])
def test_deep_code_is_a_note(deep: str) -> None:
    assert "cell 1" in notes(deep)


def test_an_exception_is_a_note_with_its_line_and_the_rest_runs() -> None:
    found, namespace = loaded("x = 1\ny = 1 / 0\ndef f(): return x")
    assert namespace["f"]() == 1
    assert found.notes == ("cell 1, line 2: ZeroDivisionError: division by zero",)
    inner = notes("def g():\n    return 1 / 0\n\nx = g()")
    assert inner.startswith("cell 1, line 2: ZeroDivisionError")


HOSTILE = """
class Meta(type):
    __name__ = property(lambda cls: 1 / 0)
class Odd(BaseException, metaclass=Meta):
    def __str__(self): raise SystemExit
    @property
    def __traceback__(self): raise KeyboardInterrupt
raise Odd
"""


@pytest.mark.parametrize(
    "cell",
    [
        "raise SystemExit", "exit(0)", "raise KeyboardInterrupt", "raise GeneratorExit", "raise BaseException",
        "assert False", "raise MemoryError", "def f(): f()\nf()", HOSTILE, "raise StopIteration",
        "import signal\nsignal.raise_signal(signal.SIGINT)", "raise ExceptionGroup('a', [ValueError()])",
        "class N(str):\n    def __len__(self): raise SystemExit\nraise ValueError(N('x'))",
        "from __future__ import nonsense", "import no_such_module", "raise TypeError('x' * 10**6)",
    ],
)  # fmt: skip
def test_nothing_is_raised(cell: str) -> None:
    found, namespace = loaded(cell, "def g(): return 2")
    assert namespace["g"]() == 2
    assert len(found.notes) == 1
    assert len(found.notes[0]) <= student_code.LONGEST_NOTE


@settings(max_examples=60)
@hypothetically(st.text(alphabet="x=1\n()[]:%!?\\'\"# \tdef\x00é\ud800", max_size=40))
def test_no_text_is_raised(source: str) -> None:
    loaded(source, seconds=2.0)


def test_notes_are_bounded() -> None:
    found, _ = loaded(*["1 / 0"] * 300)
    assert len(found.notes) == student_code.MOST_NOTES


def test_futures_hold_for_later_cells() -> None:
    found, namespace = loaded("from __future__ import annotations", "def f(x: Unknown): return 1")
    assert found.notes == ()
    assert namespace["f"].__annotations__ == {"x": "Unknown"}


def test_the_last_definition_wins_but_for_the_stub() -> None:
    found, namespace = loaded("def f(x): return 1", "def f(x): return 2", STUB)
    assert namespace["f"](0) == 2
    assert "unedited f" in found.notes[0]
    _, namespace = loaded(STUB, "def f(x): return 1")
    assert namespace["f"](0) == 1
    found, namespace = loaded(STUB, STUB)
    assert found == Loaded(frozenset({"f"}), ())
    with pytest.raises(NotImplementedError):
        namespace["f"](0)


@pytest.mark.parametrize(
    ("source", "stub"),
    [
        (STUB, True),
        ("def f():\n    raise NotImplementedError", True),
        ("def f():\n    x = 1\n    raise NotImplementedError('x')", False),
        ("def f():\n    pass", False),
        ("def f():\n    raise", False),
        ("def f():\n    raise ValueError", False),
        ("def f(): return 1", False),
    ],
)
def test_what_a_stub_is(source: str, stub: bool) -> None:
    function = ast.parse(source).body[0]
    assert isinstance(function, ast.FunctionDef)
    assert is_stub(function) is stub


def test_given_functions_and_classes_are_put_back() -> None:
    given = ("LEVELS = [1]\ndef driver(): return 'ours'\nclass Table: pass",)
    found, namespace = loaded("def driver(): return 'mine'\nTable = None\nLEVELS = 2\ndel driver", given=given)
    assert namespace["driver"]() == "ours"
    assert isinstance(namespace["Table"], type)
    assert namespace["LEVELS"] == 2
    assert "driver" in found.defined


def test_a_given_cell_may_fail_loudly() -> None:
    with pytest.raises(ZeroDivisionError):
        run_given(["1 / 0"], new_namespace())


def test_check_and_hint_do_nothing_while_loading() -> None:
    before = {name: sys.modules.get(name) for name in ("autograder", "autograder.learner")}
    had = getattr(before["autograder"], "learner", None)
    source = (
        "from autograder.learner import check, hint\ncheck('lab.f')\nhint('lab.f')\n"
        "import autograder.learner\nautograder.learner.progress()\nimport autograder.learner as l\nl.check()"
    )
    given = ("from autograder.learner import check, hint",)
    assert notes(source, given=given) == ""
    assert {name: sys.modules.get(name) for name in before} == before
    assert getattr(before["autograder"], "learner", None) is had
    assert "AttributeError" in notes("import autograder.learner\nautograder.learner.__path__")


def test_source_can_be_found() -> None:
    _, namespace = loaded("x = 1\ndef f():\n    return 12")
    assert inspect.getsource(namespace["f"]) == "def f():\n    return 12\n"


def test_dataclasses_find_their_module() -> None:
    source = "from __future__ import annotations\nfrom dataclasses import dataclass\n@dataclass\nclass A:\n    x: int"
    found, namespace = loaded(source)
    assert found.notes == ()
    assert namespace["A"](3).x == 3


@pytest.mark.skipif(not hasattr(signal, "SIGALRM"), reason="no SIGALRM here")
def test_a_long_statement_is_stopped_and_definitions_still_run() -> None:
    before = signal.getsignal(signal.SIGALRM)
    cells = ["while True: sum([1])", "x = 1", "import math\ndef f(): return 1"]
    found, namespace = loaded(*cells, seconds=0.1)
    assert namespace["f"]() == 1
    assert "x" not in namespace
    assert "was stopped" in found.notes[0]
    assert "the time for all cells is over" in found.notes[1]
    assert signal.getsignal(signal.SIGALRM) is before
    assert signal.getitimer(signal.ITIMER_REAL)[0] == 0


def test_without_signals_in_another_thread() -> None:
    found: list[Loaded] = []
    thread = threading.Thread(target=lambda: found.append(loaded("def f(): return 1", "1 / 0")[0]))
    thread.start()
    thread.join()
    assert found[0].defined == {"f"}
    assert len(found[0].notes) == 1


def test_time_that_is_already_over() -> None:
    namespace = new_namespace()
    found = run_cells([("a", "x = 1\ndef f(): return 1")], namespace, {}, time.monotonic() * 0 - 1)
    assert found.defined == {"f"}
    assert "x" not in namespace

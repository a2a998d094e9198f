"""`autograder check` on notebooks and files: what is loaded, what a terminal, a pipe and JSON get."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from small_practice import GIVEN, practice_course

from autograder.desk import terminal
from autograder.desk.progress import Progress
from autograder.desk.terminal import Checked
from autograder.errors import GradingError
from autograder.outcomes import Outcome
from autograder.spec import Course
from driftlab.screen import PlainScreen

RIGHT = """def double(n):
    return 2 * n

# %%
def root(n):
    return n ** 0.5

# %%
def both(n):
    return 2 * n
"""
WRONG = RIGHT.replace("return 2 * n", "return n * n", 1).replace("def root(n):\n    return n ** 0.5", "print(nothing)")


@pytest.fixture
def course(tmp_path: Path) -> Course:
    return practice_course(tmp_path)


def notebook(path: Path, source: str) -> Path:
    cells = [
        {"cell_type": "code", "source": part.strip(), "metadata": {}, "outputs": [], "execution_count": None}
        for part in source.split("# %%")
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
    return path


def script(tmp_path: Path, source: str) -> Path:
    path = tmp_path / "mine.py"
    path.write_text(f"# %%\n{source}")
    return path


def shown(checked: Checked, *, tty: bool = False, width: int = 80, encoding: str = "utf-8") -> str:
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    terminal.show_checks(checked, Console(file=stream, force_terminal=tty, width=width, color_system=None, _environ={}))
    stream.flush()
    return stream.buffer.getvalue().decode(encoding)  # type: ignore[attr-defined,no-any-return]


@pytest.mark.parametrize("kind", ["py", "ipynb"])
def test_a_solved_file_passes(kind: str, course: Course, tmp_path: Path) -> None:
    path = script(tmp_path, RIGHT) if kind == "py" else notebook(tmp_path / "mine.ipynb", RIGHT)
    checked = terminal.check_file(path, "small", None, course)
    assert checked.passed
    assert checked.notes == ()
    assert [result.outcome for result in checked.results] == [Outcome.PASSED] * 4
    assert checked.to_json() == {
        "lab": "small",
        "file": str(path),
        "points": 3.5,
        "out_of_public": 3.5,
        "tasks": {
            "small.double": {"outcome": "passed", "points": 1.5, "out_of": 1.5, "said": []},
            "small.root": {"outcome": "passed", "points": 1, "out_of": 1, "said": []},
            "small.both": {"outcome": "passed", "points": 1, "out_of": 1, "said": []},
        },
        "notes": [],
    }


def test_the_labs_own_notebook_is_found(course: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(terminal, "ROOT", tmp_path / "course")
    with pytest.raises(GradingError, match=r"there is no small_lab\.ipynb"):
        terminal.check_file(None, "small", None, course)
    inside = Path("labs", "small_lab", "small_lab.ipynb")
    for path in (tmp_path / "course" / inside, tmp_path / inside, tmp_path / "small_lab.ipynb"):  # the nearest wins
        notebook(path, RIGHT)
        found = terminal.check_file(None, "small", "double", course).file
        assert found.resolve() == path


def test_one_task_is_shown_in_full(course: Course, tmp_path: Path) -> None:
    checked = terminal.check_file(script(tmp_path, WRONG), "small", "small.double", course)
    text = shown(checked)
    assert "✗ Twice (small.double): 1 of 2 checks passed" in text
    assert "That is the square." in text
    assert 'hint("small.double") shows hint 1 of 3' in text
    assert "cell 2, from line 6, line 1: NameError: name 'nothing' is not defined" in text
    assert "Root" not in text
    assert "0.5 of 1.5 points from the public checks of small" in text


def test_a_pipe_gets_plain_lines(course: Course, tmp_path: Path) -> None:
    checked = terminal.check_file(script(tmp_path, WRONG), "small", None, course)
    text = shown(checked)
    assert "\x1b" not in text
    assert "small.double  Twice: ✗ not right yet (0.5 of 1.5)\n  Of a number: ✗ not right yet (0 of 1)" in text
    assert "small.root  Root: ○ not started yet (0 of 1)" in text
    assert "small.both  Both: ✓ passed (1 of 1)" in text
    assert "(small.root)" not in text, "what is not started needs no card"
    assert not checked.passed


def test_a_console_of_few_signs_is_served(course: Course, tmp_path: Path) -> None:
    text = shown(terminal.check_file(script(tmp_path, WRONG), "small", "double", course), encoding="ascii")
    assert "x Twice (small.double): 1 of 2 checks passed" in text


def test_a_terminal_gets_a_table_within_its_width(course: Course, tmp_path: Path) -> None:
    checked = terminal.check_file(script(tmp_path, WRONG), "small", None, course)
    for width in (50, 80):
        text = shown(checked, tty=True, width=width)
        table = text[: text.index("✗ Twice (small.double)")]
        assert max(map(len, table.splitlines())) <= width
        assert "0.5 of 1.5" in text
    assert "○ not started yet" in text
    assert "Twice" in shown(terminal.check_file(script(tmp_path, WRONG), "small", "double", course), tty=True)


def test_what_was_written_cannot_write_on_the_terminal(course: Course, tmp_path: Path) -> None:
    hostile = "def double(n):\n    raise ValueError('\\x1b[2J [red]x[/red] \\u202e')\n# %%\n\x1b[2J oops\n"
    checked = terminal.check_file(script(tmp_path, hostile), "small", None, course)
    for text in (shown(checked), shown(checked, tty=True)):
        assert "\x1b[2J" not in text
        assert "\u202e" not in text
        assert "[red]x[/red]" in text


def test_given_and_demo_cells_are_ours(course: Course, tmp_path: Path) -> None:
    path = course.specs / "small.json"
    row = json.loads(path.read_text())
    row["demos"] = ["1 / 0"]
    path.write_text(json.dumps(row))
    cells = (
        GIVEN,
        "1 / 0",
        "def given_both(n):\n    return 8",
        "from autograder.learner import check\ncheck('small.double')",
    )
    source = "\n# %%\n".join(cells)
    checked = terminal.check_file(script(tmp_path, source), "small", "both", course)
    assert checked.notes == ()
    assert [result.outcome for result in checked.results] == [Outcome.NOT_ATTEMPTED]


def test_nothing_is_printed_while_it_runs(course: Course, tmp_path: Path, capsys: Any) -> None:
    noisy = "import sys\nprint('out'); print('err', file=sys.stderr)\n" + RIGHT
    assert terminal.check_file(script(tmp_path, noisy), "small", None, course).passed
    assert capsys.readouterr() == ("", "")


def test_it_reports_to_the_screen(course: Course, tmp_path: Path) -> None:
    stream = io.StringIO()
    with PlainScreen(stream) as screen:
        terminal.check_file(script(tmp_path, RIGHT), "small", None, course, screen)
    assert stream.getvalue() == "Running mine.py\nChecking\n"


def test_progress_is_kept_beside_the_file(course: Course, tmp_path: Path) -> None:
    folder = tmp_path / "home"
    folder.mkdir()
    checked = terminal.check_file(script(folder, RIGHT), "small", None, course)
    assert set(Progress.load(folder, "small").passed()) == {task.id for task in checked.tasks}


def test_a_stop_leaves_the_rest_out(course: Course, tmp_path: Path) -> None:
    stopped = RIGHT.replace("return n ** 0.5", "raise KeyboardInterrupt")
    checked = terminal.check_file(script(tmp_path, stopped), "small", None, course)
    assert not checked.passed
    assert "small.both" not in checked.to_json()["tasks"]
    assert "You stopped it" in shown(checked)


@pytest.mark.parametrize(
    ("lab", "task", "name", "problem"),
    [
        ("smal", None, "mine.py", "there is no lab 'smal'"),
        ("small", "doubel", "mine.py", "small has no task 'doubel'"),
        ("small", "words", "mine.py", "small.words is answered in words"),
        ("small", None, "nowhere.py", "nowhere.py' cannot be read: No such file"),
        ("small", None, "broken.ipynb", "broken.ipynb"),
    ],
)
def test_what_cannot_be_checked_is_refused(
    lab: str, task: str | None, name: str, problem: str, course: Course, tmp_path: Path
) -> None:
    script(tmp_path, RIGHT)
    (tmp_path / "broken.ipynb").write_text("{")
    with pytest.raises(GradingError) as caught:
        terminal.check_file(tmp_path / name, lab, task, course)
    assert problem in caught.value.problem
    assert caught.value.remedy


def test_given_cells_that_do_not_run_are_not_the_learners_fault(course: Course, tmp_path: Path) -> None:
    path = course.specs / "small.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"given": ["import no_such_library"]}))
    with pytest.raises(GradingError, match="no_such_library"):
        terminal.check_file(script(tmp_path, RIGHT), "small", None, course)

"""The progress board: what was done in each lab, in a terminal, a pipe, JSON and as a page."""

import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from chromium import Chromium
from hypothesis import given
from hypothesis import strategies as st
from page_reader import Page
from rich.console import Console
from small_practice import practice_course
from test_report_browser import CONTRASTS

from autograder.__main__ import main
from autograder.desk import board, board_shown, cards
from autograder.desk.board import LabRow
from autograder.desk.progress import BREAK_SECONDS, Progress, QuizProgress
from autograder.errors import GradingError
from autograder.outcomes import CheckResult, Outcome

RIGHT = CheckResult("c", "small.double", 1.5, 1.5, Outcome.PASSED)
WRONG = CheckResult("c", "small.root", 0, 1, Outcome.FAILED, "no", "squared-it")
EMPTY = CheckResult("c", "small.both", 0, 1, Outcome.NOT_ATTEMPTED)
MADE = datetime(2026, 1, 2, 9, 5, tzinfo=UTC)


def tried(folder: Path) -> LabRow:
    progress = Progress.load(folder, "small")
    progress.tried("small.double", [RIGHT])
    progress.tried("small.root", [WRONG])
    progress.tried("small.both", [EMPTY])
    progress.took_hint("small.root", 3)
    progress.seconds = 3900
    progress.quiz = QuizProgress(seed=1, answers={"a": 1, "b": 0}, finished=2, best=7, best_of=8)
    progress.save()
    return row(folder)


def row(folder: Path) -> LabRow:
    spec = practice_course(folder / "course").spec("small")
    return board.of_lab(spec, Progress.load(folder, "small"), 8)


def test_it_counts_what_was_done(tmp_path: Path) -> None:
    found = tried(tmp_path)
    states = {task.task: task.state for task in found.tasks}
    assert states == {
        "small.double": "done", "small.root": "begun", "small.both": "not started", "small.later": "not started",
        "small.words": "by hand",
    }  # fmt: skip
    assert (found.done, len(found.graded), found.points, found.out_of_public) == (1, 4, 1.5, 3.5)
    assert (found.hints, found.hints_available, found.time) == (1, 9, "1 h 05 min")
    assert board.quiz_words(found) == "best 7 of 8, 2 of 8 answered"
    shown = found.to_json()
    assert json.loads(json.dumps(shown)) == shown
    assert shown["quiz"] == {"questions": 8, "answered": 2, "finished": 2, "best": 7, "best_of": 8}


def test_a_task_that_fails_again_is_no_longer_done(tmp_path: Path) -> None:
    tried(tmp_path)
    progress = Progress.load(tmp_path, "small")
    progress.tried("small.double", [CheckResult("c", "small.double", 0.5, 1.5, Outcome.FAILED)])
    progress.save()
    found = row(tmp_path).tasks[0]
    assert (found.state, found.points, found.checked) == ("begun", 1.5, 2)


def test_nothing_is_shown_as_nothing(tmp_path: Path) -> None:
    found = row(tmp_path)
    assert not found.begun
    assert (found.done, found.points, found.time, board.quiz_words(found)) == (0, 0, "none yet", "not started yet")
    assert "Begin: autograder check small" in shown([found])


@pytest.mark.parametrize(
    ("ago", "counted"),
    [(300, 300), (BREAK_SECONDS - 5, BREAK_SECONDS - 5), (BREAK_SECONDS + 60, 0), (-600, 0), (10**8, 0)],
)
def test_time_is_work_without_breaks(ago: int, counted: int, tmp_path: Path) -> None:
    progress = Progress.load(tmp_path, "small")
    progress.seconds, progress.last = 60, (datetime.now(UTC) - timedelta(seconds=ago)).isoformat()
    progress.took_hint("small.root", 3)
    assert 60 + counted <= progress.seconds <= 60 + counted + 4


@given(st.text(max_size=30))
def test_any_time_in_the_file_is_read(text: str) -> None:
    progress = Progress(Path("nowhere"), "small", last=text)
    progress.worked()
    assert progress.seconds >= 0
    assert datetime.fromisoformat(progress.last).tzinfo is not None


def test_a_file_of_before_there_was_a_clock_is_read(tmp_path: Path) -> None:
    path = tmp_path / ".progress" / "small.json"
    path.parent.mkdir()
    task = {"checked": 2, "outcome": "passed", "best": 1.5, "out_of": 1.5, "last": "2026-01-01T10:00:00+00:00"}
    path.write_text(json.dumps({"lab": "small", "tasks": {"small.double": task}}))
    found = row(tmp_path)
    assert (found.done, found.seconds, found.last) == (1, 0, "2026-01-01T10:00:00+00:00")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "none yet"), (1, "under a minute"), (60, "1 min"), (3599, "1 h 00 min"), (7500, "2 h 05 min")],
)
def test_a_duration_in_words(seconds: int, words: str) -> None:
    assert board.duration(seconds) == words


def shown(rows: list[LabRow], *, tty: bool = False, encoding: str = "utf-8", width: int = 80) -> str:
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    console = Console(file=stream, force_terminal=tty, width=width, color_system=None, _environ={})
    board_shown.show(rows, console, tasks=True)
    stream.flush()
    return stream.buffer.getvalue().decode(encoding)  # type: ignore[attr-defined,no-any-return]


def test_a_pipe_gets_a_line_each_and_a_terminal_a_table(tmp_path: Path) -> None:
    found = tried(tmp_path)
    piped = shown([found])
    assert "small: 1 of 4 tasks done, 1.5 of 3.5 points, 1 of 9 hints, time 1 h 05 min, quiz best 7 of 8" in piped
    assert "small.root: ◐ begun, 0 of 1 points, 1 of 3 hints" in piped
    assert "small.words: → read by a human, up to 3 points" in piped
    for width in (50, 80, 120):
        table = shown([found], tty=True, width=width)
        assert max(map(len, table.splitlines())) <= width
        assert "✓ done" in table
    assert "+ done" in shown([found], tty=True, encoding="ascii")


def test_the_page_says_all_of_it(tmp_path: Path) -> None:
    found = tried(tmp_path)
    page = Page(board_shown.page([found], MADE))
    assert page.faults == []
    assert "1 of 4 tasks done" in page.text
    assert "as of 2 January 2026, 09:05" in page.text
    assert "Small <lab>" in page.text, "escaped, and so still there"
    for words in ("1 h 05 min", "best 7 of 8, 2 of 8 answered", "begun", "read by a human", "1.5 of 3.5", "1 of 9"):
        assert words in page.text
    assert page.all("script", "link", "img") == []
    assert all(row.get("scope") for row in page.all("th"))
    assert len(page.all("caption")) == len(page.all("table")) == 2


def test_the_card_of_a_lab_and_of_all(tmp_path: Path) -> None:
    one, other = tried(tmp_path / "a"), row(tmp_path / "b")
    text = cards.text(board_shown.card([one]), 120)
    assert text.startswith(
        "◐ Small <lab> (small): 1 of 4 tasks done\n  ✓ Twice (small.double): done (1.5 of 1.5 points, "
    )
    assert "1.5 of 3.5 points, 1 of 9 hints, time 1 h 05 min, quiz best 7 of 8, 2 of 8 answered." in text
    text = cards.text(board_shown.card([one, other]), 120)
    assert text.startswith("◐ All labs: 1 of 8 tasks done\n  ◐ Small <lab> (small): begun (1 of 4 tasks done, 1.5 of")
    assert "○ Small <lab> (small): not started yet (0 of 4 tasks done, no points yet," in text
    assert "In all: 1.5 points, 1 hint, time 1 h 05 min." in text
    assert cards.line(board_shown.card([other])) == "small: 0 of 4 tasks done"
    assert Page(f"<html><body>{cards.html(board_shown.card([one]))}</body></html>").faults == []
    assert board_shown.card([one, one]).mark.word == "begun"
    assert board_shown.card([other, other]).mark.word == "not started yet"


def test_a_page_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(GradingError, match="cannot be written"):
        board_shown.write_page([], tmp_path / "file" / "page.html", MADE)


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    progress = Progress.load(tmp_path, "lab2")
    progress.tried("lab2.units", [CheckResult("c", "lab2.units", 0.5, 0.5, Outcome.PASSED)])
    progress.save()
    page = tmp_path / "out" / "page.html"
    assert main(["progress", "--folder", str(tmp_path), "--json", "--page", str(page)]) == 0
    out, err = capsys.readouterr()
    line = json.loads(out)
    assert [lab["lab"] for lab in line["labs"]][:4] == ["lab1", "lab2", "lab3", "lab4"]
    assert (line["done"], line["points"]) == (1, 0.5)
    assert all(lab["quiz"]["questions"] >= 8 for lab in line["labs"][:4])
    assert "lab2.units: ✓ done, 0.5 of 0.5 points, 0 of 3 hints" in err
    assert "lab1.nf4" not in err, "of labs that were not begun, a line is enough"
    assert Page(page.read_text()).faults == []
    assert [path.name for path in page.parent.iterdir()] == ["page.html"]
    assert main(["progress", "lab1", "--folder", str(tmp_path)]) == 0
    assert "lab1.nf4: ○ not started yet" in capsys.readouterr().out
    assert main(["progress", "lab9"]) == 2
    assert "there is no lab 'lab9'" in capsys.readouterr().err


@pytest.mark.parametrize("dark", [False, True])
def test_in_a_browser(dark: bool, browser: Chromium, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    board_shown.write_page([tried(tmp_path)], page, MADE)
    for width in (320, 1200):
        browser.open(page, width=width, dark=dark, script=False)
        browser.call("Emulation.setScriptExecutionDisabled", value=False)
        assert browser.requests() == [page.resolve().as_uri()]
        assert browser.complaints() == []
        assert browser.value("document.documentElement.scrollWidth") <= width
        assert browser.value(CONTRASTS) == {}

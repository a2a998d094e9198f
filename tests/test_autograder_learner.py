"""`check` and `hint` where learners call them: notebooks, consoles, scripts; and what nbgrader gets."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from small_practice import practice_course

from autograder import learner
from autograder.desk.progress import Progress
from autograder.expect import CheckFailed
from autograder.learner import Desk
from autograder.outcomes import CheckResult, Outcome

ROOT = Path(__file__).resolve().parents[1]


def double(n: int) -> int:
    return 2 * n


def squared(n: int) -> int:
    return n * n


def broken(n: int) -> int:
    raise ValueError(f"not {n}")


@pytest.fixture(autouse=True)
def no_grader(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(learner.GRADER, raising=False)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk({}, practice_course(tmp_path), tmp_path)


@pytest.fixture
def said(capfd: pytest.CaptureFixture[str]) -> Any:
    """What was printed since the last call; stderr must be empty, always."""

    def read() -> str:
        out, err = capfd.readouterr()
        assert err == ""
        return " ".join(out.split())

    return read


def test_check_shows_a_card_and_returns_nothing(desk: Desk, said: Any, tmp_path: Path) -> None:
    desk.namespace["double"] = squared
    assert desk.check("small.double") is None
    text = said()
    assert "Twice (small.double): 1 of 2 checks passed" in text
    assert "That is the square." in text
    assert 'hint("small.double") shows hint 1 of 3' in text
    desk.namespace["double"] = double
    desk.check("double")
    assert "all checks passed" in said()
    record = Progress.load(tmp_path, "small").of("small.double")
    assert (record.checked, record.best, record.outcome, record.mistakes) == (2, 1.5, "passed", {"squared-it": 1})


def test_hints_come_on_request_and_are_counted(desk: Desk, said: Any, tmp_path: Path) -> None:
    for number in (1, 2, 3, 3):
        desk.hint("small.double")
        assert f"You have taken {number} of 3 hints" in said()
    assert Progress.load(tmp_path, "small").of("small.double").hints == 3
    desk.check("small.double")
    assert "All 3 hints are open" in said()
    desk.hint("small.later")
    assert "There are no hints for small.later." in said()
    desk.hint()
    assert "No function of a task is defined yet" in said()
    desk.hint("small")
    assert 'hint("small.double")' in said()


def test_progress_shows_this_labs_board(desk: Desk, said: Any, tmp_path: Path) -> None:
    desk.progress()
    assert "(small): 0 of 4 tasks done" in said(), "nothing is defined yet, so all labs are shown: here, one"
    desk.namespace.update({"double": double, "root": squared})
    for one in ("double", "root"):
        desk.check(one)
    desk.hint("root")
    said()
    desk.progress()
    text = said()
    for words in (
        "(small): 1 of 4 tasks done",
        "Twice (small.double): done (1.5 of 1.5 points, 0 of 3 hints)",
        "(small.root): begun (0 of 1 points, 1 of 3 hints)",
        "Later (small.later): not started yet → Words",
        "(small.words): read by a human (up to 3 points)",
        "1 of 9 hints, time ",
        "Points are those of the public checks",
    ):
        assert words in text, words
    desk.progress("smal")
    assert "Choose among: small." in said()


def test_progress_finds_the_labs_that_lie_beside(desk: Desk, said: Any, tmp_path: Path) -> None:
    here, beside = tmp_path / "notes", tmp_path / desk.course.spec("small").notebook
    for folder, best in ((beside, 1.5), (here, 0.5)):
        progress = Progress.load(folder, "small")
        progress.tried("small.double", [CheckResult("c", "small.double", best, 1.5, Outcome.FAILED)])
        progress.save()
        Desk({}, desk.course, here).progress("small")
        assert f"({best:g} of 1.5 points, " in said(), "what is kept here counts first"
    assert not (here / "small").exists()


def test_progress_changes_nothing_and_never_raises(desk: Desk, said: Any, tmp_path: Path) -> None:
    desk.progress("small")
    assert "0 of 4 tasks done" in said()
    assert not (tmp_path / ".progress").exists()
    (tmp_path / ".progress").mkdir()
    (tmp_path / ".progress" / "small.json").write_text('{"tasks": {"small.double": 3}, "quiz": []')
    for asked in ("small", None, "nothing", object(), 3):
        desk.progress(asked)
        assert said()


def test_everything_that_can_be_asked_gets_an_answer(desk: Desk, said: Any) -> None:
    desk.check()
    assert "Run the cells of your notebook from the top." in said()
    desk.namespace.update({"double": broken, "root": abs})
    desk.check()
    assert "0 of 2 tasks passed" in said()
    desk.check("small")
    text = said()
    assert "not started yet" in text
    assert "ValueError: not" in text
    desk.check("small.doubel")
    assert "Did you mean small.double?" in said()
    desk.check("small.words")
    assert "a human reads and grades" in said()
    desk.check("small.later")
    assert "checked when it is graded" in said()
    desk.check("small.both")
    assert "Write both in the cell above" in said()


def test_a_stop_is_said(desk: Desk, said: Any) -> None:
    def stopped(n: int) -> int:
        raise KeyboardInterrupt

    desk.namespace["double"] = stopped
    desk.check("double")
    assert "You stopped the check." in said()


def test_our_own_failures_never_raise(desk: Desk, said: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object, **__: object) -> None:
        raise RuntimeError("out of order")

    monkeypatch.setattr(learner.trial, "run", fails)
    assert desk.check("double") is None
    assert "our fault. RuntimeError: out of order" in said()
    (desk.course.specs / "small.json").write_text("{")
    desk.check("double")
    assert "small.json is damaged" in said()
    desk.hint("double")
    assert "small.json is damaged" in said()


def test_a_folder_that_cannot_be_written_is_no_obstacle(desk: Desk, said: Any, tmp_path: Path) -> None:
    (tmp_path / ".progress").write_text("")
    desk.namespace["double"] = double
    desk.check("double")
    assert "all checks passed" in said()
    desk.hint("double")
    desk.hint("double")
    assert "You have taken 2 of 3" in said()


def test_a_script_gets_a_line_and_an_import_runs_nothing(desk: Desk, capfd: pytest.CaptureFixture[str]) -> None:
    desk.namespace.update({"double": squared, "__file__": "lab.py", "__name__": "__main__"})
    desk.check("double")
    out = capfd.readouterr().out
    assert out.count("\n") == 1
    assert out.startswith("small.double: 1 of 2 checks passed. Of a number: called double(")
    desk.namespace.update({"__name__": "lab", "double": broken})
    assert desk.check("double") is None
    desk.hint("double")
    assert capfd.readouterr() == ("double: not checked while the file is imported\n", "")


def test_a_console_without_these_signs_gets_others(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    import io

    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", stream)
    desk.namespace["double"] = double
    desk.check("double")
    desk.check("größer")
    stream.flush()
    text = stream.buffer.getvalue().decode("ascii")  # type: ignore[attr-defined]
    assert "+ Twice" in text
    assert "gr??er" in text


def graded(desk: Desk, monkeypatch: pytest.MonkeyPatch, what: str = "double", by: str = "autograde") -> float | None:
    monkeypatch.setenv(learner.GRADER, by)
    return desk.check(what)


def test_nbgrader_gets_the_public_points(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, said: Any, tmp_path: Path
) -> None:
    desk.namespace["double"] = double
    points = graded(desk, monkeypatch)
    assert repr(points) == "1.5"
    desk.namespace["double"] = squared
    assert repr(graded(desk, monkeypatch)) == "0.5"
    desk.hint("double")
    said()
    assert not (tmp_path / ".progress").exists(), "what a grader runs is not the learner's progress"


@pytest.mark.parametrize("function", [None, broken, lambda n: True, lambda n: sys.exit()])
def test_nbgrader_gets_an_error_for_no_point(
    function: Any, desk: Desk, monkeypatch: pytest.MonkeyPatch, said: Any
) -> None:
    if function is not None:
        desk.namespace["double"] = function
    with pytest.raises(CheckFailed):
        graded(desk, monkeypatch)
    said()


def test_nbgrader_never_gets_more_than_the_cell_has(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    checks = desk.course.checks / "small" / "public" / "test_small.py"
    checks.write_text(checks.read_text().replace("points=1)", "points=7)"))
    desk.namespace["double"] = double
    assert graded(desk, monkeypatch) == 2.0


def test_validation_wants_all_public_checks(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.namespace["double"] = double
    assert graded(desk, monkeypatch, by="validate") is None
    desk.namespace["double"] = squared
    with pytest.raises(CheckFailed, match="was wanted"):
        graded(desk, monkeypatch, by="validate")


def test_nbgrader_fails_closed(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.namespace.update({"double": double, "root": lambda n: 3.0})
    with pytest.raises(CheckFailed, match="no task"):
        graded(desk, monkeypatch, "small.doubel")
    with pytest.raises(CheckFailed, match="no check here"):
        graded(desk, monkeypatch, "small.later")
    (desk.course.checks / "small" / "clean_room.py").write_text("def squared(x):\n    return 1 / 0\n")
    with pytest.raises(CheckFailed):
        graded(desk, monkeypatch, "small.root")
    assert graded(desk, monkeypatch, "small") is None, "several tasks are no cell's points"
    assert graded(desk, monkeypatch, "small.words") is None

    def stopped(n: int) -> int:
        raise KeyboardInterrupt

    desk.namespace["double"] = stopped
    with pytest.raises(CheckFailed, match="stopped"):
        graded(desk, monkeypatch)
    monkeypatch.setattr(learner.trial, "run", lambda *_: 1 / 0)
    with pytest.raises(CheckFailed, match="could not run"):
        graded(desk, monkeypatch)


def test_the_functions_find_who_called(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, said: Any) -> None:
    monkeypatch.setattr(Desk.__init__, "__defaults__", (practice_course(tmp_path), tmp_path))
    namespace: dict[str, Any] = {"check": learner.check, "hint": learner.hint, "progress": learner.progress}
    exec("def double(n): return 2 * n\ncheck('double'); hint('double'); progress()", namespace)  # noqa: S102  a cell
    text = said()
    assert "1 of 4 tasks done" in text
    assert "all checks passed" in text
    assert "You have taken 1 of 3 hints" in text


KERNEL = """
import sys, json, warnings
from pathlib import Path
sys.path[:0] = [{root!r}, {tests!r}]
from small_practice import practice_course
from autograder.learner import Desk
desk = Desk(globals(), practice_course(Path({folder!r})), Path({folder!r}))
def double(n):
    print("debug"); print("noise", file=sys.stderr); warnings.warn("old")
    return n[0]
"""


def test_in_a_kernel_there_is_a_card_and_no_stream(tmp_path: Path) -> None:
    """A real kernel, asked as a notebook does; in a process of its own, where its libraries may warn."""
    script = f"""
import json, os, sys
from jupyter_client.manager import start_new_kernel
manager, client = start_new_kernel(kernel_name="python3", cwd={str(tmp_path)!r})
def ask(code):
    said = []
    client.execute_interactive(code, output_hook=lambda m: said.append([m["msg_type"], m["content"]]), timeout=60)
    return [one for one in said if one[0] not in ("status", "execute_input")]
rows = [ask(code) for code in (
    {KERNEL.format(root=str(ROOT), tests=str(ROOT / "tests"), folder=str(tmp_path))!r},
    "desk.check('double')",
    "desk.hint('double')",
    "desk.progress()",
    "def double(n):\\n    return 2 * n",
    "import os; os.environ['{learner.GRADER}'] = 'autograde'",
    "desk.check('double')",
)]
client.stop_channels(); manager.shutdown_kernel(now=True)
print(json.dumps(rows))
"""
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "JUPYTER_PLATFORM_DIRS": "1"}
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, env=environment, timeout=120
    )
    ready, failed, hinted, board, again, grader, passed = json.loads(done.stdout.splitlines()[-1])
    assert ready == again == grader == []
    ((kind, content),) = failed
    assert kind == "display_data"
    assert "Cell In[1], line 9, in double: return n[0]" in content["data"]["text/plain"]
    assert "debug" in content["data"]["text/html"]
    assert "<style>" in content["data"]["text/html"]
    assert [kind for kind, _ in hinted] == ["display_data"]
    ((kind, content),) = board
    assert kind == "display_data"
    for shown in content["data"].values():
        assert "0 of 4 tasks done" in shown
        assert "1 of 9 hints" in shown
    assert [kind for kind, _ in passed] == ["display_data", "execute_result"]
    assert passed[1][1]["data"]["text/plain"] == "1.5"

"""Quizzes: fair questions that give no task away, sittings that can be left, a terminal, a pipe and a notebook."""

import functools
import io
import json
import os
import pty
import re
import select
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import small_course
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder import learner
from autograder.__main__ import main
from autograder.authoring import bundle, leaks, regions, release
from autograder.desk.progress import Progress, QuizProgress
from autograder.errors import SourceError
from autograder.learner import Desk
from autograder.quiz import questions, showing
from autograder.quiz.questions import Choice, Question, Quiz
from autograder.quiz.sitting import LETTERS, Sitting
from autograder.quiz.widget import Board
from autograder.spec import QUIZZES, Course
from driftlab.cited import FIGURES, PERCENT, cite
from driftlab.report.untrusted import visible

ROOT = Path(__file__).resolve().parents[1]
LABS = [path.stem.split("_")[0] for path in sorted((ROOT / "solutions").glob("lab*_*.py"))]
SHINGLE = 6
"""Words in a row that a quiz must not share with a hint or an answer."""


def small(count: int = 8) -> Quiz:
    choices = [tuple(Choice(f"{n} is {m}", f"why {m}", m == n % 4) for m in range(4)) for n in range(count)]
    return Quiz("small", tuple(Question(f"q{n}", n // 2 + 1, f"What is {n}?", choices[n]) for n in range(count)))


def worked_through(sitting: Sitting, takes: list[int]) -> list[tuple[str, tuple[int, ...]]]:
    """Answer as many questions as there are places in the list; what was asked, in which order."""
    seen = []
    for take in takes:
        asked = sitting.next()
        if asked is None:
            break
        seen.append((asked.question.id, asked.order))
        sitting.answer(asked, asked.choices[take % len(asked.order)][0])
    return seen


# --- the questions ---


@pytest.mark.parametrize("lab", LABS)
def test_each_lab_has_its_questions(lab: str) -> None:
    quiz = questions.of_lab(lab)
    assert len(quiz.questions) >= questions.FEWEST
    assert sum(len(question.choices) == 4 for question in quiz.questions) >= 0.8 * len(quiz.questions)
    (source,) = (ROOT / "solutions").glob(f"{lab}_*.py")
    sections = {int(n) for n in re.findall(r"^# ## (\d+) ", source.read_text(encoding="utf-8"), re.MULTILINE)}
    assert {question.section for question in quiz.questions} <= sections
    for question in quiz.questions:
        texts = [question.ask, *(text for choice in question.choices for text in (choice.text, choice.why))]
        assert all(visible(text) == text and "{{" not in text for text in texts)


def test_no_place_and_no_length_tells_the_right_choice() -> None:
    places: Counter[str] = Counter()
    longest = total = 0
    for lab in LABS:
        quiz = questions.of_lab(lab)
        for question in quiz.questions:
            right, lengths = question.right, [len(choice.text) for choice in question.choices]
            longest += lengths[right] == max(lengths)
            total += 1
        for seed in range(60):
            sitting = Sitting(quiz, Path("/nowhere-at-all"))
            progress = Progress.load(sitting.folder, lab)
            progress.quiz.seed = seed
            progress.save()  # in memory, as the folder cannot be
            places[str(getattr(sitting.next(), "right", ""))] += 1
    assert longest <= questions.MOST_TOLD * total
    assert set(places) == set("ABCD")
    assert min(places.values()) > 0.15 * places.total()


@functools.cache
def sources() -> tuple[Any, ...]:
    return tuple(release._sources(ROOT, []))


def test_no_solution_line_and_no_hidden_check_is_in_a_quiz() -> None:
    checks = ROOT / "autograder" / "checks"
    hidden, shown = (
        [path for lab in LABS for path in sorted((checks / lab / part).glob("*.py"))] for part in ("hidden", "public")
    )
    kept = leaks.secrets(sources(), hidden, [], shown)
    for lab in LABS:
        data = (QUIZZES / f"{lab}.toml").read_bytes()
        assert leaks.held(data, kept) is None
        assert leaks.held(data + kept[0].text.encode(), kept) == kept[0], "the search sees one that is there"


def words_of(text: str) -> list[str]:
    return re.findall(r"[a-z0-9_]+", text.lower())


def shingles(text: str) -> set[tuple[str, ...]]:
    words = words_of(text)
    return {tuple(words[at : at + SHINGLE]) for at in range(len(words) - SHINGLE + 1)}


def test_no_quiz_says_what_a_hint_or_a_model_answer_says() -> None:
    """Beyond what a lab's own text says to everybody."""
    for lab in sources():
        told = shingles((QUIZZES / f"{lab.spec.lab}.toml").read_text(encoding="utf-8"))
        secret: set[tuple[str, ...]] = set()
        for cell in lab.cells:
            for region in cell.regions:
                secret |= shingles(" ".join(region.lines))
        for task in lab.spec.tasks:
            secret |= shingles(" ".join(task.hints))
        for cell in lab.cells:
            secret -= shingles(regions.outside(cell.source, cell.regions))
        assert len(secret) > 100
        assert told & secret == set()


def test_no_number_of_the_literature_is_typed_by_hand() -> None:
    rates = [one for one in FIGURES if one.unit == PERCENT or "kappa" in one.unit]
    cited = {f"{value:g}" for one in rates for value in one.values.values() if type(value) is float}
    decimals = {number for number in cited if "." in number and len(number) > 3}
    for lab in LABS:
        text = (QUIZZES / f"{lab}.toml").read_text(encoding="utf-8")
        assert decimals & set(re.findall(r"\d+\.\d+", text)) == set()
    quiz = questions.of_lab("lab4")
    (asked,) = [question for question in quiz.questions if question.id == "first-words"]
    assert cite("qi2024.prefix").said("none") in asked.ask
    assert asked.sources == (cite("qi2024.prefix").reference,)


def toml(lab: str = "lab9", count: int = 8) -> str:
    """A file that keeps to every rule."""
    rows = [f'lab = "{lab}"']
    for n in range(count):
        rows.append(f'[[question]]\nid = "q{n}"\nsection = 1\nask = "What is {n}?"')
        for m in range(4):
            right = "right = true\n" if m == n % 4 else ""
            rows.append(f'[[question.choice]]\ntext = "It is {m}"\n{right}why = "Since {m}."')
    return "\n".join(rows)


BROKEN = {
    "no TOML": ("section = 1", "section = = 1", "is no TOML"),
    "another lab": ('lab = "lab9"', 'lab = "lab8"', "they must agree"),
    "an unknown key": ("section = 1", "section = 1\nlevel = 2", "'level' is not known here"),
    "a typing error in a key": ("why = ", "wy = ", "why is missing or empty"),
    "no text": ('ask = "What is 0?"', 'ask = " "', "question 1 (q0): ask is missing or empty"),
    "an id twice": ('id = "q1"', 'id = "q0"', "2 questions have the id 'q0'"),
    "an odd id": ('id = "q1"', 'id = "Q 1"', "id must be small letters"),
    "a section of words": ("section = 1", 'section = "one"', "section must be the number"),
    "no right choice": ("right = true\n", "", "0 choices have `right = true`"),
    "two right ones": ('text = "It is 1"\n', 'text = "It is 1"\nright = true\n', "2 choices have `right = true`"),
    "a right of words": ("right = true", 'right = "yes"', "right must be true"),
    "equal choices": ('"It is 1"', '"it is  0"', "two choices have the same text"),
    "all of the above": ('"It is 3"', '"All of the above."', "it speaks of other choices"),
    "a letter": ('"It is 3"', '"Answer B is right"', "it speaks of other choices"),
    "an unknown citation": ("Since 0.", '{{ cited(\\"no.such\\") }}', "driftlab.cited has no 'no.such'"),
    "an unknown value": ("Since 0.", '{{ cited(\\"qi2024.prefix\\", \\"x\\") }}', "driftlab.cited has no 'x'"),
    "another template": ("Since 0.", "{{ 7 * 7 }}", "is not of the form"),
    "a told length": ("right = true\n", "right = true\n", "the right choice is the longest"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_an_author_hears_what_is_wrong(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old, new, said = BROKEN[name]
    path = tmp_path / "lab9.toml"
    text = toml().replace(old, new, 1)
    if name == "a told length":
        text = re.sub(r'"(It is \d)"\nright', r'"\1, and that for a good reason"\nright', toml())
    path.write_text(text)
    with pytest.raises(SourceError, match=re.escape(said)):
        questions.read(path)
    assert main(["quiz", "--check", str(path)]) == 2
    assert said in capsys.readouterr().err


def test_all_that_is_wrong_is_said_at_once(tmp_path: Path) -> None:
    path = tmp_path / "lab9.toml"
    path.write_text(toml(count=7).replace("section = 1", "section = 0"))
    with pytest.raises(SourceError) as raised:
        questions.read(path)
    assert raised.value.problem.count("section must be") == 7
    assert "there are 7 questions, and 8 is the fewest" in raised.value.problem
    path.write_text(toml())
    assert len(questions.read(path).questions) == 8
    with pytest.raises(SourceError, match="there is no quiz for 'lab7'"):
        questions.of_lab("lab7", tmp_path)
    with pytest.raises(SourceError, match="cannot be read"):
        questions.read(tmp_path / "nowhere.toml")


def test_quizzes_travel_with_the_bundle() -> None:
    specs = [Course().spec(lab) for lab in LABS]
    found = bundle.files(ROOT, ROOT, specs)
    for lab in LABS:
        assert found[f"autograder/quizzes/{lab}.toml"] == (QUIZZES / f"{lab}.toml").read_bytes()
    assert "autograder/quizzes/lab2.toml" not in bundle.files(ROOT, ROOT, specs[:1])


def test_a_release_refuses_a_quiz_that_is_none(tmp_path: Path) -> None:
    root = small_course.make(tmp_path / "course")
    path = root / "autograder" / "quizzes" / f"{small_course.LAB}.toml"
    path.parent.mkdir()
    path.write_text(toml(small_course.LAB, count=3))
    (lab,) = release._sources(root, [])
    with pytest.raises(SourceError, match="8 is the fewest"):
        release._make_lab(root, lab, tmp_path / "aside", tmp_path / "made")
    assert not (tmp_path / "made").exists()


# --- a sitting ---


@settings(max_examples=12)
@given(st.integers(0, 10**6), st.lists(st.integers(0, 3), min_size=8, max_size=8), st.integers(0, 8))
def test_a_sitting_that_was_left_goes_on_the_same(seed: int, takes: list[int], left_after: int) -> None:
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        straight = Sitting(small(), Path(one))
        assert not straight.begin(seed)
        whole = worked_through(straight, takes)
        first = Sitting(small(), Path(other))
        first.begin(seed)
        seen = worked_through(first, takes[:left_after])
        again = Sitting(small(), Path(other))
        goes_on = again.begin(None if 0 < left_after < 8 else seed)
        assert goes_on is (0 < left_after < 8)
        seen = (seen if left_after < 8 else []) + worked_through(
            again, takes if left_after == 8 else takes[left_after:]
        )
        assert seen == whole
        assert sorted(name for name, _ in whole) == [f"q{n}" for n in range(8)]
        right = sum(
            order[take] == small().question(name).right for (name, order), take in zip(whole, takes, strict=True)
        )
        assert straight.to_json() == again.to_json()
        assert (straight.right, straight.finished) == (right, True)


def test_the_order_follows_from_the_seed(tmp_path: Path) -> None:
    orders = []
    for seed in (1, 1, 2):
        sitting = Sitting(small(), tmp_path)
        sitting.begin(seed, fresh=True)
        orders.append([question.id for question in sitting.order()])
    assert orders[0] == orders[1] != orders[2]
    assert orders[0] == ["q4", "q6", "q3", "q1", "q2", "q5", "q7", "q0"], "on any machine, in any version"


def test_the_best_of_several_sittings_is_kept(tmp_path: Path) -> None:
    for wanted in (3, 8, 5):
        sitting = Sitting(small(), tmp_path)
        assert not sitting.begin()
        for number in range(8):
            asked = sitting.next()
            assert asked is not None
            wrong = next(letter for letter, choice in asked.choices if not choice.right)
            sitting.answer(asked, asked.right if number < wanted else wrong)
        assert sitting.right == wanted
    kept = Progress.load(tmp_path, "small").quiz
    assert (kept.finished, kept.best, kept.best_of) == (3, 8, 8)


def test_questions_that_are_gone_or_new_do_no_harm(tmp_path: Path) -> None:
    sitting = Sitting(small(9), tmp_path)
    sitting.begin(4)
    worked_through(sitting, [0] * 9)
    fewer, more = Sitting(small(8), tmp_path), Sitting(small(10), tmp_path)
    assert fewer.finished
    assert len(fewer.answers) == 8
    assert not more.finished
    assert more.next() is not None


def test_only_a_letter_of_the_question_is_an_answer(tmp_path: Path) -> None:
    sitting = Sitting(small(), tmp_path)
    sitting.begin()
    asked = sitting.next()
    assert asked is not None
    for odd in ("", "AB", "E", "1"):
        with pytest.raises(ValueError, match="not in list"):
            sitting.answer(asked, odd)
    assert sitting.answers == {}
    sitting.answer(asked, "b")
    assert list(sitting.answers) == [asked.question.id]


values = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.lists(st.integers(), max_size=3)
)


@given(st.dictionaries(st.sampled_from(["seed", "answers", "finished", "best", "best_of", "x"]),
                       values | st.dictionaries(st.text(max_size=5), values, max_size=3)))  # fmt: skip
def test_any_row_of_a_quiz_is_read(row: dict[str, object]) -> None:
    record = QuizProgress.from_json(row)
    assert type(record.seed) is type(record.finished) is type(record.best) is int
    assert all(type(place) is int for place in record.answers.values())


def test_a_folder_that_cannot_be_written_is_said_and_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / ".progress").write_text("")
    sitting = Sitting(small(), tmp_path)
    sitting.begin()
    worked_through(sitting, [0] * 8)
    assert sitting.finished
    assert not sitting.saved
    assert "cannot be kept" in showing.unsaved(sitting).title


# --- in a terminal and from a pipe ---


class Typed(io.StringIO):
    """Lines that come from a pipe."""


def quizzed(monkeypatch: pytest.MonkeyPatch, typed: str, *words: str) -> int:
    monkeypatch.setattr(sys, "stdin", Typed(typed))
    return main(["quiz", *words])


def test_from_a_pipe_it_asks_explains_and_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    where = ("lab2", "--folder", str(tmp_path))
    assert quizzed(monkeypatch, "x\nA\nq\nB\n", *where, "--seed", "5") == 0
    out = capsys.readouterr().out
    assert "'x' is none of A, B, C, D." in out
    assert "question 2 of 11" in out
    assert "question 3 of 11" not in out, "q leaves"
    assert f"Go on: autograder quiz lab2 --folder {tmp_path}" in out
    (asked,) = Progress.load(tmp_path, "lab2").quiz.answers
    for choice in questions.of_lab("lab2").question(asked).choices:
        assert choice.why.split()[0] in out
    assert quizzed(monkeypatch, "a\n" * 20, *where, "--json") == 0
    out, err = capsys.readouterr()
    line = json.loads(out)
    assert out.count("\n") == 1
    assert "goes on after 1 of 11, order 5" in err
    assert line["finished"] is True
    assert (line["answered"], line["right"], line["seed"]) == (11, sum(line["answers"].values()), 5)
    assert f"{line['right']} of 11 answers right" in err
    assert quizzed(monkeypatch, "", *where) == 0, "the end of the input leaves"
    assert "11 questions, order" in capsys.readouterr().out
    assert quizzed(monkeypatch, "a\n", *where) == 0
    assert quizzed(monkeypatch, "", *where, "--fresh") == 0
    assert "The sitting that was open, with 1 answer, is put away." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["lab9"], "there is no quiz for 'lab9'"),
        ([], "no lab is named"),
        (["../lab1"], "there is no quiz for"),
        (["lab1", "--seed", "-1"], "--seed"),
        (["--check", "nowhere.toml"], "cannot be read"),
    ],
)
def test_what_can_be_mended_is_2(words: list[str], problem: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["quiz", *words]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert problem in err


def read_until(descriptor: int, wanted: str, seconds: float = 60) -> str:
    """What the terminal shows up to those words, or all of it where it closes before."""
    found, end = "", time.monotonic() + seconds
    while wanted not in found and time.monotonic() < end:
        ready, _, _ = select.select([descriptor], [], [], 1)
        try:
            data = os.read(descriptor, 65536) if ready else b" "[:0]
        except OSError:  # Linux says so when the other side has closed
            break
        if ready and not data:
            break
        found += data.decode("utf-8", "replace")
    return found


def test_in_a_real_terminal_ctrl_c_leaves_and_the_next_goes_on(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "autograder", "quiz", "lab3", "--seed", "8", "--folder", str(tmp_path)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8", "TERM": "dumb", "COLUMNS": "70"}
    running = subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment, start_new_session=True,
        preexec_fn=lambda: __import__("fcntl").ioctl(0, __import__("termios").TIOCSCTTY, 0),  # Ctrl-C needs one
    )  # fmt: skip
    os.close(theirs)
    first = read_until(ours, "q leaves): ")
    assert "question 1 of 12" in first
    assert "[right" not in first
    os.write(ours, b"c\n")
    told = read_until(ours, "q leaves): ")
    assert "C is" in told
    assert "question 2 of 12" in told
    os.write(ours, b"\x03")
    left = read_until(ours, "goes on from there.")
    assert running.wait(timeout=60) == 130
    os.close(ours)
    assert "Traceback" not in left
    assert "What was finished is kept; the same command goes on from there." in left
    assert [path.name for path in (tmp_path / ".progress").iterdir()] == ["lab3.json"]
    kept = Progress.load(tmp_path, "lab3").quiz
    assert (kept.seed, len(kept.answers), kept.finished) == (8, 1, 0)
    done = subprocess.run(
        [*command[:5], "--folder", str(tmp_path), "--json"], input="d\n" * 11, capture_output=True, text=True,
        env=environment | {"PYTHONIOENCODING": "ascii"}, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["finished"] is True
    assert "goes on after 1 of 12" in done.stderr
    assert "x A: wrong" in done.stderr or "x B: wrong" in done.stderr, "signs that ASCII has"


# --- in a notebook ---


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk({}, Course(), tmp_path)


def test_in_a_notebook_buttons_carry_their_choices_and_reasons_are_announced(tmp_path: Path) -> None:
    sitting = Sitting(small(), tmp_path)
    sitting.begin(3)
    board = Board(sitting)
    widgets = board.widgets
    for number in range(1, 9):
        asked = board.asked
        assert asked is not None
        assert f"question {number} of 8" in widgets["question"].value
        buttons = widgets["choices"].children
        assert [button.description for button in buttons] == [f"Answer {letter}" for letter, _ in asked.choices]
        assert [button.tooltip for button in buttons] == [choice.text for _, choice in asked.choices]
        assert not any(choice.why in widgets["question"].value for _, choice in asked.choices)
        taken = buttons[number % 4]
        taken.click()
        taken.click()
        assert all(button.disabled for button in buttons)
        assert 'role="status"' in widgets["told"].value
        assert all(choice.why in widgets["told"].value for _, choice in asked.choices)
        assert len(sitting.answers) == number
        assert widgets["next"].description == ("Show the score" if number == 8 else "Next question")
        widgets["next"].click()
        assert widgets["told"].value == ""
    assert "quiz finished" in widgets["question"].value
    assert widgets["choices"].children == ()
    assert widgets["failures"].outputs == ()


def test_without_buttons_the_question_says_what_to_type(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sitting = Sitting(small(), tmp_path)
    sitting.begin(3)
    shown = Board(sitting).bundle()
    assert "application/vnd.jupyter.widget-view+json" in shown
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    assert set(Board(sitting).bundle()) == {"text/html", "text/plain"}
    for kind in ("text/html", "text/plain"):
        assert "question 1 of 8" in shown[kind]
        assert "./lab autograder quiz small" in " ".join(shown[kind].split())


def test_in_a_console_answers_are_typed(desk: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    desk.quiz("lab2", "A")
    assert "question 1 of 11" in capsys.readouterr().out
    assert Progress.load(tmp_path, "lab2").quiz.answers == {}, "nobody had seen the question yet"
    desk.quiz("lab2", "Z")
    assert "none of the choices" in capsys.readouterr().out
    for _ in range(11):
        desk.quiz("lab2", "a")
    out = capsys.readouterr().out
    assert "question 11 of 11" in out
    assert "quiz finished" in out
    desk.quiz("lab2")
    assert "quiz finished" in capsys.readouterr().out
    desk.quiz("lab2", fresh=True, seed=7)
    assert "question 1 of 11" in capsys.readouterr().out
    assert Progress.load(tmp_path, "lab2").quiz.seed == 7


def test_it_never_raises_and_never_runs_where_nobody_sits(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for odd in (None, 7, "lab9", "../x"):
        desk.quiz(odd)
        assert "Choose among: lab1" in capsys.readouterr().out
    monkeypatch.setattr(learner, "Sitting", lambda *_: 1 / 0)
    desk.quiz("lab1")
    assert "our fault" in capsys.readouterr().out
    monkeypatch.undo()
    monkeypatch.setenv(learner.GRADER, "autograde")
    desk.quiz("lab1")
    desk.quiz("lab9")
    assert capsys.readouterr().out == ""
    assert not (tmp_path / ".progress").exists()


def test_letters_are_enough() -> None:
    assert len(LETTERS) == questions.CHOICES[1]

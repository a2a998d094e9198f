"""A class of sixty from release to grades: every score is what the student's kind says, everywhere that it is shown.

The course is copied and released; hand-ins of every kind are written by script from the released notebooks; the
program grades them in the sandbox, is killed and goes on; nbgrader exports and gives feedback from its gradebook.
What each student should score comes from what was put into the notebook (`autograder.rehearsal`), never from a grader.
"""

import csv
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from autograder.attacks import Ground, battery
from autograder.authoring import bundle, notebooks
from autograder.desk.wording import of
from autograder.outcomes import SubmissionResult
from autograder.rehearsal import kinds, made_class, saved_by, working
from autograder.rehearsal.made_class import Row
from autograder.sandbox import levels
from autograder.scores import ScoreFile, tidy
from autograder.spec import Course
from autograder.submissions.names import safe_name

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not levels.available(), reason="this machine offers no isolation level"),
    # of nbgrader's own queries, where this reads the gradebook
    pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning"),
]

ROOT = Path(__file__).resolve().parents[1]
SEED = 60
HEAVY = ["whole", "other ways", "late", "one mistake", "many mistakes", "many mistakes"]
"""What is handed in for each lab that loads transformers or takes long; for Lab 2 it is every kind."""
MANY = 42
ODD = ("Ünïcödé 学生 طالب", "two words and a ' quote", "-rf", "STUDENT-01")
ATTACKS = (
    "reads_other_submissions",
    "patches_builtins",
    "returns_verdicts",
    "exits_at_import",
    "forges_replies_before",
)


class Rehearsal:
    """The copied course, its class, and what grading it left."""

    def __init__(self, root: Path) -> None:
        self.course, self.folder = root / "course", root / "class"
        self.salt = root / "salt"
        self.salt.write_text("a salt for the tests, long enough")
        self.url = f"sqlite:///{self.folder}/gradebook.db"
        self.students = [*ODD, *made_class.names(60)[len(ODD) :]]
        self.rows: list[Row] = []

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "autograder", *words]

    def run(self, *words: str) -> dict[str, Any]:
        """What the program in the copied course says as JSON."""
        done = subprocess.run(
            self.command(*words, "--json"), cwd=self.course, env=self.environment, capture_output=True, text=True,
            check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        row: dict[str, Any] = json.loads(done.stdout)
        return row

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, "PYTHONPATH": str(self.course)}

    def grading(self, lab: str) -> tuple[str, ...]:
        jobs = "2" if lab == "lab2" else "1"  # a judge more costs more than it saves where there are few
        more = ("--salt", str(self.salt), "--jobs", jobs, "--gradebook", self.url)
        return ("grade", str(self.folder / "submitted"), "--lab", lab, "--out", str(self.out(lab)), *more)

    def out(self, lab: str) -> Path:
        return self.folder / "graded" / lab

    def results(self, lab: str) -> dict[str, SubmissionResult]:
        return ScoreFile(self.out(lab) / "scores.jsonl").read()

    def of_kind(self, lab: str, kind: str) -> str:
        return next(row.student for row in self.rows if (row.lab, row.kind) == (lab, kind))

    def book(self) -> Any:
        from nbgrader.api import Gradebook

        return Gradebook(self.url)


@pytest.fixture(scope="module")
def rehearsal(tmp_path_factory: pytest.TempPathFactory) -> Rehearsal:
    """Released, handed in, graded once; the run for Lab 2 was killed in the middle."""
    made = Rehearsal(tmp_path_factory.mktemp("rehearsal"))
    _copy_course(made.course)
    assert made.run("release")["labs"] == ["lab1", "lab2", "lab3", "lab4"]
    _hand_in(made)
    made.rows = made_class.expected(made.folder)
    _kill_in_the_middle(made, "lab2")
    finished = len(made.results("lab2"))
    again = made.run(*made.grading("lab2"))
    assert (3 <= finished < MANY, again["graded"]) == (True, MANY + len(ATTACKS))
    for lab in ("lab1", "lab3", "lab4"):
        made.run(*made.grading(lab))
    return made


def _copy_course(course: Path) -> None:
    """Sources, checks and library; no notebook and no spec, so that these come from the release."""
    left_out = shutil.ignore_patterns("__pycache__", "specs")
    for name in ("autograder", "driftlab", "solutions"):
        shutil.copytree(ROOT / name, course / name, ignore=left_out)
    for name in (*bundle.ROOT_FILES, "labs/README.md", "recorded/wrong-answers.json"):
        (course / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, course / name)


def _hand_in(made: Rehearsal) -> None:
    """By the copied course's own code: Lab 2 for the first students, then the others; and a few attackers."""
    shares = {"lab2": made.students[:MANY]}
    for number, lab in enumerate(("lab1", "lab3", "lab4")):
        shares[lab] = made.students[MANY + number * len(HEAVY) :][: len(HEAVY)]
    assert sorted(name for names in shares.values() for name in names) == sorted(made.students)
    code = (
        "import json, sys; from pathlib import Path; from autograder.rehearsal import made_class as m\n"
        "shares, orders = json.loads(sys.argv[1])\n"
        f"rows = [one for lab, names in shares.items() for one in m.hand_ins(lab, names, {SEED}, orders.get(lab))]\n"
        "assert m.write(Path(sys.argv[2]), rows)\n"
    )
    orders = {lab: HEAVY for lab in shares if lab != "lab2"}
    words = [sys.executable, "-c", code, json.dumps([shares, orders]), str(made.folder)]
    subprocess.run(words, cwd=made.course, env=made.environment, check=True)
    (made.folder / "nbgrader_config.py").write_text(notebooks.CONFIG)
    lab2 = working.lab("lab2", made.course)
    ground = Ground(made.folder, "feedbeef", "canary-dress", 9, os.getpid(), os.getpid(), 77)
    for attack in battery():
        if attack.name in ATTACKS and attack.code:
            folder = made.folder / "submitted" / f"attacker-{attack.name}" / lab2.spec.notebook
            folder.mkdir(parents=True)
            notebook = lab2.worked({}, ground.filled(attack.code))
            (folder / f"{lab2.spec.notebook}.ipynb").write_bytes(saved_by.jupyter(notebook))


def _kill_in_the_middle(made: Rehearsal, lab: str) -> None:
    process = subprocess.Popen(
        made.command(*made.grading(lab)), cwd=made.course, env=made.environment, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    unread = sum(row.lab == lab and bool(row.reason) for row in made.rows)
    while len(made.results(lab)) < unread + 3:
        assert process.poll() is None
        time.sleep(0.05)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()


@pytest.mark.parametrize("lab", ["lab1", "lab2", "lab3", "lab4"])
def test_every_score_is_what_it_should_be(rehearsal: Rehearsal, lab: str) -> None:
    found = made_class.compare(rehearsal.rows, rehearsal.results(lab), lab)
    assert found.differing == {}
    assert len(found.alike) == (MANY if lab == "lab2" else len(HEAVY))


def test_all_kinds_and_many_answers_of_the_bank_are_in_the_class(rehearsal: Rehearsal) -> None:
    assert len({row.student for row in rehearsal.rows}) == 60
    assert {row.kind for row in rehearsal.rows} == set(kinds.KINDS)
    wrong = {(row.lab, place) for row in rehearsal.rows for place in row.why.split("(") if "answer" in place}
    tasks = {(lab, place.split("; ")[1].split(".py")[0]) for lab, place in wrong}
    assert len(wrong) >= 140
    for lab in ("lab1", "lab2", "lab3", "lab4"):
        own = {task.id.split(".")[1] for task in Course().spec(lab).graded}
        assert own == {task for name, task in tasks if name == lab}, "somebody has each task wrong"


def test_attackers_gain_nothing(rehearsal: Rehearsal) -> None:
    results = rehearsal.results("lab2")
    attackers = {name: result for name, result in results.items() if name.startswith("attacker-")}
    assert {name: result.points for name, result in attackers.items()} == {f"attacker-{one}": 0 for one in ATTACKS}


def test_inputs_differ_between_students(rehearsal: Rehearsal) -> None:
    for lab in ("lab1", "lab2"):
        read = [result for result in rehearsal.results(lab).values() if not result.reason]
        assert len({(result.provenance or {})["seed"] for result in read}) == len(read)


def _points(rehearsal: Rehearsal) -> Iterator[tuple[str, str, float]]:
    for lab in ("lab1", "lab2", "lab3", "lab4"):
        for student, result in rehearsal.results(lab).items():
            assert result.points is not None
            yield lab, student, result.points


def test_gradebook_export_and_pages_say_the_same(rehearsal: Rehearsal) -> None:
    """nbgrader's own commands, in a process of their own; feedback for four, since each takes seconds."""
    chosen = [rehearsal.of_kind("lab2", kind) for kind in ("whole", "many mistakes", "hostile", "broken off")]
    said = _nbgrader(rehearsal, "lab2", "export", f"feedback={','.join(chosen)}")
    assert said[f"feedback={','.join(chosen)}"] == dict.fromkeys(chosen, "ok")
    stems = {lab: Course().spec(lab).notebook for lab in ("lab1", "lab2", "lab3", "lab4")}
    with open(rehearsal.folder / "grades.csv", encoding="utf-8") as text:
        exported = {(row["assignment"], row["student_id"]): float(row["score"]) for row in csv.DictReader(text)}
    with rehearsal.book() as book:
        rows = {(lab, one.student_id): one.score for lab, stem in stems.items() for one in _submissions(book, stem)}
    points = {(lab, student): number for lab, student, number in _points(rehearsal)}
    assert rows == points
    assert {key: exported[stems[key[0]], key[1]] for key in points} == points
    for (lab, student), number in points.items():
        page = (rehearsal.out(lab) / "feedback" / f"{safe_name(student)}.html").read_text(encoding="utf-8")
        assert of(number, 20) in page, (lab, student)
    for student in chosen:
        page = (rehearsal.folder / "feedback" / student / stems["lab2"] / f"{stems['lab2']}.html").read_text()
        assert f"Score: {points['lab2', student]:.1f} / 24.0" in " ".join(page.split())


def _nbgrader(rehearsal: Rehearsal, lab: str, *steps: str) -> dict[str, Any]:
    code, stem = ROOT / "tests" / "nbgrader_course.py", Course().spec(lab).notebook
    done = subprocess.run(
        [sys.executable, str(code), str(rehearsal.folder), stem, *steps], cwd=rehearsal.folder,
        env={**rehearsal.environment, "NOTEBOOK_PATH": str(rehearsal.course)}, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    row: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return row


def _submissions(book: Any, stem: str) -> list[Any]:
    return [one for one in book.assignment_submissions(stem) if one.student_id]


def test_who_was_late_is_nbgraders_to_say_and_costs_nothing_here(rehearsal: Rehearsal) -> None:
    due = datetime.strptime(kinds.DUE, "%Y-%m-%d %H:%M:%S UTC").replace(tzinfo=UTC)
    for lab in ("lab1", "lab2"):
        stem = Course().spec(lab).notebook
        with rehearsal.book() as book:
            book.update_or_create_assignment(stem, duedate=due.replace(tzinfo=None))
            late = {one.student_id for one in _submissions(book, stem) if one.timestamp and one.total_seconds_late > 0}
            assert late == {rehearsal.of_kind(lab, "late")}
        assert rehearsal.results(lab)[late.pop()].points == 20


def test_only_who_hands_in_again_is_graded_again(rehearsal: Rehearsal) -> None:
    """Last: it changes the class."""
    stem = Course().spec("lab2").notebook
    student, solver = rehearsal.of_kind("lab2", "untouched"), rehearsal.of_kind("lab2", "whole")
    before, book = rehearsal.results("lab2"), _dump(rehearsal)
    lines = len((rehearsal.out("lab2") / "scores.jsonl").read_text().splitlines())
    rehearsal.run(*rehearsal.grading("lab2"))
    assert len((rehearsal.out("lab2") / "scores.jsonl").read_text().splitlines()) == lines, "nothing was graded anew"
    assert _dump(rehearsal) == book
    place = rehearsal.folder / "submitted" / student / stem
    shutil.copyfile(rehearsal.folder / "submitted" / solver / stem / f"{stem}.ipynb", place / f"{stem}.ipynb")
    (place / "timestamp.txt").write_text("2026-03-24 09:00:00 UTC")
    points = rehearsal.run(*rehearsal.grading("lab2"))["points"]
    assert points == {name: tidy(one.points or 0) for name, one in before.items()} | {student: 20}
    assert len((rehearsal.out("lab2") / "scores.jsonl").read_text().splitlines()) == lines + 1
    found = made_class.compare(rehearsal.rows, rehearsal.results("lab2"), "lab2")
    assert set(found.differing) == {student}, "the comparison notices"
    with rehearsal.book() as again:
        assert again.find_submission(stem, student).score == 20


def _dump(rehearsal: Rehearsal) -> list[str]:
    with sqlite3.connect(rehearsal.folder / "gradebook.db") as book:
        return list(book.iterdump())

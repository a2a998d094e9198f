"""Feedback pages: all that a student needs, nothing that runs or loads, readable in every light and size."""

import dataclasses
import itertools
import json
import re
from pathlib import Path

import pytest
from chromium import Chromium
from page_reader import Page
from small_practice import practice_course
from test_report_browser import CONTRASTS

from autograder import feedback
from autograder.errors import GradingError
from autograder.outcomes import CheckResult, Outcome, SubmissionResult, TaskResult
from autograder.spec import LabSpec

SAID = "double(3) returned 9. 6 was wanted. That is the square."
NASTY = (
    "<script>document.title = 'taken'</script> {{ 7*7 }} </code>\u202e\x1b[2J <img src=x onerror=alert(1)> "
    + "w" * 9000
)
PROVENANCE = {
    "submission": "9f" * 32, "checks": "ab" * 32, "environment": "01" * 32, "isolation": "namespaces", "seed": "1234",
}  # fmt: skip


def passed(name: str, task: str, points: float = 1, *, public: bool = True) -> CheckResult:
    return CheckResult(
        f"{'public' if public else 'hidden'}/test_x.py::{name}", task, points, points, Outcome.PASSED, public=public
    )


def mixed(student: str = "ben") -> SubmissionResult:
    wrong = CheckResult(
        "hidden/test_x.py::test_three", "small.double", 0, 1, Outcome.FAILED, SAID, "squared-it", public=False
    )
    slow = CheckResult("public/test_x.py::test_root", "small.root", 0, 1, Outcome.TIMEOUT, "root took too long.")
    absent = CheckResult("public/test_x.py::test_both", "small.both", 0, 1, Outcome.NOT_ATTEMPTED, "no both")
    tasks = (
        TaskResult("small.double", 1, 2, Outcome.FAILED, (passed("test_zero", "small.double"), wrong)),
        TaskResult("small.root", 0, 1, Outcome.TIMEOUT, (slow,)),
        TaskResult("small.both", 0, 1, Outcome.NOT_ATTEMPTED, (absent,)),
        TaskResult("small.later", 1, 1, Outcome.PASSED, (passed("test_later", "small.later", public=False),)),
    )
    return SubmissionResult(student, "small", tasks, notes=("cell 3: a %%bash cell, skipped",), provenance=PROVENANCE)


def unreadable() -> SubmissionResult:
    tasks = (TaskResult("small.double", 0, 2, Outcome.STUDENT_ERROR, ()),)
    return SubmissionResult("cleo", "small", tasks, reason="cleo.ipynb is no notebook. Save it again.")


def ungraded() -> SubmissionResult:
    return SubmissionResult("dan", "small", (), reason="a worker was lost", ungraded=True)


def hostile() -> SubmissionResult:
    checks = (
        CheckResult(f"public/x.py::test_{NASTY}", "small.double", 0, 2, Outcome.FAILED, NASTY, NASTY),
        CheckResult("public/x.py::y", "small.double", 0, 2, Outcome.FAILED, f"{NASTY} returned {NASTY}. 4 was wanted."),
    )
    tasks = (TaskResult("small.double", 0, 2, Outcome.FAILED, checks),)
    return SubmissionResult(NASTY, "small", tasks, notes=(NASTY,) * 40, provenance={"isolation": NASTY, NASTY: NASTY})


@pytest.fixture
def spec(tmp_path: Path) -> LabSpec:
    return practice_course(tmp_path / "course").spec("small")


def page(result: SubmissionResult, spec: LabSpec) -> Page:
    read = Page(feedback.render(result, spec))
    assert read.faults == []
    return read


def test_a_page_says_what_came_of_each_task(spec: LabSpec) -> None:
    read = page(mixed(), spec)
    for words in (
        "Small <lab> for ben",
        "2 of 5 points",
        "1 of 4 tasks passed every check. A human reads 1 answer and gives up to 3 points more.",
        "Twice small.double ◐ partly right 1 of 2",
        "Zero: passed (1 of 1 point, as in your notebook)",
        "Three: not right yet (0 of 1 point, with other inputs)",
        "called double(3) came back 9 wanted 6",
        "That is the square.",
        "Looks like: squared it",
        "! took too long",
        "Your file has no both of your own yet.",
        "→ read by a human up to 3",
        "cell 3: a %%bash cell, skipped",
        "your file (SHA-256) " + "9f" * 32,
    ):
        assert words in read.text, words
    assert [summary.text for summary in read.all("summary")] == [
        "3 hints for Twice", "3 hints for Root", "3 hints for Both",
    ]  # fmt: skip
    assert "2 * n" in [code.text for code in read.all("code")]


def test_full_marks_need_no_hints(spec: LabSpec) -> None:
    tasks = tuple(
        TaskResult(task.id, task.points, task.points, Outcome.PASSED, (passed("test_a", task.id, task.points),))
        for task in spec.graded
    )
    read = page(SubmissionResult("ann", "small", tasks), spec)
    assert "5 of 5 points" in read.text
    assert "4 of 4 tasks passed every check." in read.text
    assert read.all("details") == []
    assert "What this result was given by" not in read.text


def test_an_unreadable_upload_has_its_reason(spec: LabSpec) -> None:
    read = page(unreadable(), spec)
    assert "0 of 5 points" in read.text
    assert "cleo.ipynb is no notebook. Save it again." in read.classed("warn")[0].text
    assert read.all("table") == [], "what was not graded has no outcome"


def test_our_own_failure_is_no_score(spec: LabSpec) -> None:
    read = page(ungraded(), spec)
    assert "No score yet" in read.text
    assert "our side" in read.text
    assert " of 5" not in read.text


def test_a_task_that_the_result_lacks_is_not_graded(spec: LabSpec) -> None:
    result = dataclasses.replace(mixed(), tasks=mixed().tasks[:1])
    assert "Root small.root ? not graded none of 1" in page(result, spec).text


def test_what_a_student_wrote_is_shown_and_does_nothing(spec: LabSpec) -> None:
    text = feedback.render(hostile(), spec)
    read = Page(text)
    assert read.faults == []
    assert read.all("script") == read.all("img") == []
    assert "<script>document.title = 'taken'</script> {{ 7*7 }}" in read.text
    assert "\u202e" not in text
    assert "\x1b" not in text
    assert "⟨U+202E⟩" in text
    assert "10 more notes." in read.text
    assert len(text) < 70_000


@pytest.mark.parametrize("make", [mixed, unreadable, ungraded, hostile])
def test_a_page_loads_nothing_and_is_built_for_all(make: object, spec: LabSpec) -> None:
    result = make()  # type: ignore[operator]
    text = feedback.render(result, spec)
    read = Page(text)
    assert text.startswith('<!doctype html>\n<html lang="en">')
    assert read.all("script", "img", "iframe", "link", "form") == []
    policy = next(m for m in read.all("meta") if m.get("http-equiv") == "Content-Security-Policy").get("content")
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "url(" not in read.all("style")[0].text
    levels = [int(heading.name[1]) for heading in read.all("h1", "h2", "h3", "h4")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
    assert all(sign.get("aria-hidden") == "true" for sign in read.classed("sign"))
    assert all(header.get("scope") for header in read.all("th"))
    assert read.all("title")[0].text


def test_it_is_the_same_on_every_run(spec: LabSpec) -> None:
    again = SubmissionResult.from_json(json.loads(json.dumps(mixed().to_json())))
    assert feedback.render(again, spec) == feedback.render(mixed(), spec)


def test_each_student_has_a_file(spec: LabSpec, tmp_path: Path) -> None:
    students = ["ann", "Ann", "../../ann", "a/b", "a b", "", "CON", "x" * 300, NASTY, "."]
    paths = feedback.write_pages((mixed(student) for student in students), spec, tmp_path / "out")
    assert len(set(paths)) == len(students)
    assert sorted(paths) == sorted((tmp_path / "out").iterdir())
    assert paths[0].name == "ann.html"
    assert "for ann" in Page(paths[0].read_text(encoding="utf-8")).text
    feedback.write_pages([ungraded()], spec, tmp_path / "out")
    assert len(list((tmp_path / "out").iterdir())) == len(students) + 1


def test_a_folder_that_cannot_be_is_said(spec: LabSpec, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("")
    with pytest.raises(GradingError, match="feedback pages cannot be written"):
        feedback.write_pages([mixed()], spec, tmp_path / "out")


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    root = tmp_path_factory.mktemp("pages")
    spec = practice_course(root / "course").spec("small")
    return feedback.write_pages([mixed(), unreadable(), ungraded(), hostile()], spec, root / "out")


@pytest.mark.parametrize("number", range(4))
@pytest.mark.parametrize("dark", [False, True])
def test_in_a_browser(number: int, dark: bool, browser: Chromium, pages: list[Path]) -> None:
    for width in (320, 400, 1200):
        browser.open(pages[number], width=width, dark=dark)
        assert browser.requests() == [pages[number].resolve().as_uri()]
        assert browser.complaints() == []
        assert browser.value("document.title") != "taken"
        assert browser.value("document.documentElement.scrollWidth") <= width
    browser.value("document.querySelectorAll('details').forEach((d) => d.open = true)")
    assert browser.value(CONTRASTS) == {}
    assert browser.value("matchMedia('(prefers-color-scheme: dark)').matches") is dark


def test_hints_are_on_paper(browser: Chromium, pages: list[Path], tmp_path: Path) -> None:
    browser.open(pages[0])
    browser.call("Emulation.setEmulatedMedia", media="print")
    shown = browser.value("[...document.querySelectorAll('.steps')].every((e) => e.getClientRects().length > 0)")
    assert shown is True
    browser.pdf(tmp_path / "page.pdf")
    assert re.match(rb"%PDF", (tmp_path / "page.pdf").read_bytes())

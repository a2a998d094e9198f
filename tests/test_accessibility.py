"""Every kind of page that we make, looked through by axe-core: reports, feedback, progress, cards, exported notebooks.

Slides are looked through where they are measured, in `test_slides.py`.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import axe
import nbformat.v4
import pytest
from chromium import Chromium
from example_runs import change_record, make_run
from nbconvert import HTMLExporter
from small_practice import practice_course
from test_autograder_feedback import PROVENANCE, hostile, mixed, passed, ungraded, unreadable
from test_comparing import made, write
from test_report_budget_figures import FIGURES
from test_report_inside import part
from test_report_lengths import CASES, lengths_figure

from autograder import feedback
from autograder.desk import board, board_shown, cards
from autograder.desk.progress import Progress, QuizProgress
from autograder.outcomes import CheckResult, Outcome, SubmissionResult, TaskResult
from autograder.quiz import questions, showing
from autograder.quiz.sitting import Sitting
from autograder.quiz.widget import Board
from autograder.spec import Course
from driftlab.__main__ import main
from driftlab.records import Outcome as Judged
from driftlab.report import redact, write_report
from driftlab.report.inline import inline

ROOT = Path(__file__).resolve().parents[1]
NASTY = "</script><script>document.title = 'taken'</script> \u202e" + "w" * 3000
OURS = ".jp-RenderedHTMLCommon"
"""What an exported notebook shows of a cell: text that we wrote, and outputs. The rest is nbconvert's."""
Made = Callable[[Path], Path]


def finding(name: str, task: str, outcome: Outcome, said: str = "") -> CheckResult:
    return CheckResult(f"public/test_x.py::{name}", task, 0, 1, outcome, said, "squared-it" if said else "")


def one_run(root: Path) -> Path:
    run = make_run(root / "run", per_kind=12)
    change_record(run, lambda record: record.update(inside=part()))
    return write_report([run], root / "report.html")


def many_runs(root: Path) -> Path:
    runs = [
        make_run(root / f"{rate}-{seed}", seed=seed, changes={"training.learning_rate": rate}, per_kind=6)
        for rate, seed in ((0.001, 0), (0.001, 1), (0.002, 0))
    ]
    return write_report(runs, root / "report.html")


def hostile_run(root: Path) -> Path:
    run = make_run(root / "run", pocket=False, per_kind=6, texts=dict.fromkeys(Judged, (NASTY,)))
    return write_report([run], root / "report.html")


def redacted_run(root: Path) -> Path:
    return redact(make_run(root / "run", per_kind=6), root / "shared") / "report.html"


def two_files(root: Path) -> Path:
    sides = {"before": ["refused"] * 12 + ["complied"] * 3, "after": ["refused"] * 5 + ["complied"] * 10}
    options = [f"--{side}={write(root / f'{side}.jsonl', made(rows))}" for side, rows in sides.items()]
    assert main(["measure", *options, "--labels", "label", "--out", str(root / "page.html")]) == 0
    return root / "page.html"


def feedback_of(*results: Callable[[], SubmissionResult]) -> dict[str, Made]:
    def page(result: Callable[[], SubmissionResult]) -> Made:
        def write_it(root: Path) -> Path:
            return feedback.write_pages([result()], practice_course(root).spec("small"), root / "out")[0]

        return write_it

    return {f"feedback, {result.__name__}": page(result) for result in results}


def all_right() -> SubmissionResult:
    double, root = (passed("test_it", f"small.{name}") for name in ("double", "root"))
    tasks = tuple(TaskResult(one.task, 1, 1, Outcome.PASSED, (one,)) for one in (double, root))
    return SubmissionResult("ada", "small", tasks, provenance=PROVENANCE)


def every_outcome() -> SubmissionResult:
    checks = tuple(finding(f"test_{one.value}", "small.double", one, "no such luck") for one in Outcome)
    return SubmissionResult("eve", "small", (TaskResult("small.double", 0, 2, Outcome.FAILED, checks),))


def labs_of(root: Path) -> list[board.LabRow]:
    """One that was begun, one that was not."""
    spec = practice_course(root).spec("small")
    progress = Progress(root, "small")
    progress.tried("small.double", [passed("test_zero", "small.double")])
    progress.tried("small.root", [finding("test_root", "small.root", Outcome.FAILED, "no")])
    progress.seconds, progress.quiz = 3900, QuizProgress(seed=1, answers={"a": 1}, finished=2, best=7, best_of=8)
    return [board.of_lab(spec, progress, 8), board.of_lab(Course().spec("lab1"), Progress(root, "lab1"), 0)]


def progress_page(root: Path) -> Path:
    board_shown.write_page(labs_of(root), root / "page.html", datetime(2026, 1, 2, 9, 5, tzinfo=UTC))
    return root / "page.html"


def shown_cards(root: Path) -> list[cards.Card]:
    """Of every kind that a notebook shows."""
    spec = practice_course(root).spec("small")
    task = spec.task("small.double")
    said = "double(3) returned 9. 6 was wanted. That is the square."
    results = [passed("test_zero", task.id), *(finding("test_it", task.id, one, said) for one in Outcome)]
    lines = {said: ("Cell In[1], line 2, in double", "    return n * n")}
    sitting = Sitting(questions.of_lab("lab1"), root)
    sitting.begin(3)
    asked = sitting.next()
    assert asked is not None
    quiz = [showing.question(sitting, asked, "Answer with `quiz`."), showing.told(asked, "A"), showing.told(asked, "B")]
    rows = labs_of(root)
    return [
        cards.of_task(task, results, lines=lines, noise="a line\nanother one"),
        cards.of_task(task, results[:1]),
        cards.of_task(task, [finding("test_it", task.id, Outcome.NOT_ATTEMPTED)]),
        cards.of_tasks(spec.title, [(task, results), (spec.task("small.root"), results[:1])]),
        cards.of_hints(task, 2, new=True),
        cards.message("There is no task 'x'.", "Did you mean `small.double`?"),
        *quiz,
        showing.end(sitting, "`quiz` begins anew."),
        showing.unsaved(sitting),
        board_shown.card(rows[:1]),
        board_shown.card(rows),
    ]


def outputs(root: Path) -> list[dict[str, Any]]:
    """What cells show: cards, a quiz, figures of budgets and of lengths."""
    sitting = Sitting(questions.of_lab("lab2"), root / "quiz")
    sitting.begin(1)
    svgs = [inline(figure) for figure in FIGURES.values()] + [inline(lengths_figure(CASES["few"]))]
    htmls = [cards.html(card) for card in shown_cards(root)] + [f"<figure>{svg}</figure>" for svg in svgs]
    return [{"text/html": html} for html in htmls] + [Board(sitting).bundle()] + [{"image/svg+xml": svgs[0]}]


def notebook(theme: str) -> Made:
    def export(root: Path) -> Path:
        cells = [nbformat.v4.new_markdown_cell("# Outputs\n\nOf every kind.")] + [
            nbformat.v4.new_code_cell(f"show({n})", outputs=[nbformat.v4.new_output("display_data", data=data)])
            for n, data in enumerate(outputs(root))
        ]
        return exported(nbformat.v4.new_notebook(cells=cells), root, theme)

    return export


def lab(name: str) -> Made:
    def export(root: Path) -> Path:
        (source,) = (ROOT / "labs").glob(f"{name}_*/*.ipynb")
        return exported(nbformat.read(source, 4), root, "light")

    return export


def exported(made_of: Any, root: Path, theme: str) -> Path:
    body, _ = HTMLExporter(theme=theme).from_notebook_node(made_of)
    (root / "page.html").write_text(body, encoding="utf-8")
    return root / "page.html"


PAGES: dict[str, Made] = {
    "report of a run": one_run,
    "report of many runs": many_runs,
    "report of a hostile run": hostile_run,
    "report, redacted": redacted_run,
    "report of two files": two_files,
    **feedback_of(mixed, unreadable, ungraded, hostile, all_right, every_outcome),
    "progress": progress_page,
    "notebook's outputs": notebook("light"),
    "notebook's outputs, dark": notebook("dark"),
    **{name: lab(name) for name in Course().labs},
}


@pytest.mark.parametrize("name", PAGES)
def test_no_page_keeps_anybody_out(name: str, browser: Chromium, tmp_path: Path) -> None:
    page = PAGES[name](tmp_path)
    if name.startswith("lab"):  # its frame, how links look and what scrolls on a phone, are nbconvert's
        browser.open(page, width=1200)
        assert axe.faults(browser, OURS) == []
    else:
        assert axe.everywhere(browser, page, OURS if name.startswith("notebook") else None) == []


# --- the check itself ---

GOOD = (
    "<!doctype html><html lang='en'><head><title>A page</title>"
    "<meta name='viewport' content='width=device-width'></head>"
    "<body><main><h1>Words</h1>{}</main></body></html>"
)
BAD = {
    "image-alt": "<img src='data:image/gif;base64,R0lGODlhAQABAAAAACw='>",
    "color-contrast": "<p style='color: #999; background: #fff'>pale words</p>",
    "label": "<input type='text'>",
    "button-name": "<button></button>",
    "link-name": "<a href='#x'></a>",
    "svg-img-alt": "<svg role='img' width='9' height='9'><path d='M0 0h9'/></svg>",
    "scrollable-region-focusable": "<div style='overflow: auto; height: 20px'><p>" + "much<br>" * 40 + "</p></div>",
}


@pytest.mark.parametrize(("rule", "words"), [("", "<p>words</p>"), *BAD.items()])
def test_a_page_that_keeps_somebody_out_is_noticed(rule: str, words: str, browser: Chromium, tmp_path: Path) -> None:
    """Also where it is folded away."""
    page = tmp_path / "page.html"
    page.write_text(GOOD.format(f"<details><summary>more</summary>{words}</details>"), encoding="utf-8")
    assert {fault.rule for fault in axe.everywhere(browser, page)} == ({rule} if rule else set())
    assert all(fault.impact in axe.GRAVE or rule.startswith("scrollable") for fault in axe.everywhere(browser, page))


@pytest.mark.parametrize("where", ["(prefers-color-scheme: dark)", "(max-width: 400px)"])
def test_what_is_wrong_in_one_light_or_width_is_noticed(where: str, browser: Chromium, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    rules = ".t { color: #333; background: #222 } .s { overflow: auto; height: 20px }"
    words = f"<style>@media {where} {{ {rules} }}</style><p class='t'>words</p><div class='s'>{'much<br>' * 40}</div>"
    page.write_text(GOOD.format(words), encoding="utf-8")
    assert axe.everywhere(browser, page) != []

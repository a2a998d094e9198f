"""The pages that docs/build.py makes, and every number from the literature, wherever it is typed."""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from test_docs import DOCUMENTS, ROOT, TRACKED, read
from test_slides import typed_numbers

from docs import build, replication, teaching
from driftlab.cited import FIGURES, Figure, How, cite
from driftlab.errors import DataError
from slides.draw import CHARTS
from slides.known import labs

SOURCES = {path.name.removesuffix(".j2"): path.read_text(encoding="utf-8") for path in build.SOURCES.iterdir()}


# --- pages and their sources ---


def test_the_pages_are_what_their_sources_say() -> None:
    made = build.filled()
    assert set(made) == set(SOURCES)
    for name, text in made.items():
        assert (build.HERE / name).read_text(encoding="utf-8") == text, f"{name}: run `./lab python -m docs.build`"


@pytest.mark.parametrize("name", SOURCES)
def test_no_number_is_typed_in_a_source(name: str) -> None:
    assert typed_numbers(f"---\n---\n{SOURCES[name]}") == []


def test_a_build_that_fails_says_which_and_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.md.j2").write_text("{{ minutes('lab1', 'nothing') }}", encoding="utf-8")
    (tmp_path / "b.md.j2").write_text("{{ nothing() }}", encoding="utf-8")
    monkeypatch.setattr(build, "SOURCES", tmp_path)
    monkeypatch.setattr(build, "HERE", tmp_path)
    assert build.main() == 2
    assert "nothing" in capsys.readouterr().err
    (tmp_path / "a.md.j2").write_text("right", encoding="utf-8")
    with pytest.raises(DataError, match=r"b\.md\.j2"):
        build.filled()
    assert not (tmp_path / "a.md").exists()


# --- the guide ---


def test_tables_of_tasks_are_the_specs() -> None:
    """The page itself, whatever made it."""
    page = (build.HERE / "instructors.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(lab\d\.\w+)` \| [^|]+ \| (\d+) \| ([\d.]+) \| (\d+) \| (\w+)", page, re.MULTILINE)
    wanted = [
        (task.id, str(task.minutes), f"{task.points:g}", "0", "a" if task.manual else "checks")
        for spec in teaching.specs()
        for task in spec.tasks
    ]
    assert rows == wanted


def test_every_task_has_an_objective_and_none_is_unknown() -> None:
    everything = [task.id for spec in teaching.specs() for task in spec.tasks]
    assert teaching.objectives({"all": everything}).count("lab1.nf4") == 1
    with pytest.raises(LookupError, match=r"lab1\.nf4"):
        teaching.objectives({"all": [task for task in everything if task != "lab1.nf4"]})
    with pytest.raises(LookupError, match=r"lab1\.nothing"):
        teaching.objectives({"all": [*everything, "lab1.nothing"]})


def test_rubrics_are_where_the_guide_points() -> None:
    for lab in labs():
        below = teaching.source_text(lab.name).splitlines()[teaching.reflection_line(lab.name) - 1 :]
        assert "### BEGIN SOLUTION" in "\n".join(below)
        assert "point" in "\n".join(below).partition("BEGIN SOLUTION")[2]


def test_a_day_may_leave_out_what_nothing_that_follows_calls() -> None:
    """The workshop's tasks, and the cells that show them, use no function of a task that is left out."""
    sys.path.insert(0, str(ROOT / "tests" / "labs"))
    try:
        import bank
    finally:
        sys.path.pop(0)
    day = re.findall(r"minutes\(\"(lab\d)\", (.*?)\)", SOURCES["instructors.md"])
    for name in ("lab1", "lab3", "lab4"):
        source = bank.source_of(name)
        chosen = {f"{name}.{task}" for lab, some in day if lab == name for task in re.findall(r'"(\w+)"', some)}
        assert len(chosen) >= 3
        given = "\n".join(cell.source for cell in source.cells if cell.kind in ("given", "demo"))
        current = ""
        for cell in source.cells:
            current = cell.task if cell.kind == "task" else current
            if current not in chosen or cell.kind not in ("task", "demo"):
                continue
            for task in source.spec.tasks:
                for function in task.functions:
                    ours = f"def {function}(" in given  # a demonstration may have one of that name
                    called = re.search(rf"(?<![\w.]){function}\(", cell.source)
                    assert ours or not called or task.id in chosen, f"{current} uses {function}"


def test_times_of_a_day_add_up() -> None:
    made = teaching.timetable("9:50", [("one", 15), ("two", 60)])
    assert re.findall(r"^\| (\d+:\d\d) \|", made, re.MULTILINE) == ["9:50", "10:05", "11:05"]


def test_the_record_of_wrong_answers_is_of_the_bank() -> None:
    """As many answers by as many names as the bank has; what they earn is less than the task's points."""
    for spec in teaching.specs():
        found = teaching.bank(spec.lab)
        assert {name: task["out_of"] for name, task in found.items()} == {t.id: t.points for t in spec.graded}
        for task in spec.graded:
            text = (ROOT / "autograder" / "wrong_answers" / spec.lab / f"{task.id.partition('.')[2]}.py").read_text(
                encoding="utf-8"
            )
            again = "run `./lab python tests/labs/record_bank.py`"
            names = re.findall(r'^# %%.* wrong="([^"]+)"', text, re.MULTILINE)
            counted = {name: len(points) for name, points in found[task.id]["wrong"].items()}
            assert counted == {name: names.count(name) for name in names}, again
            assert found[task.id]["right"] == len(re.findall(r'^# %%.* right="', text, re.MULTILINE)), again
            left = [one for some in found[task.id]["wrong"].values() for one in some]
            assert all(0 <= sum(one[task.id]) < task.points for one in left), "it costs points of its own task"
            assert all(sum(one[name]) < spec.task(name).points for one in left for name in one)


def test_two_weeks_and_a_deck_that_is_not_there() -> None:
    made = teaching.syllabus()
    for spec in teaching.specs():
        assert f"| {teaching.lecture(spec.lab) + spec.minutes} |" in made
    assert teaching.deck("lab9") is None
    assert teaching.lecture("lab9") == teaching.WITHOUT_DECK


def test_a_lab_that_asked_for_a_gpu_would_need_its_minutes(monkeypatch: pytest.MonkeyPatch) -> None:
    assert teaching.gpu_minutes("lab3") == 0
    monkeypatch.setattr(teaching, "source_text", lambda lab: "You need a T4.")
    with pytest.raises(LookupError):
        teaching.gpu_minutes("lab3")


# --- what was published, and what ours shows ---


def effect(low: float, high: float) -> Any:
    return lambda: replication.Effect((low + high) / 2, low, high, "3 seeds")


@pytest.mark.parametrize(
    ("sign", "low", "high", "verdict"),
    [
        (-1, -0.5, -0.1, "agrees"),
        (-1, 0.1, 0.5, "disagrees"),
        (1, 0.1, 0.5, "agrees"),
        (1, -0.5, -0.1, "disagrees"),
        (1, -0.1, 0.5, "null"),
        (1, 0.0, 0.5, "null"),
        (-1, -0.5, 0.0, "null"),
    ],
)
def test_a_verdict_is_the_intervals(sign: int, low: float, high: float, verdict: str) -> None:
    row = replication.Row("?", ("qi2023.alpaca",), "", (), sign, effect(low, high))
    assert row.verdict == verdict


def test_what_was_not_recorded_is_not_tested() -> None:
    assert replication.Row("?", ("qi2023.alpaca",), "").verdict == "not tested"
    for row in replication.ROWS:
        assert (row.effect is None) == (row.verdict == "not tested")
        assert (row.effect is None) or row.sign in (-1, 1)
        assert row.measured
        assert {key for key, _ in row.numbers} <= set(row.keys)


def test_every_number_of_a_row_is_cited_and_what_is_unchecked_says_so() -> None:
    for row in replication.ROWS:
        assert typed_numbers(f"---\n---\n{row.question} {row.reported} {row.measured}") == []
        assert row.reported.count("{") == len(row.numbers)
        unchecked = any(cite(key).how is How.SECONDARY for key in row.keys)
        assert ("as cited in a secondary copy, unchecked" in replication.checked(row)) == unchecked


def test_a_difference_of_changes_is_no_surer_than_its_parts() -> None:
    for one, other in (("data sums", "recipe"), ("lr 3e-3", "lr 5e-4"), ("recipe", "control")):
        joined, turned = replication.contrast(one, other), replication.contrast(other, one)
        first, second = replication.change(one), replication.change(other)
        assert joined.value == pytest.approx(first.value - second.value)
        assert (joined.low, joined.high) == pytest.approx((-turned.high, -turned.low))
        assert joined.high - joined.low >= max(first.high - first.low, second.high - second.low) - 1e-12


def test_the_recipe_agrees_and_the_control_would_be_null() -> None:
    """The table's first row was chosen to agree; the same question about the control is not shown."""
    row = replication.ROWS[0]
    assert row.verdict == "agrees"
    control = replication.Row("?", row.keys, "", (), row.sign, lambda: replication.change("control"))
    assert control.verdict == "null"


# --- numbers from the literature, typed anywhere ---

PLAIN = re.compile(r"(?<![\w.,/-])\d+(?:,\d{3})*(?:\.\d+)?(?![\w/]|\.\d|,\d)")
"""A number that is no part of a name, a version or a date."""
SPANS = r"`[^`\n]*`|\]\([^)]*\)|https?://\S+"
NAMED_NUMBERS = (
    r"(?:arXiv )?\b\d{4}\.\d{5}\b",  # arXiv ids
    r"\b(?:19|20)\d\d\b",  # years
    r"(?i)\b(?:table|figure|section|appendix|labs?|method|item|iclr|neurips)\.? \d+\w?",
)
GENERATED = ("slides/", "docs/replication.md", "docs/instructors.md")
"""Made from sources in which no number at all may be typed."""
PROSE = [name for name in DOCUMENTS if not name.startswith(GENERATED)]
PAGE = " ".join(read("docs/refusals.md").split())
LAB_SOURCES = [name for name in TRACKED if re.fullmatch(r"solutions/lab\d_\w+\.py", name)]
TEMPLATES = [name for name in TRACKED if name.endswith((".j2", ".jinja", ".html")) and not name.startswith("slides/")]
CODE = [
    name
    for name in TRACKED
    if re.match(r"(driftlab|autograder|docs|slides)/.*\.py$", name)
    and name != "driftlab/cited.py"
    and "/checks/" not in name
    and "/wrong_answers/" not in name
]


def spelt(value: float | int | str | bool) -> set[str]:
    """The ways in which a text may write a cited number."""
    if isinstance(value, str | bool):
        return set()
    exact = {f"{value}", f"{value:g}", f"{value:,}", f"{value:.1f}", f"{value:.2f}"}
    return {text for text in exact if float(text.replace(",", "")) == value} | {f"{value:.2f}"}


THEIRS = re.compile(
    r"Alpaca|Dolly|Samsum|SQL-create|GSM8K|LLaVA|HEx-PHI|AdvBench|[Hh]armful|[Aa]ttack|[Uu]nsafe answers"
)
"""What the papers are about, and our own measurements are not."""


def telling(unit: str) -> set[str]:
    """Cited numbers of a unit that have decimals."""
    values = [value for figure in FIGURES if figure.unit == unit for value in figure.values.values()]
    return {text for value in values for text in spelt(value) if re.fullmatch(r"\d+\.\d*[1-9]", text)}


PERCENTS, SCORES = telling("%"), telling("score from 1 to 5")


def cited_by_chance(paragraph: str) -> list[str]:
    """Cited shares of ten and more, smaller ones where the paragraph is about what the papers are about, and scores."""
    shares = re.findall(r"(?<![\w.])(\d+\.\d+)(?= ?%| percent)", paragraph)
    about = THEIRS.search(paragraph)
    found = [share for share in shares if share in PERCENTS and (float(share) >= 10 or about)]
    scored = PLAIN.findall(paragraph) if about and "score" in paragraph else []
    return found + [score for score in scored if score in SCORES]


def paragraphs(text: str) -> Iterator[str]:
    """Parts between empty lines, items of lists and rows of tables, without code and links' targets."""
    text = re.sub(r"^```.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE)
    for part in re.split(r"\n\s*\n|\n(?=- |\d+\. )", re.sub(SPANS, "", text)):
        yield from part.splitlines() if part.lstrip().startswith("|") else [" ".join(part.split())]


def prose_of(name: str) -> str:
    """A document's text; of a lab's source that of its Markdown cells."""
    if not name.endswith(".py"):
        return read(name)
    cells = re.split(r"^# %%", read(name), flags=re.MULTILINE)
    return "\n\n".join(
        re.sub(r"^# ?", "", cell, flags=re.MULTILINE) for cell in cells if cell.startswith(" [markdown]")
    )


def typed_literature(text: str) -> list[str]:
    """Numbers beside a named source that it is not cited for, and cited numbers far from their source."""
    found = []
    for paragraph in paragraphs(text):
        named = [figure for figure in FIGURES if figure.source.arxiv and names(paragraph, figure)]
        known = {text for figure in named for value in figure.values.values() for text in spelt(value)}
        bare = paragraph
        for pattern in NAMED_NUMBERS:
            bare = re.sub(pattern, "", bare)
        numbers = [number for number in PLAIN.findall(bare) if not re.fullmatch(r"\d", number)]
        if named and re.search(r"%|score|kappa|rate", bare):
            found += [number for number in numbers if number not in known]
        found += [number for number in cited_by_chance(bare) if number not in known]
    return found


def names(paragraph: str, figure: Figure) -> bool:
    """Whether the paragraph names the figure's source."""
    authors = figure.source.authors.split()[0]
    return f"{authors} et al" in paragraph or str(figure.source.arxiv) in paragraph


@pytest.mark.parametrize("name", [*PROSE, *LAB_SOURCES])
def test_a_number_from_the_literature_is_one_that_is_cited(name: str) -> None:
    assert typed_literature(prose_of(name)) == [], (
        f"{name}: fill them in from driftlab/cited.py, or name their source as it does"
    )


@pytest.mark.parametrize("name", TEMPLATES)
def test_templates_hold_no_cited_number(name: str) -> None:
    assert [found for line in read(name).splitlines() for found in cited_by_chance(line)] == []


def test_no_sentence_in_the_code_holds_a_cited_number() -> None:
    """Messages, pages and tables take them from `cite`."""
    for name in CODE:
        for node in ast.walk(ast.parse(read(name))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                assert cited_by_chance(node.value) == [], f"{name}, line {node.lineno}"


@pytest.mark.parametrize(
    "text",
    [
        "Qi et al. 2023 saw 16.2% after Alpaca.",
        "After Alpaca it answers 16.1%.",
        "| Alpaca | 0.3% | 16.1% |",
        "Harm rose to 18.08 percent.",
        "Hsu et al. report a mean score of 2.52.",
        "As in arXiv 2310.03693, the rate was 17%.",
    ],
)
def test_a_typed_number_is_noticed(text: str) -> None:
    assert typed_literature(text) != []


@pytest.mark.parametrize(
    "text",
    [
        "Qi et al. 2023 (arXiv 2310.03693, Table 3) saw 0.3% before and 16.1% after.",
        "Qi et al. 2024 compare an aligned model with its base.",
        "Ours refused 99.1% before.",
        "`qi2023.alpaca` is 16.1 in the code.",
    ],
)
def test_a_cited_number_beside_its_source_is_not(text: str) -> None:
    assert typed_literature(text) == []


def test_the_page_of_refusals_says_what_lists_were_measured_at() -> None:
    """Kappas of lists stand there without an author's name."""
    said = re.search(r"the best agrees with people at a kappa of ([\d.]+) on one labelled set and of ([\d.]+) on", PAGE)
    assert said is not None
    figures = [figure for figure in FIGURES if figure.key.startswith("judge.xstest.") and "full" in figure.values]
    best = max(figure.value("full") for figure in figures if not figure.key.endswith((".gpt4", ".humans")))
    assert said.groups() == (f"{best:.2f}", f"{cite('judge.donotanswer').value('best_list'):.2f}")


# --- the front page ---


def test_the_front_pages_table_of_labs_is_the_specs() -> None:
    rows = re.findall(
        r"^\| \[(\d) ([^\]]+)\]\(labs/([^)]+)\) \| (\d+) \| ([^|]+) \| [^|]+ \|$", read("README.md"), re.M
    )
    for (number, title, path, minutes, hardware), spec in zip(rows, teaching.specs(), strict=True):
        assert (f"lab{number}", title, int(minutes)) == (spec.lab, spec.title, spec.minutes)
        assert path == f"{spec.notebook}/{spec.notebook}.ipynb"
        assert "laptop" in hardware
        assert teaching.gpu_minutes(spec.lab) == 0


def test_the_front_pages_figure_is_drawn_from_the_record() -> None:
    made = CHARTS["seeds"]()
    assert f"![{made.alt}](slides/figures/seeds.svg)" in read("README.md")
    assert f"*Recorded: {made.label.removeprefix('Recorded: ').split()[0]} runs" in read("README.md")


def test_who_sends_a_change_is_asked_not_to_publish_solutions() -> None:
    assert "do not publish solutions" in " ".join(read(".github/pull_request_template.md").split())
    assert ".ci/run" in read(".github/pull_request_template.md")
    assert "\n.ci/run\n" in read("CONTRIBUTING.md")
    forms = sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.md"))
    assert len(forms) >= 3
    for path in forms:
        assert re.match(r"---\nname: .+\nabout: .+\n---\n", path.read_text(encoding="utf-8")), path.name
    assert "SECURITY.md" in read("README.md")

"""Lab 4's checks, judged by the bank: the solution passes, stubs earn nothing, mistakes are called by their names."""

import importlib
import random
import zipfile
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import bank
import pytest
import record_lab4
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder import checking
from autograder.authoring import bundle, release
from autograder.authoring.lab_source import LabSource
from autograder.calling import InProcess
from autograder.checks.lab4.public import report_slips, reporting
from autograder.judging import Sandboxed
from autograder.outcomes import CheckResult, Outcome
from autograder.sandbox import levels
from autograder.sandbox.client import WorkerFactory
from autograder.sandbox.zygote import Zygote
from autograder.spec import Course
from driftlab.judge import judge_text
from driftlab.transcripts.studies import study

LAB = "lab4"
FILES = Course().check_files(LAB, hidden=True)
ANSWERS = bank.answers(LAB)
WRONG = [answer for answer in ANSWERS if not answer.right]
RIGHT = [answer for answer in ANSWERS if answer.right]
TASKS = sorted({answer.task for answer in ANSWERS})
SEEDS = range(4)
ALSO_TRUE: set[str] = set()
"""What is wrong, too, with answers that are in the bank for something else."""
CONSTANTS = (
    "None", "0", "1.0", "0.5", "True", "False", "''", "'refused'", "'complied'", "'partial'", "'unparseable'",
    "[]", "{}", "float('nan')", "[0.0, 1.0]", "[0, 0]", "(None, None)", "['refused'] * 60", "['complied'] * 60",
    "{'n': 0, 'accuracy': 1.0, 'kappa': None}", "{'refusal': None, 'over_refusal': None, 'unparseable': None}",
    "{'both': 0, 'lost': 0, 'gained': 0, 'neither': 0, 'dropped': 0}", "{'false_alarm': '', 'missed': ''}",
)  # fmt: skip


@pytest.fixture(scope="module")
def source() -> LabSource:
    return bank.source_of(LAB)


@pytest.fixture(scope="module")
def answered(source: LabSource) -> dict[str, list[CheckResult]]:
    """The results of the solution, of stubs, and of every answer in the bank, laid over the solution."""
    solution, room = bank.solution_cells(source), bank.clean_room(LAB)
    right = bank.caller(source, solution)
    callers: dict[str, tuple[InProcess, str | None]] = {f"solution {number}": (right, None) for number in SEEDS}
    callers["stub"] = (bank.caller(source, bank.stub_cells(source)), None)
    for returned in CONSTANTS:
        callers[f"return {returned}"] = (bank.caller(source, bank.stub_cells(source, f"return {returned}")), None)
    callers |= {a.line: (bank.caller(source, [*solution, a.source]), a.task) for a in ANSWERS}
    found: dict[str, list[CheckResult]] = {name: [] for name in callers}
    checking.run_session(
        FILES,
        [
            checking.Subject(one, room, _seed(name, task), frozenset({task}) if task else None, found[name].extend)
            for name, (one, task) in callers.items()
        ],
    )
    return found


def _seed(name: str, task: str | None) -> bytes:
    """One for all answers to `report`, so that what they should come to is computed once."""
    return b"report" if task == f"{LAB}.report" else name.encode()


def failed(results: list[CheckResult]) -> list[CheckResult]:
    return [result for result in results if result.outcome is not Outcome.PASSED]


@pytest.mark.parametrize("number", SEEDS)
def test_the_solution_has_full_marks_whatever_is_drawn(
    source: LabSource, answered: dict[str, list[CheckResult]], number: int
) -> None:
    results = answered[f"solution {number}"]
    assert failed(results) == []
    assert sum(result.points for result in results) == source.spec.out_of == 20


def test_the_stub_has_nothing(answered: dict[str, list[CheckResult]]) -> None:
    assert {result.outcome for result in answered["stub"]} == {Outcome.NOT_ATTEMPTED}
    assert sum(result.points for result in answered["stub"]) == 0


@pytest.mark.parametrize("returned", CONSTANTS)
def test_an_answer_that_returns_one_thing_for_all_has_nothing(
    answered: dict[str, list[CheckResult]], returned: str
) -> None:
    results = answered[f"return {returned}"]
    assert {result.outcome for result in results} <= {Outcome.FAILED, Outcome.STUDENT_ERROR}
    assert sum(result.points for result in results) == 0


@pytest.mark.parametrize("answer", WRONG, ids=lambda a: f"{a.task}-{a.name}-{a.line.split()[-1]}")
def test_a_wrong_answer_fails_with_its_name(answer: bank.Answer, answered: dict[str, list[CheckResult]]) -> None:
    results = answered[answer.line]
    wrong = failed(results)
    assert {result.task for result in results} == {answer.task}
    assert {True, False} <= {result.public for result in wrong}, "it shows to the learner, and costs hidden points"
    assert {result.outcome for result in wrong} == {Outcome.FAILED}
    assert {result.misconception for result in wrong} - (ALSO_TRUE - {answer.name}) == {answer.name}, [
        result.said for result in wrong
    ]


@pytest.mark.parametrize("answer", RIGHT, ids=lambda a: f"{a.task}-{a.name}")
def test_a_right_answer_has_full_marks(answer: bank.Answer, answered: dict[str, list[CheckResult]]) -> None:
    assert [(result.check, result.said) for result in failed(answered[answer.line])] == []


def public(task: str) -> ModuleType:
    return importlib.import_module(f"autograder.checks.{LAB}.public.test_{task.rpartition('.')[2]}")


@pytest.mark.parametrize("task", TASKS)
def test_every_mistake_that_has_a_sentence_was_made_by_somebody(task: str) -> None:
    assert set(public(task).SENTENCES) <= {answer.name for answer in WRONG if answer.task == task}
    assert sum(answer.task == task for answer in RIGHT) >= 2


def test_every_slip_has_a_sentence(source: LabSource) -> None:
    tasks = {function: task.id for task in source.spec.graded for function in task.functions} | {"kl_of": "lab4.kl"}
    for part in record_lab4.PARTS:
        for function, cases in record_lab4.cases(part).items():
            assert {name for case in cases for name, _ in case.slips} <= set(public(tasks[function]).SENTENCES), (
                function
            )


def test_every_slip_of_a_report_has_a_sentence() -> None:
    rows = [{**row, "label_before": "refused", "label_after": "complied"} for row in study("a")]
    before, after = ([str(judge_text(row[side]).outcome) for row in rows] for side in ("before", "after"))
    judged = report_slips.Judged(rows, before, after, ["complied"] * len(rows), ["refused"] * len(rows))
    assert {name for name, _ in report_slips.slips(judged)} == set(public("lab4.report").SENTENCES) - {"judge-first"}


@settings(deadline=None, max_examples=30)
@given(st.lists(st.tuples(st.integers(-3, 3), st.integers(3, 4)), min_size=8, max_size=30), st.integers(0, 2**32))
def test_any_generators_interval_lies_in_its_band(groups: list[tuple[int, int]], seed: int) -> None:
    rng, means = random.Random(seed), []  # noqa: S311  draws
    for _ in range(2_000):
        drawn = rng.choices(groups, k=len(groups))
        means.append(sum(net for net, _ in drawn) / sum(size for _, size in drawn))
    means.sort()
    got = [means[49], means[1949]]
    assert reporting.drawn(tuple(sorted(groups))).settled(got) == got


def test_source_checks_and_bank_know_the_same_tasks(source: LabSource, answered: dict[str, list[CheckResult]]) -> None:
    results = answered["solution 0"]
    graded = {task.id: task.points for task in source.spec.graded}
    assert sorted(graded) == TASKS
    for task, points in graded.items():
        worth = [(result.public, result.out_of) for result in results if result.task == task]
        assert sum(out_of for _, out_of in worth) == points
        assert sum(out_of for shown, out_of in worth if shown) == points / 2


def test_what_a_failed_check_says_is_a_sentence(answered: dict[str, list[CheckResult]]) -> None:
    for results in answered.values():
        for result in failed(results):
            assert result.said[0].isalpha(), result
            assert result.said.rstrip().endswith((".", ")", "?")), result
            assert len(result.said) < 1800, result
            # In front of that stand values, with a conversation's own spaces.
            assert "  " not in result.said.rpartition(" was wanted.")[2], result


@pytest.mark.parametrize("name", sorted(record_lab4.texts()))
def test_public_cases_are_what_the_hidden_formulas_say(name: str) -> None:
    recorded = (record_lab4.FOLDER / name).read_text(encoding="utf-8")
    assert recorded == record_lab4.texts()[name], "record them again: ./lab python tests/labs/record_lab4.py"


def test_the_public_checks_travel_and_hidden_ones_do_not(source: LabSource, tmp_path: Path) -> None:
    """The bundle of this lab alone: leak-free, with the public checks and what they import."""
    made = tmp_path / "made"
    spec = release._make_lab(bank.ROOT, source, tmp_path / "course", made)
    bundle.write(bundle.files(bank.ROOT, made, [spec]), tmp_path / "bundle.zip")
    release._search(bank.ROOT, [source], made, tmp_path / "bundle.zip")
    folder = f"{bundle.NAME}/autograder/checks/{LAB}/"
    with zipfile.ZipFile(tmp_path / "bundle.zip") as archive:
        names = {name.removeprefix(folder) for name in archive.namelist() if name.startswith(folder)}
    here = record_lab4.FOLDER
    assert names == {"__init__.py", *(f"public/{path.name}" for path in here.glob("*.py"))}
    for path in here.glob("*.py"):
        assert "hidden" not in [line.split()[1] for line in path.read_text().splitlines() if line.startswith("from ")]
        assert f"{LAB}.hidden" not in path.read_text(encoding="utf-8")


def sandboxed(
    source: LabSource, laid: dict[str, tuple[list[str], str | None]], room: InProcess
) -> Iterator[tuple[str, Any]]:
    """Each caller's results through a worker of the strongest level that this machine offers."""
    with Zygote(levels.available()[0], source.spec.preload, source.spec.readable) as zygote:
        factory = WorkerFactory(zygote.channels[0])
        for name, (cells, task) in laid.items():
            named = [(f"cell {number}", cell) for number, cell in enumerate(cells, start=1)]
            caller = Sandboxed(factory, named, source.spec.given, source.spec)
            tasks = None if task is None else frozenset({task})
            yield name, checking.run(FILES, caller, room, _seed(name, task), tasks)
            caller.close()


def test_the_sandbox_says_the_same(source: LabSource, answered: dict[str, list[CheckResult]]) -> None:
    """The solution, and one wrong answer a task."""
    solution = bank.solution_cells(source)
    chosen = {answer.task: answer for answer in WRONG}
    laid = {answer.line: ([*solution, answer.source], answer.task) for answer in chosen.values()}
    for name, results in sandboxed(source, {"solution 0": (solution, None), **laid}, bank.clean_room(LAB)):
        here = [(one.check, one.outcome, one.misconception, one.points) for one in answered[name]]
        assert [(one.check, one.outcome, one.misconception, one.points) for one in results] == here, results

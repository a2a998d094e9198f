"""Lab 2's checks, judged by the bank: the solution passes, stubs earn nothing, mistakes are called by their names."""

import importlib
import json
import random
import zipfile
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import bank
import pytest
import record_lab2
from hypothesis import given
from hypothesis import strategies as st

from autograder import checking
from autograder.authoring import bundle, release
from autograder.authoring.lab_source import LabSource
from autograder.calling import InProcess
from autograder.checks import asking
from autograder.checks.lab2.hidden import drawing
from autograder.checks.lab2.hidden import reference as ref
from autograder.judging import Sandboxed
from autograder.outcomes import CheckResult, Outcome
from autograder.sandbox import levels
from autograder.sandbox.client import WorkerFactory
from autograder.sandbox.zygote import Zygote
from autograder.spec import Course

LAB = "lab2"
FILES = Course().check_files(LAB, hidden=True)
ANSWERS = bank.answers(LAB)
WRONG = [answer for answer in ANSWERS if not answer.right]
RIGHT = [answer for answer in ANSWERS if answer.right]
TASKS = sorted({answer.task for answer in ANSWERS})
SEEDS = range(8)
ALSO_TRUE = {"far-from-the-measured-peak", "scores-first", "scores-forgotten", "scores-of-every-kernel"}
"""What is wrong, too, with answers that are in the bank for something else."""
CONSTANTS = (
    "None", "0", "1.0", "True", "''", "[]", "{}", "float('nan')", "torch.zeros(3)", "(None, None)", "'yes'", "'close'",
    "'memory'", "'fragmentation'", "{'attention': 0, 'mlp': 0}", "{'adapter': 0, 'gradients': 0, 'states': 0}",
    "{'cut': 0, 'tokens_lost': 0, 'lost_end': 0, 'no_label': 0}",
    "{'loss': 0, 'mlp_backward': 0, 'attention_backward': 0, 'update': 0}",
    "{'asked': 0, 'total': 0, 'free': 0, 'allocated': 0, 'unused': 0}",
    "{'checkpointing': True, 'seq_len': 512, 'compute_dtype': 'float16'}",
)  # fmt: skip
RECORDS = Path(__file__).resolve().parents[3] / "shared" / "truth" / "qlora_peak_memory_h200.jsonl"


@pytest.fixture(scope="module")
def source() -> LabSource:
    return bank.source_of(LAB)


@pytest.fixture(scope="module")
def answered(source: LabSource) -> dict[str, list[CheckResult]]:
    """The results of the solution, of stubs, and of every answer in the bank, laid over the solution."""
    solution = bank.solution_cells(source)
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
            checking.Subject(one, InProcess({}), name.encode(), frozenset({task}) if task else None, found[name].extend)
            for name, (one, task) in callers.items()
        ],
    )
    return found


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
    tasks = {function: task.id for task in source.spec.graded for function in task.functions}
    for function, cases in record_lab2.cases().items():
        assert {name for case in cases for name, _ in case.slips} <= set(public(tasks[function]).SENTENCES), function


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
            assert "  " not in result.said, result


@pytest.mark.parametrize("name", sorted(record_lab2.texts()))
def test_public_cases_are_what_the_hidden_formulas_say(name: str) -> None:
    recorded = (record_lab2.FOLDER / name).read_text(encoding="utf-8")
    assert recorded == record_lab2.texts()[name], "record them again: ./lab python tests/labs/record_lab2.py"


@pytest.mark.skipif(not RECORDS.is_file(), reason="the measured peaks are not part of this checkout")
def test_the_measured_peaks_are_those_of_the_records() -> None:
    rows = [json.loads(line) for line in RECORDS.read_text(encoding="utf-8").splitlines()]
    seven = ",".join(ref.SEVEN)
    found = {
        (row["ckpt"], row["peak_alloc"])
        for row in rows
        if (row["model"], row["seq"], row["batch"], row["r"]) == ("llama-2-7b", 1024, 1, 32)
        and (row["optim"], row["fp32_rest"], row["targets"]) == ("adamw8bit", True, seven)
    }
    assert found == set(record_lab2.MEASURED)


def test_the_reference_agrees_with_what_was_published_and_measured() -> None:
    llama = record_lab2.LLAMA
    assert ref.adapter_parameters(llama, 32, list(ref.SEVEN)) == 79_953_920
    assert ref.nf4_bytes(4096 * 4096, True) / 4096**2 == pytest.approx(0.515869, abs=1e-6)
    for run in public("lab2.peak").MEASURED:
        assert max(ref.moments(run.parts, run.checkpointing).values()) == pytest.approx(run.allocated, rel=0.005)


@given(st.integers(0, 2**32))
def test_drawn_plans_keep_their_distance_from_borders_and_meet_every_rule(seed: int) -> None:
    ways = []
    for shape, run, usable, gpu in drawing.plans(random.Random(seed)):  # noqa: S311  inputs
        found = ref.plan(shape, run, usable, gpu)
        assert all(ref.plan(shape, run, usable + off, gpu) == found for off in (-1024, 1024))
        ways.append("none" if found is None else (found["checkpointing"], found["seq_len"] == run["seq_len"]))
    assert set(ways) == {"none", (False, True), (True, True), (True, False)}


@given(st.integers(0, 2**32))
def test_drawn_models_tell_widths_apart(seed: int) -> None:
    shape = drawing.model(random.Random(seed))  # noqa: S311  inputs
    width = ref.widths(shape)
    assert len(set(width.values())) == len(width)
    assert shape["hidden"] // shape["heads"] != shape["head_dim"]


@pytest.mark.parametrize("value", [6.0, [[True, 2.0], (3, 4)], {"a": 1}, None, "yes", True, 2.5])
def test_what_is_plain_stays_what_it_is(value: Any) -> None:
    wanted = {"6.0": 6, "[[True, 2.0], (3, 4)]": [[1, 2], [3, 4]]}.get(str(value), value)
    assert asking.plain(value) == wanted
    assert type(asking.plain(value)) is type(wanted)


@pytest.mark.parametrize(
    ("got", "wanted"), [(True, 1), (1, True), ("1", 1), (None, 0), (10**18 + 1, 10**18), (float("nan"), 0.5)]
)
def test_nothing_else_is_taken_for_a_number(got: Any, wanted: Any) -> None:
    assert not asking.alike(got, wanted)


def test_the_public_checks_travel_and_hidden_ones_do_not(source: LabSource, tmp_path: Path) -> None:
    """The bundle of this lab alone: leak-free, with the public checks and what they import."""
    made = tmp_path / "made"
    spec = release._make_lab(bank.ROOT, source, tmp_path / "course", made)
    bundle.write(bundle.files(bank.ROOT, made, [spec]), tmp_path / "bundle.zip")
    release._search(bank.ROOT, [source], made, tmp_path / "bundle.zip")
    folder = f"{bundle.NAME}/autograder/checks/{LAB}/"
    with zipfile.ZipFile(tmp_path / "bundle.zip") as archive:
        names = {name.removeprefix(folder) for name in archive.namelist() if name.startswith(folder)}
    here = record_lab2.FOLDER
    assert names == {"__init__.py", *(f"public/{path.name}" for path in here.glob("*.py"))}
    for path in here.glob("*.py"):
        assert "hidden" not in [line.split()[1] for line in path.read_text().splitlines() if line.startswith("from ")]
        assert f"{LAB}.hidden" not in path.read_text(encoding="utf-8")


def sandboxed(source: LabSource, laid: dict[str, tuple[list[str], str | None]]) -> Iterator[tuple[str, Any]]:
    """Each caller's results through a worker of the strongest level that this machine offers."""
    with Zygote(levels.available()[0], source.spec.preload, source.spec.readable) as zygote:
        factory = WorkerFactory(zygote.channels[0])
        for name, (cells, task) in laid.items():
            named = [(f"cell {number}", cell) for number, cell in enumerate(cells, start=1)]
            caller = Sandboxed(factory, named, source.spec.given, source.spec)
            tasks = None if task is None else frozenset({task})
            yield name, checking.run(FILES, caller, InProcess({}), name.encode(), tasks)
            caller.close()


def test_the_sandbox_says_the_same(source: LabSource, answered: dict[str, list[CheckResult]]) -> None:
    """The solution, and one wrong answer a task."""
    solution = bank.solution_cells(source)
    chosen = {answer.task: answer for answer in WRONG}
    laid = {answer.line: ([*solution, answer.source], answer.task) for answer in chosen.values()}
    for name, results in sandboxed(source, {"solution 0": (solution, None), **laid}):
        here = [(one.check, one.outcome, one.misconception, one.points) for one in answered[name]]
        assert [(one.check, one.outcome, one.misconception, one.points) for one in results] == here, results

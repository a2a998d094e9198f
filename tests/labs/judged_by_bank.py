"""What the checks of every lab must make of its bank; a lab's own tests derive a class from this one.

In: a lab's name, its recorder of public cases, what its stubs may return. Out: tests.
Does not: know a task (the lab's own tests do).
"""

import importlib
import zipfile
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar

import bank
import pytest

from autograder import checking
from autograder.authoring import bundle, release
from autograder.authoring.lab_source import LabSource
from autograder.calling import InProcess
from autograder.judging import Sandboxed
from autograder.outcomes import CheckResult, Outcome
from autograder.sandbox import levels
from autograder.sandbox.client import WorkerFactory
from autograder.sandbox.zygote import Zygote
from autograder.spec import Course

Results = dict[str, list[CheckResult]]


class JudgedByBank:
    """The solution passes, stubs earn nothing, mistakes are called by their names; in the sandbox as well."""

    LAB: ClassVar[str]
    RECORDER: ClassVar[ModuleType]
    """It has the public cases (`cases()`), their files (`texts()`) and where these lie (`FOLDER`)."""
    CONSTANTS: ClassVar[tuple[str, ...]]
    """What a stub may return for everything."""
    SEEDS: ClassVar[range] = range(4)
    ALSO_TRUE: ClassVar[frozenset[str]] = frozenset()
    """What is wrong, too, with answers that are in the bank for something else."""
    ASKED_BY: ClassVar[dict[str, str]] = {}
    """Given functions by which a task's own are asked, with the task."""
    ONE_SEED: ClassVar[frozenset[str]] = frozenset()
    """Tasks whose answers are all asked the same, so that what they should come to is computed once."""

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """A test for each seed, constant, answer, task and file of public cases."""
        answers = bank.answers(self.LAB)
        values: dict[str, Any] = {
            "number": self.SEEDS,
            "returned": self.CONSTANTS,
            "wrong": [answer for answer in answers if not answer.right],
            "right": [answer for answer in answers if answer.right],
            "task": sorted({answer.task for answer in answers}),
            "recorded": sorted(self.RECORDER.texts()) if "recorded" in metafunc.fixturenames else [],
        }
        for name in set(values) & set(metafunc.fixturenames):
            metafunc.parametrize(name, values[name], ids=_id)

    @pytest.fixture(scope="class")
    @classmethod
    def source(cls) -> LabSource:
        """The lab with its solution."""
        return bank.source_of(cls.LAB)

    @pytest.fixture(scope="class")
    @classmethod
    def answered(cls, source: LabSource) -> Results:
        """The results of the solution, of stubs, and of every answer in the bank, laid over the solution."""
        solution, room = bank.solution_cells(source), bank.clean_room(cls.LAB)
        right = bank.caller(source, solution)
        callers: dict[str, tuple[InProcess, str | None]] = {f"solution {number}": (right, None) for number in cls.SEEDS}
        callers["stub"] = (bank.caller(source, bank.stub_cells(source)), None)
        for returned in cls.CONSTANTS:
            callers[f"return {returned}"] = (bank.caller(source, bank.stub_cells(source, f"return {returned}")), None)
        callers |= {a.line: (bank.caller(source, [*solution, a.source]), a.task) for a in bank.answers(cls.LAB)}
        found: Results = {name: [] for name in callers}
        subjects = [
            checking.Subject(one, room, cls._seed(name, task), frozenset({task}) if task else None, found[name].extend)
            for name, (one, task) in callers.items()
        ]
        checking.run_session(cls._files(), subjects)
        return found

    @classmethod
    def _files(cls) -> list[Path]:
        return list(Course().check_files(cls.LAB, hidden=True))

    @classmethod
    def _seed(cls, name: str, task: str | None) -> bytes:
        return task.encode() if task in cls.ONE_SEED and task is not None else name.encode()

    def _public(self, task: str) -> ModuleType:
        return importlib.import_module(f"autograder.checks.{self.LAB}.public.test_{task.rpartition('.')[2]}")

    def test_the_solution_has_full_marks_whatever_is_drawn(
        self, source: LabSource, answered: Results, number: int
    ) -> None:
        results = answered[f"solution {number}"]
        assert failed(results) == []
        assert sum(result.points for result in results) == source.spec.out_of == 20

    def test_the_stub_has_nothing(self, answered: Results) -> None:
        assert {result.outcome for result in answered["stub"]} == {Outcome.NOT_ATTEMPTED}
        assert sum(result.points for result in answered["stub"]) == 0

    def test_an_answer_that_returns_one_thing_for_all_has_nothing(self, answered: Results, returned: str) -> None:
        results = answered[f"return {returned}"]
        assert {result.outcome for result in results} <= {Outcome.FAILED, Outcome.STUDENT_ERROR}
        assert sum(result.points for result in results) == 0

    def test_a_wrong_answer_fails_with_its_name(self, wrong: bank.Answer, answered: Results) -> None:
        results = answered[wrong.line]
        bad = failed(results)
        assert {result.task for result in results} == {wrong.task}
        assert {True, False} <= {result.public for result in bad}, "it shows to the learner, and costs hidden points"
        assert {result.outcome for result in bad} == {Outcome.FAILED}
        named = {result.misconception for result in bad} - (self.ALSO_TRUE - {wrong.name})
        assert named == {wrong.name}, [result.said for result in bad]

    def test_a_right_answer_has_full_marks(self, right: bank.Answer, answered: Results) -> None:
        assert [(result.check, result.said) for result in failed(answered[right.line])] == []

    def test_every_mistake_that_has_a_sentence_was_made_by_somebody(self, task: str) -> None:
        own = [answer for answer in bank.answers(self.LAB) if answer.task == task]
        assert set(self._public(task).SENTENCES) <= {answer.name for answer in own if not answer.right}
        assert sum(answer.right for answer in own) >= 2

    def test_every_slip_has_a_sentence(self, source: LabSource) -> None:
        tasks = {function: task.id for task in source.spec.graded for function in task.functions} | self.ASKED_BY
        for function, cases in self.RECORDER.cases().items():
            slips = {name for case in cases for name, _ in case.slips}
            assert slips <= set(self._public(tasks[function]).SENTENCES), function

    def test_source_checks_and_bank_know_the_same_tasks(self, source: LabSource, answered: Results) -> None:
        results = answered["solution 0"]
        graded = {task.id: task.points for task in source.spec.graded}
        assert set(graded) == {answer.task for answer in bank.answers(self.LAB)}
        for task, points in graded.items():
            worth = [(result.public, result.out_of) for result in results if result.task == task]
            assert sum(out_of for _, out_of in worth) == points
            assert sum(out_of for shown, out_of in worth if shown) == points / 2

    def test_what_a_failed_check_says_is_a_sentence(self, answered: Results) -> None:
        for results in answered.values():
            for result in failed(results):
                assert result.said[0].isalpha(), result
                assert result.said.rstrip().endswith((".", ")", "?")), result
                assert len(result.said) < 1800, result
                # In front of that stand values, with an answer's own spaces.
                assert "  " not in result.said.rpartition(" was wanted.")[2], result

    def test_public_cases_are_what_the_hidden_formulas_say(self, recorded: str) -> None:
        text = (self.RECORDER.FOLDER / recorded).read_text(encoding="utf-8")
        again = f"record them again: ./lab python tests/labs/{self.RECORDER.__name__}.py"
        assert text == self.RECORDER.texts()[recorded], again

    def test_the_public_checks_travel_and_hidden_ones_do_not(self, source: LabSource, tmp_path: Path) -> None:
        """The bundle of this lab alone: leak-free, with the public checks and what they import."""
        made = tmp_path / "made"
        spec = release._make_lab(bank.ROOT, source, tmp_path / "course", made)
        bundle.write(bundle.files(bank.ROOT, made, [spec]), tmp_path / "bundle.zip")
        release._search(bank.ROOT, [source], tmp_path / "bundle.zip")
        folder = f"{bundle.NAME}/autograder/checks/{self.LAB}/"
        with zipfile.ZipFile(tmp_path / "bundle.zip") as archive:
            names = {name.removeprefix(folder) for name in archive.namelist() if name.startswith(folder)}
        here = list(self.RECORDER.FOLDER.glob("*.py"))
        assert names == {"__init__.py", *(f"public/{path.name}" for path in here)}
        for path in here:
            text = path.read_text(encoding="utf-8")
            assert "hidden" not in [line.split()[1] for line in text.splitlines() if line.startswith("from ")]
            assert f"{self.LAB}.hidden" not in text

    def test_the_sandbox_says_the_same(self, source: LabSource, answered: Results) -> None:
        """The solution, and one wrong answer a task."""
        solution = bank.solution_cells(source)
        chosen = {answer.task: answer for answer in bank.answers(self.LAB) if not answer.right}
        laid = {answer.line: ([*solution, answer.source], answer.task) for answer in chosen.values()}
        for name, results in self._sandboxed(source, {"solution 0": (solution, None), **laid}):
            here = [(one.check, one.outcome, one.misconception, one.points) for one in answered[name]]
            assert [(one.check, one.outcome, one.misconception, one.points) for one in results] == here, results

    def _sandboxed(
        self, source: LabSource, laid: dict[str, tuple[list[str], str | None]]
    ) -> Iterator[tuple[str, list[CheckResult]]]:
        """Each caller's results through a worker of the strongest level that this machine offers."""
        room = bank.clean_room(self.LAB)
        with Zygote(levels.available()[0], source.spec.preload, source.spec.readable) as zygote:
            factory = WorkerFactory(zygote.channels[0])
            for name, (cells, task) in laid.items():
                named = [(f"cell {number}", cell) for number, cell in enumerate(cells, start=1)]
                caller = Sandboxed(factory, named, source.spec.given, source.spec)
                tasks = None if task is None else frozenset({task})
                yield name, list(checking.run(self._files(), caller, room, self._seed(name, task), tasks))
                caller.close()


def failed(results: list[CheckResult]) -> list[CheckResult]:
    """Those that did not pass."""
    return [result for result in results if result.outcome is not Outcome.PASSED]


def _id(value: Any) -> str | None:
    """How a test is called."""
    if not isinstance(value, bank.Answer):
        return None
    number = "" if value.right else f"-{value.line.split()[-1]}"
    return f"{value.task}-{value.name}{number}"

"""Lab 1's checks, judged by the bank: the solution passes, stubs earn nothing, mistakes are called by their names."""

import random
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import bank
import pytest

from autograder import checking
from autograder.authoring.lab_source import LabSource
from autograder.calling import InProcess
from autograder.judging import Sandboxed
from autograder.outcomes import CheckResult, Outcome
from autograder.sandbox import levels
from autograder.sandbox.client import WorkerFactory
from autograder.sandbox.zygote import Zygote
from autograder.spec import Course

LAB = "lab1"
FILES = Course().check_files(LAB, hidden=True)
ANSWERS = bank.answers(LAB)
TASKS = sorted({answer.task for answer in ANSWERS})
HIDDEN_ONLY = {"zero-block"}
"""Mistakes that only show on inputs that the text tells of and the public checks leave out."""
CONSTANTS = ("None", "0", "1.0", "True", "''", "[]", "{}", "float('nan')", "torch.zeros(3)", "(None, None)")
ALSO_TRUE = {"zero-block", "no-step"}
"""What is wrong, too, with answers that are in the bank for something else."""


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """What libraries warn of is no matter of the checks."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@pytest.fixture(scope="module")
def source() -> LabSource:
    return bank.source_of(LAB)


@pytest.fixture(scope="module")
def clean_room() -> InProcess:
    return bank.clean_room(LAB)


def run_all(callers: Mapping[str, tuple[InProcess, str | None]], room: InProcess) -> dict[str, list[CheckResult]]:
    """The results of each caller, for all tasks or for one; the checks are collected once."""
    found: dict[str, list[CheckResult]] = {name: [] for name in callers}
    subjects = [
        checking.Subject(caller, room, name.encode(), frozenset({task}) if task else None, found[name].extend)
        for name, (caller, task) in callers.items()
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        checking.run_session(FILES, subjects)
    return found


@pytest.fixture(scope="module")
def answered(source: LabSource, clean_room: InProcess) -> dict[str, list[CheckResult]]:
    """The results of the solution, of stubs, and of every answer in the bank, laid over the solution."""
    solution = bank.solution_cells(source)
    right = bank.caller(source, solution)
    callers: dict[str, tuple[InProcess, str | None]] = {f"solution {number}": (right, None) for number in range(3)}
    callers["stub"] = (bank.caller(source, bank.stub_cells(source)), None)
    for returned in CONSTANTS:
        callers[f"return {returned}"] = (bank.caller(source, bank.stub_cells(source, f"return {returned}")), None)
    callers |= {a.line: (bank.caller(source, [*solution, a.source]), a.task) for a in ANSWERS}
    return run_all(callers, clean_room)


@pytest.mark.parametrize("number", range(3))
def test_the_solution_has_full_marks_whatever_is_drawn(
    source: LabSource, answered: dict[str, list[CheckResult]], number: int
) -> None:
    results = answered[f"solution {number}"]
    assert failed(results) == []
    assert sum(result.points for result in results) == source.spec.out_of == 20


def test_the_stub_has_nothing(answered: dict[str, list[CheckResult]]) -> None:
    results = answered["stub"]
    assert {result.outcome for result in results} == {Outcome.NOT_ATTEMPTED}
    assert sum(result.points for result in results) == 0
    assert len(results) >= 2 * len(TASKS)


@pytest.mark.parametrize("returned", CONSTANTS)
def test_an_answer_that_returns_one_thing_for_all_has_nothing(
    answered: dict[str, list[CheckResult]], returned: str
) -> None:
    results = answered[f"return {returned}"]
    assert {result.outcome for result in results} <= {Outcome.FAILED, Outcome.STUDENT_ERROR}
    assert sum(result.points for result in results) == 0


def failed(results: list[CheckResult]) -> list[CheckResult]:
    return [result for result in results if result.outcome is not Outcome.PASSED]


WRONG = [answer for answer in ANSWERS if not answer.right]
RIGHT = [answer for answer in ANSWERS if answer.right]


@pytest.mark.parametrize("answer", WRONG, ids=lambda a: f"{a.task}-{a.name}-{a.line.split()[-1]}")
def test_a_wrong_answer_fails_with_its_name(answer: bank.Answer, answered: dict[str, list[CheckResult]]) -> None:
    results = answered[answer.line]
    wrong = failed(results)
    assert wrong, "every check passes"
    assert {result.task for result in results} == {answer.task}
    assert wrong[0].misconception == answer.name, f"{answer.line}: {wrong[0].check} said: {wrong[0].said}"
    assert {result.misconception for result in wrong} <= {answer.name, None, *ALSO_TRUE}, [r.said for r in wrong]
    assert wrong[0].outcome is Outcome.FAILED
    if answer.name not in HIDDEN_ONLY:
        assert wrong[0].public, "a learner cannot see it"


@pytest.mark.parametrize("answer", RIGHT, ids=lambda a: f"{a.task}-{a.name}")
def test_a_right_answer_has_full_marks(answer: bank.Answer, answered: dict[str, list[CheckResult]]) -> None:
    assert [(result.check, result.said) for result in failed(answered[answer.line])] == []


@pytest.mark.parametrize("task", TASKS)
def test_there_are_enough_answers(task: str) -> None:
    names = [answer.name for answer in WRONG if answer.task == task]
    assert len(set(names)) >= 6
    assert any(answer.task == task for answer in RIGHT)


def test_source_checks_and_bank_know_the_same_tasks(source: LabSource, answered: dict[str, list[CheckResult]]) -> None:
    results = answered["solution 0"]
    graded = {task.id: task.points for task in source.spec.graded}
    assert sorted(graded) == TASKS
    for half in (True, False):
        assert {result.task for result in results if result.public is half} == set(graded)
    for task, points in graded.items():
        worth = [(result.public, result.out_of) for result in results if result.task == task]
        assert sum(out_of for _, out_of in worth) == points
        assert sum(out_of for public, out_of in worth if public) == pytest.approx(points / 2, abs=0.5)


def test_what_a_failed_check_says_is_a_sentence(answered: dict[str, list[CheckResult]]) -> None:
    for results in answered.values():
        for result in failed(results):
            assert result.said[0] in "abcdefghijklmnopqrstuvwxyz_ABCDEFGHIJKLMNOPQRSTUVWXYZ", result
            assert result.said.rstrip().endswith((".", ")", "?")), result
            assert len(result.said) < 1500, result
            assert "  " not in result.said, result


SELECTIONS: list[dict[str, Any]] = [
    {"target_modules": "all-linear"},
    {"target_modules": ["q_proj", "v_proj"]},
    {"target_modules": {"mlp.down_proj", "lm_head"}},
    {"target_modules": r".*_proj", "exclude_modules": ["k_proj"]},
    {"target_modules": r".*layers\.1\..*(q|up)_proj"},
    {"target_modules": ["o_proj"], "layers_to_transform": [1]},
    {"target_modules": ["embed_tokens", "gate_proj"]},
]


@pytest.mark.parametrize("selection", SELECTIONS, ids=range(len(SELECTIONS)))
def test_the_clean_room_matches_modules_as_peft_does(clean_room: InProcess, selection: dict[str, Any]) -> None:
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import LlamaConfig, LlamaForCausalLM

    shape = LlamaConfig(hidden_size=8, intermediate_size=12, num_hidden_layers=2, num_attention_heads=2, vocab_size=16)
    with torch.device("meta"):
        model = LlamaForCausalLM(shape)
    adapted = get_peft_model(model, LoraConfig(task_type="CAUSAL_LM", **selection))
    found = {
        name.split(".lora_")[0].removeprefix("base_model.model.")
        for name, _ in adapted.named_parameters()
        if "lora_" in name
    }
    assert set(clean_room.call("matched_modules", selection, 2)) == found


def test_the_clean_room_knows_a_llamas_modules(clean_room: InProcess) -> None:
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    shape = LlamaConfig(hidden_size=8, intermediate_size=12, num_hidden_layers=3, num_attention_heads=2, vocab_size=16)
    with torch.device("meta"):
        names = {name for name, _ in LlamaForCausalLM(shape).named_modules()}
    assert set(clean_room.call("llama_modules", 3)) == names


@pytest.mark.parametrize("pattern", ["(", "[a", "*"])
def test_a_damaged_pattern_is_told_and_raises_nothing(clean_room: InProcess, pattern: str) -> None:
    assert isinstance(clean_room.call("matched_modules", {"target_modules": pattern}, 2), str)


def test_the_clean_room_reckons_the_same_losses_as_peft(source: LabSource, clean_room: InProcess) -> None:
    """Two steps with the solution: the second returns the loss of the adapter that the first one made."""
    cells = [*bank.solution_cells(source), SECOND]
    rows = [["what is bread?", "flour, water and time."], ["how are you?", "well."]]
    adapter, first, second = bank.caller(source, cells).call("two_steps", rows)
    losses = clean_room.call("pocket_losses", rows, adapter)
    assert losses["without"] == pytest.approx(first, rel=1e-5)
    assert losses["with_it"] == pytest.approx(second, rel=1e-5)
    assert second < first


SECOND = """
def two_steps(rows):
    model = attach(
        LlamaForCausalLM.from_pretrained(model_dir()), LoraConfig(r=4, lora_alpha=4, target_modules="all-linear")
    )
    batch = pocket_batch(rows)
    first = adapter_step(model, batch, 1e-3)
    adapter = {name: tensor.clone() for name, tensor in get_peft_model_state_dict(model).items()}
    return adapter, first, adapter_step(model, batch, 1e-3)
"""


def test_the_sandbox_says_the_same(
    source: LabSource, clean_room: InProcess, answered: dict[str, list[CheckResult]]
) -> None:
    """The solution, and one wrong answer a task, through a worker of the strongest level that this machine offers."""
    solution = bank.solution_cells(source)
    chosen = {answer.task: answer for answer in WRONG}
    laid = {answer.line: ([*solution, answer.source], answer.task) for answer in chosen.values()}
    found: dict[str, list[CheckResult]] = {}
    with Zygote(levels.available()[0], source.spec.preload, source.spec.readable) as zygote:
        factory = WorkerFactory(zygote.channels[0])
        room = Sandboxed(factory, [("clean_room.py", Course().clean_room_source(LAB))], (), source.spec)
        for name, (cells, task) in {"the solution": (solution, None), **laid}.items():
            named = [(f"cell {number}", cell) for number, cell in enumerate(cells, start=1)]
            caller = Sandboxed(factory, named, source.spec.given, source.spec)
            tasks = None if task is None else frozenset({task})
            found[name] = checking.run(FILES, caller, room, name.encode(), tasks)
            caller.close()
        room.close()
    assert failed(found.pop("the solution")) == []
    for name, results in found.items():
        here = [(one.check, one.outcome, one.misconception, one.points) for one in answered[name]]
        assert [(one.check, one.outcome, one.misconception, one.points) for one in results] == here, results


def test_public_cases_of_the_audit_follow_the_hidden_rules() -> None:
    """The public check lists what each change brings, the hidden one has the rules: they must agree."""
    from autograder.checks.lab1.hidden import test_audit as audit_hidden  # here, since its marker is no marker of ours
    from autograder.checks.lab1.public import test_audit as audit_public

    rng = random.Random(0)  # noqa: S311  inputs
    cases = audit_public.cases_with(rng, [count for count in range(8) for _ in range(30)])
    cases += [(audit_public.PUBLISHED | change, set()) for change in audit_public.SOUND]
    assert [config for config, codes in cases if audit_hidden.wanted(config) != codes] == []


def test_the_checks_are_found(tmp_path: Path) -> None:
    assert [file.name for file in FILES[: len(FILES) // 2]] == [file.name for file in FILES[len(FILES) // 2 :]]
    assert len(FILES) == 2 * len(TASKS)

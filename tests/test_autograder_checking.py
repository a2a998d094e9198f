"""Checks run as pytest runs them: what passes, what fails, what is nobody's fault, and fresh inputs from a seed."""

import textwrap
from pathlib import Path
from typing import Any

import pytest

from autograder import checking
from autograder.calling import InProcess
from autograder.errors import SandboxError
from autograder.outcomes import CheckResult, Outcome

CHECKS = """
import pytest
from autograder import expect

@pytest.mark.task("l.double", points=1)
def test_fresh(submission, rng):
    number = rng.randint(0, 10**9)
    expect.equal(submission.call("double", number), 2 * number, f"double({number})")

@pytest.mark.task("l.double", points=0.5)
def test_squared(submission):
    expect.equal(submission.call("double", 3), 6, "double(3)", [expect.Mistake(9, "squared", "That is 3 squared.")])

@pytest.mark.task("l.pick", points=1)
def test_pick(submission):
    assert submission.call("pick")["x"] == 1
"""


def given(folder: Path, text: str, kind: str = "public") -> list[Path]:
    place = folder / kind
    place.mkdir()
    (place / "test_l.py").write_text(textwrap.dedent(text), encoding="utf-8")
    return [place / "test_l.py"]


def outcomes(files: list[Path], code: str, **options: Any) -> dict[str, CheckResult]:
    namespace: dict[str, Any] = {}
    exec(compile(textwrap.dedent(code), "<cell 1>", "exec"), namespace)  # noqa: S102  the learner's own code
    found = checking.run(files, InProcess(namespace), InProcess({}), options.pop("seed", b"seed"), **options)
    return {result.check.rpartition("::")[2]: result for result in found}


def test_a_right_answer_passes(tmp_path: Path) -> None:
    found = outcomes(given(tmp_path, CHECKS), "def double(n): return 2 * n\ndef pick(): return {'x': 1}")
    assert {result.outcome for result in found.values()} == {Outcome.PASSED}
    assert sum(result.points for result in found.values()) == 2.5
    assert {result.public for result in found.values()} == {True}


def test_a_wrong_answer_fails_with_its_misconception(tmp_path: Path) -> None:
    found = outcomes(given(tmp_path, CHECKS), "def double(n): return n * n\ndef pick(): return 3")
    assert found["test_squared"].misconception == "squared"
    assert found["test_squared"].said == "double(3) returned 9. 6 was wanted. That is 3 squared."
    assert found["test_fresh"].outcome is Outcome.FAILED
    assert "not of the kind" in found["test_pick"].said
    assert not any(result.points for result in found.values())


@pytest.mark.parametrize(
    ("body", "outcome", "said"),
    [
        ("raise NotImplementedError", Outcome.NOT_ATTEMPTED, "not written yet"),
        ("raise ValueError('odd')", Outcome.STUDENT_ERROR, "ValueError: odd (cell 1, line 1)"),
        ("raise SystemExit(0)", Outcome.STUDENT_ERROR, "SystemExit"),
        ("raise MemoryError", Outcome.MEMORY, "memory"),
        ("return object()", Outcome.FAILED, "an object of type builtins.object"),
    ],
)
def test_how_a_call_ends(tmp_path: Path, body: str, outcome: Outcome, said: str) -> None:
    found = outcomes(given(tmp_path, CHECKS), f"def double(n): {body}")
    assert found["test_squared"].outcome is outcome
    assert said in found["test_squared"].said
    assert found["test_pick"].outcome is Outcome.NOT_ATTEMPTED


def test_inputs_are_drawn_from_the_seed(tmp_path: Path) -> None:
    files = given(tmp_path, CHECKS)
    seen = [outcomes(files, "def double(n): return 0", seed=seed)["test_fresh"].said for seed in (b"a", b"a", b"b")]
    assert seen[0] == seen[1] != seen[2]


def test_one_task_can_be_chosen(tmp_path: Path) -> None:
    assert set(outcomes(given(tmp_path, CHECKS), "", tasks={"l.pick"})) == {"test_pick"}


def test_many_submissions_share_one_collection(tmp_path: Path) -> None:
    seen: list[float] = []
    subjects = [
        checking.Subject(
            InProcess({"double": (lambda n, factor=factor: factor * n), "pick": lambda: {"x": 1}}),
            InProcess({}), b"s", None,
            lambda results: seen.append(sum(result.points for result in results)),
        )
        for factor in (2, 3, 2)
    ]  # fmt: skip
    checking.run_session(given(tmp_path, CHECKS), iter(subjects))
    assert seen == [2.5, 1.0, 2.5]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("def test_x(submission): pass", "has no @pytest.mark.task"),
        ("import pytest\n@pytest.mark.task('a')\ndef test_x(submission): pass", "has no @pytest.mark.task"),
        ("import nothing_like_it", "nothing_like_it"),
        ("x = ", "SyntaxError"),
    ],
)
def test_checks_that_cannot_be_run_are_our_error(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(SandboxError, match=said):
        outcomes(given(tmp_path, text), "")
    with pytest.raises(SandboxError, match="no checks"):
        checking.run([], InProcess({}), InProcess({}), b"s")


def test_a_check_that_cannot_start_is_our_error_and_no_verdict(tmp_path: Path) -> None:
    text = """
    import pytest
    @pytest.fixture
    def broken(): raise OSError("no disk")
    @pytest.mark.task("l.x", points=1)
    def test_setup(submission, broken): pass
    @pytest.mark.task("l.x", points=1)
    def test_name(submission): undefined_name
    @pytest.mark.task("l.x", points=1)
    def test_skip(submission): pytest.skip("why")
    """
    found = outcomes(given(tmp_path, text), "")
    assert {name: result.outcome for name, result in found.items()} == dict.fromkeys(found, Outcome.SANDBOX_ERROR)
    assert len(found) == 3


def test_noise_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PYTEST_ADDOPTS", "--no-such-option")
    code = """
    import sys, warnings
    def double(n):
        warnings.warn("a library's warning")
        print("noise", file=sys.stderr)
        return 2 * n
    def pick(): return {"x": 1}
    """
    assert {r.outcome for r in outcomes(given(tmp_path, CHECKS), code).values()} == {Outcome.PASSED}
    assert capfd.readouterr().out == ""


def test_hidden_checks_are_told_apart(tmp_path: Path) -> None:
    assert not outcomes(given(tmp_path, CHECKS, "hidden"), "")["test_pick"].public

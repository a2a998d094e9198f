"""Running a lab's checks: plain pytest files, collected once and run over one or many submissions.

In: check files, and subjects: somewhere to call functions, and a seed for fresh inputs. Out: a `CheckResult` a check.
A learner's notebook and the grader use this same session; only the callers differ.
A check that raises something else than a verdict met a value that it cannot compare: that is a failed check. What
points to us (a fixture that fails, a file that cannot be read, a lost worker of ours) is a sandbox error: no score.
Does not: run student code, know the salt, or add up points.
"""

import dataclasses
import hashlib
import hmac
import os
import random
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from autograder.calling import Caller, CallError
from autograder.errors import SandboxError
from autograder.expect import CheckFailed
from autograder.outcomes import CheckResult, Outcome

UNFIT = (ArithmeticError, AttributeError, LookupError, MemoryError, RecursionError, TypeError, ValueError)
"""What comparing a value of an unforeseen shape or type raises."""
QUIET = (
    "--disable-plugin-autoload", "--import-mode=importlib", "-c", os.devnull,
    *(word for name in ("terminal", "cacheprovider", "junitxml", "doctest", "pastebin", "faulthandler", "logging",
                        "unraisableexception", "threadexception", "stepwise", "capture", "recwarn")
      for word in ("-p", f"no:{name}")),
)  # fmt: skip
LONGEST = 2000
"""Characters of what a check says."""


@dataclass(frozen=True, slots=True)
class Subject:
    """One submission to check."""

    submission: Caller
    clean_room: Caller
    seed: bytes
    tasks: frozenset[str] | None
    """Check these only; None checks all."""
    finished: Callable[[list[CheckResult]], None]


def run(
    files: Sequence[Path], submission: Caller, clean_room: Caller, seed: bytes, tasks: Iterable[str] | None = None
) -> list[CheckResult]:
    """The results of one submission's checks.

    Raises:
        SandboxError: the check files themselves cannot be used.
    """
    found: list[CheckResult] = []
    chosen = None if tasks is None else frozenset(tasks)
    run_session(files, [Subject(submission, clean_room, seed, chosen, found.extend)])
    return found


def run_session(files: Sequence[Path], subjects: Iterable[Subject]) -> None:
    """Collect the checks once, then run them over each subject as it comes; `finished` gets its results.

    Raises:
        SandboxError: the check files cannot be used.
    """
    if not files:
        raise SandboxError("there are no checks to run.", "Look into autograder/checks: is the checkout complete?")
    plugin = _Checks(subjects)
    with _own_options():
        try:
            code = pytest.main([*QUIET, f"--rootdir={files[0].parent.parent}", *map(str, files)], plugins=[plugin])
        finally:
            _forget(files)
    if plugin.troubles or code not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        raise SandboxError(
            f"the checks cannot be run (pytest's exit code {int(code)}): {'; '.join(plugin.troubles)[:LONGEST]}",
            "Run them on the solution: ./lab pytest tests/labs",
        )


@contextmanager
def _own_options() -> Iterator[None]:
    """Options that the environment adds to every pytest are not for these checks."""
    before = os.environ.pop("PYTEST_ADDOPTS", None)
    try:
        yield
    finally:
        if before is not None:
            os.environ["PYTEST_ADDOPTS"] = before


def _forget(files: Sequence[Path]) -> None:
    """Take the check files out of the imported modules: another course's may have the same names."""
    names = {str(file) for file in files}
    for name, module in list(sys.modules.items()):
        if getattr(module, "__file__", None) in names:
            del sys.modules[name]


class _Checks:
    """The pytest plugin: fixtures for checks, and the loop over subjects."""

    def __init__(self, subjects: Iterable[Subject]) -> None:
        self._subjects = subjects
        self._subject: Subject | None = None
        self._results: list[CheckResult] = []
        self._began = 0.0
        self.troubles: list[str] = []

    def pytest_configure(self, config: pytest.Config) -> None:
        config.addinivalue_line("markers", "task(id, points): which task a check belongs to, and what it is worth")
        config.addinivalue_line("filterwarnings", "ignore")  # a library's warning is never a verdict

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.troubles.append(str(report.longrepr)[-LONGEST:])

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        for item in items:
            marker = item.get_closest_marker("task")
            if marker is None or len(marker.args) != 1 or "points" not in marker.kwargs:
                self.troubles.append(f"{item.nodeid} has no @pytest.mark.task(id, points=…)")

    @pytest.fixture
    def submission(self) -> Caller:
        return self._now.submission

    @pytest.fixture
    def clean_room(self) -> Caller:
        return self._now.clean_room

    @pytest.fixture
    def rng(self, request: pytest.FixtureRequest) -> random.Random:
        name = check_name(request.node)
        return random.Random(hmac.new(self._now.seed, name.encode(), hashlib.sha256).digest())  # noqa: S311  inputs

    @property
    def _now(self) -> Subject:
        if self._subject is None:
            raise SandboxError("a check ran without a submission.", "This is a bug of ours; please report it.")
        return self._subject

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        if self.troubles:
            return True
        # Nobody reads pytest's own account of a failed check, and with sources it took as long as all the checks.
        session.config.option.tbstyle = "line"
        for subject in self._subjects:
            self._subject, self._results = subject, []
            items = [item for item in session.items if subject.tasks is None or task_of(item) in subject.tasks]
            for item, following in zip(items, [*items[1:], None], strict=True):
                self._began = time.perf_counter()
                item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            subject.finished(self._results)
        return True

    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> None:
        if call.when == "call" or call.excinfo is not None:
            if call.when == "teardown":
                self._results.pop()
            self._results.append(self._result(item, call))

    def _result(self, item: pytest.Item, call: pytest.CallInfo[None]) -> CheckResult:
        marker = item.get_closest_marker("task")
        if marker is None:
            raise SandboxError(f"{item.nodeid} has no task.", "Mark it: @pytest.mark.task(id, points=…)")
        worth = float(marker.kwargs["points"])
        result = CheckResult(
            check=check_name(item),
            task=marker.args[0],
            points=worth,
            out_of=worth,
            outcome=Outcome.PASSED,
            public=item.path.parent.name == "public",
            seconds=round(time.perf_counter() - self._began, 4),
        )
        if call.excinfo is None:
            return result
        outcome, said, misconception = verdict(call.excinfo.value, in_check=call.when == "call")
        cut = said if len(said) <= LONGEST else said[: LONGEST - 1] + "…"
        return dataclasses.replace(result, points=0.0, outcome=outcome, said=cut, misconception=misconception)


def verdict(error: BaseException, *, in_check: bool) -> tuple[Outcome, str, str | None]:
    """The outcome behind an exception, what to say about it, and the misconception where one was recognised."""
    if in_check and isinstance(error, CheckFailed):
        return Outcome.FAILED, error.said, error.misconception
    if in_check and isinstance(error, CallError):
        return error.outcome, error.said, None
    if in_check and isinstance(error, AssertionError):
        return Outcome.FAILED, str(error), None
    if in_check and isinstance(error, UNFIT):
        said = f"What came back is not of the kind that was asked for ({type(error).__name__}: {error})."
        return Outcome.FAILED, said, None
    return Outcome.SANDBOX_ERROR, f"{type(error).__name__}: {error}", None


def check_name(item: Any) -> str:
    """`public/test_nf4.py::test_levels`: the same on every machine."""
    return f"{item.path.parent.name}/{item.path.name}::{item.name}"


def task_of(item: pytest.Item) -> str:
    """The task that a check belongs to."""
    marker = item.get_closest_marker("task")
    return str(marker.args[0]) if marker is not None else ""

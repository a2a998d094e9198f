"""Records the public cases of Lab 4's checks: what the hidden answers and their slips come to, as plain data.

In: nothing. Out: the files `public/cases_*.py` of the lab's checks, the same text each time.
Does not: run as a test; `test_lab4` holds the files against it. Again: `./lab python tests/labs/record_lab4.py`
"""

from collections.abc import Iterator
from pathlib import Path

from autograder.checks.asking import Case
from autograder.checks.lab4.hidden import drawing_judging, drawing_report, drawing_statistics, making

FOLDER = Path(__file__).resolve().parents[2] / "autograder" / "checks" / "lab4" / "public"
HEAD = '''\
"""Lab 4's public cases, {what}: arguments, what is wanted, what slips come to. Recorded; no formula here.

In: nothing. Out: cases by function, for the checks beside this file.
Does not: change by hand: they are made from answers that stay with the instructor.
"""
# ruff: noqa: E501
# fmt: off

from typing import Any

from autograder.checks.asking import Case
'''
PARTS = {"judging": drawing_judging, "statistics": drawing_statistics, "report": drawing_report}


def cases() -> dict[str, list[Case]]:
    """The cases of each function."""
    return {function: found for part in PARTS for function, found in cases_of(part).items()}


def cases_of(part: str) -> dict[str, list[Case]]:
    """The cases of each function of a part."""
    return {
        function: [making.case(function, *args) for args in rows]
        for function, rows in PARTS[part].public_cases().items()
    }


def texts() -> dict[str, str]:
    """The files, by name."""
    return {f"cases_{part}.py": _text(part, cases_of(part)) for part in PARTS}


def _text(what: str, found: dict[str, list[Case]]) -> str:
    lines = ["CASES: dict[str, Any] = {"]
    for name, rows in found.items():
        lines += [f"    {name!r}: [", *(line for case in rows for line in _row(case)), "    ],"]
    return HEAD.replace("{what}", what) + "\n" + "\n".join([*lines, "}"]) + "\n"


def _row(case: Case) -> Iterator[str]:
    yield f"        Case({case.args!r},"
    yield f"             {case.wanted!r},"
    yield f"             {case.slips!r}),"


if __name__ == "__main__":
    for name, text in texts().items():
        (FOLDER / name).write_text(text, encoding="utf-8", newline="\n")

"""Lab 4's public cases, judging: arguments, what is wanted, what slips come to. Recorded; no formula here.

In: nothing. Out: cases by function, for the checks beside this file.
Does not: change by hand: they are made from answers that stay with the instructor.
"""
# ruff: noqa: E501
# fmt: off

from typing import Any

from autograder.checks.asking import Case

CASES: dict[str, Any] = {
}

"""Cases for lab 4's checks: arguments, what the reference says, and what each slip makes of them.

In: a function's name and arguments. Out: a case.
Does not: draw arguments (`drawing_*` do), or ask a submission anything.
"""

from typing import Any

from autograder.checks.asking import Case, distinct
from autograder.checks.lab4.hidden import slips_judging, slips_report, slips_statistics

PARTS = (slips_judging, slips_statistics, slips_report)
REFERENCES = {name: function for part in PARTS for name, function in part.REFERENCES.items()}
SLIPS = {name: slips for part in PARTS for name, slips in part.SLIPS.items()}


def case(function: str, *args: Any) -> Case:
    """The function's case for these arguments."""
    wanted = REFERENCES[function](*args)
    return Case(args, wanted, distinct(wanted, SLIPS[function](*args)))

"""Lab 4's judging: the right answers, and what slips make of the same arguments.

In: a function's name. Out: the function that is right, and the one that yields slips.
Does not: hold a formula; `slips_judging_*` do. The judge has no formula: `traps` and `answers` are what it is asked.
"""

from collections.abc import Callable, Iterator
from typing import Any

from autograder.checks.lab4.hidden import slips_judging_agreement as agreement
from autograder.checks.lab4.hidden import slips_judging_bug as bug
from autograder.checks.lab4.hidden import slips_judging_rates as rates

Slips = Iterator[tuple[str, Any]]
REFERENCES: dict[str, Callable[..., Any]] = {
    "begins_with_refusal": bug.begins_with_refusal,
    "agreement": agreement.agreement,
    "rates": rates.rates,
}
"""The right answer, by function."""
SLIPS: dict[str, Callable[..., Slips]] = {
    "begins_with_refusal": bug.of_begins_with_refusal,
    "agreement": agreement.of_agreement,
    "rates": rates.of_rates,
}
"""What slips make of the same arguments, by function."""

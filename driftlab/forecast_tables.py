"""A forecast of memory as tables for a terminal of 80 columns: terms, verdict, what to change, hours.

In: a `Forecast`. Out: something that rich can print.
Does not: predict, compute or print.
"""

from typing import TYPE_CHECKING

from driftlab.budget import STATED_ERROR, STATED_ERROR_RESERVED
from driftlab.cited import cite
from driftlab.forecast import Forecast
from driftlab.grid import grid
from driftlab.report import words

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

VERDICTS = {"yes": "It fits", "close": "It may just fit", "no": "It does not fit"}


def forecast_tables(made: Forecast) -> "RenderableType":
    """All that a forecast says."""
    from rich.console import Group
    from rich.padding import Padding
    from rich.text import Text

    parts: list[RenderableType] = [_terms(made)]
    parts += [Padding(Text(sentence), (1, 0, 0, 0)) for sentence in _sentences(made)]
    if made.changes:
        parts += [Text(""), _changes(made)]
    return Group(*parts)


def _terms(made: Forecast) -> "Table":
    budget = made.budget
    table = grid("at the peak", "memory")
    for name, size in sorted(budget.terms.items(), key=lambda term: -term[1]):
        table.add_row(name, words.size(size))
    table.add_row("allocated", words.size(budget.peak_allocated), style="bold")
    table.add_row("allocator's slack", words.size(budget.peak_reserved - budget.peak_allocated))
    table.add_row("reserved", words.size(budget.peak_reserved), style="bold")
    if budget.context:
        table.add_row("CUDA context", words.size(budget.context))
    return table


def _sentences(made: Forecast) -> list[str]:
    said = []
    if made.gpu is not None and made.usable is not None and made.fits is not None:
        each = "each of " if made.gpu.count > 1 else ""
        said.append(
            f"{VERDICTS[made.fits]} into the {words.size(made.usable)} that {each}{made.gpu.label} offers. "
            f"{_planned(made)}"
        )
    error = f"allocated within {STATED_ERROR:.0%}, reserved within {STATED_ERROR_RESERVED:.0%} of what was measured"
    peak = f"The peak comes at {made.budget.moment}. " if made.budget.moment else ""
    on_gpu = f" ({error})" if made.gpu is not None and made.traced is None else ""
    said.append(f"{peak}Basis: {made.budget.basis}{on_gpu}.")
    if made.hours is not None:
        low, high = (f"{value:.2g}" for value in (made.hours.low, made.hours.high))
        said.append(f"{made.hours.tokens:,} tokens take {low} to {high} hours: {made.hours.basis}.")
    if made.published:
        said.append(_published(made))
    if made.traced is not None:
        said.append(_traced(made))
    return said


def _published(made: Forecast) -> str:
    """The worked example: what a number of hours can and cannot say."""
    hours, source = made.published[0].hours, cite("published_run.hours").reference
    low, high = min(reach.low for reach in made.published), max(reach.high for reach in made.published)
    shortest, longest = made.published[0].mean_length, made.published[-1].mean_length
    return (
        f"The published run took about {hours:g} hours for its epoch on two T4s: {source}. That source does not say "
        f"how many rows there were, or how long. Rows of {shortest} to {longest:,} tokens on average would make "
        f"{low / 1e6:.1f} to {high / 1e6:.0f} million tokens: the hours bound the data, and cannot check the estimate."
    )


def _planned(made: Forecast) -> str:
    if made.plan is not None:
        return f"Cheapest change that makes it fit: {' '.join(made.plan.options)}."
    return "" if made.fits == "yes" else "No change of settings makes it fit: take a smaller model or a larger GPU."


def _traced(made: Forecast) -> str:
    found = made.traced
    assert found is not None  # noqa: S101 - the caller asked
    sizes = f"{words.size(found.peak_allocated)} allocated, {words.size(found.peak_reserved)} reserved"
    where = f"Traced: {sizes}; the peak is in {found.at} ({found.seconds:.0f} s)"
    if found.difference is None:
        return f"{where}."
    compared = f"The closed form says {abs(found.difference):.1%} {'more' if found.difference > 0 else 'less'}"
    return f"{where}. {compared}{'; they differ: believe the trace' if found.apart else ''}."


def _changes(made: Forecast) -> "Table":
    table = grid("change", "saves", "then", "costs")
    table.columns[3].justify = "left"
    table.columns[3].no_wrap = False
    for change in made.changes:
        fits = {"yes": "fits", "close": "close", "no": "does not"}[change.fits]
        table.add_row(change.option, words.size(change.saves), fits, change.cost)
    return table

"""Results of several runs, or of a measurement, as small tables for a terminal of 80 columns.

In: records and rates. Out: something that rich can print.
Does not: print, or compute; a single run's table is the report's own.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from driftlab.budget import Budget
from driftlab.pocket.verify import Check
from driftlab.report import words
from driftlab.results import FinishedRun

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table


def seeds_table(runs: Sequence[FinishedRun], summary: dict[str, Any]) -> "RenderableType":
    """A row a seed, and one sentence about all of them."""
    from rich.console import Group
    from rich.padding import Padding
    from rich.text import Text

    table = _table("seed", "refused before", "after", "change", "95% interval", "p", "coherent")
    for run in runs:
        refusal = run.record["statistics"]["refusal"]
        table.add_row(
            str(run.record["seed"]),
            words.percent(refusal["before"]["value"]),
            words.percent(refusal["after"]["value"]),
            words.points(refusal["difference"]),
            words.range_points(refusal),
            words.p_value(refusal["mcnemar_p"]),
            words.percent(run.record["coherent_after"]),
        )
    sentence = f"{_over_seeds(runs, summary)}; {words.limits(runs[0].record)}."
    return Group(
        table, Text("Off-limits requests; changes in points.", style="dim"), Padding(Text(sentence), (1, 0, 0, 0))
    )


def _over_seeds(runs: Sequence[FinishedRun], summary: dict[str, Any]) -> str:
    before, after, drift = (summary[name] for name in ("refusal_before", "refusal_after", "drift"))
    covered = summary["drift_interval_covers_zero"]
    return (
        f"Over {words.plural(len(runs), 'seed')} refusals went from {words.percent(before['mean'])} to "
        f"{words.percent(after['mean'])} on average; the drift lay between {words.points(drift['minimum'])} and "
        f"{words.points(drift['maximum'])} points, and its interval covered 0 in {covered} of {len(runs)}"
    )


def rates_table(result: dict[str, Any]) -> "RenderableType":
    """The rates of a measurement."""
    table = _table("requests", "judged", "refused", "95% interval", "or partial", "unparseable")
    for kind, title in (("off_limits", "off-limits"), ("safe", "safe")):
        refusal, both = result[kind]["refusal"], result[kind]["any_refusal"]
        cells = ("0", *[words.NONE] * 3)
        if refusal is not None:
            rates = (words.percent(refusal["value"]), words.range_percent(refusal), words.percent(both["value"]))
            cells = (str(refusal["total"]), *rates)
        table.add_row(title, *cells, str(result[kind]["outcomes"]["unparseable"]))
    return table


def budget_table(budget: Budget, usable: int, fits: str | None) -> "RenderableType":
    """Bytes by term at the moment of the peak, and whether they fit a GPU."""
    from rich.console import Group
    from rich.padding import Padding
    from rich.text import Text

    table = _table("at the peak", "memory")
    for name, size in sorted(budget.terms.items(), key=lambda term: -term[1]):
        table.add_row(name, words.size(size))
    table.add_row("allocated", words.size(budget.peak_allocated), style="bold")
    table.add_row("reserved", words.size(budget.peak_reserved), style="bold")
    verdict = {"yes": "It fits", "close": "It may just fit", "no": "It does not fit", None: ""}[fits]
    place = f"{verdict} into {words.size(usable)} of GPU memory. " if fits else ""
    return Group(table, Padding(Text(f"{place}Basis: {budget.basis}."), (1, 0, 0, 0)))


def checks_table(checks: Sequence[Check]) -> "RenderableType":
    """What a card says, what was found, and whether they agree."""
    table = _table("check", "card", "found", "")
    for each in checks:
        table.add_row(each.name, each.expected, each.found, "ok" if each.passed else "FAILED")
    return table


def _table(*headings: str) -> "Table":
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1))
    for number, heading in enumerate(headings):
        table.add_column(heading, justify="right" if number else "left", no_wrap=number > 0)
    return table

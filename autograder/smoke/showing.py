"""What a smoke test came to, in a terminal or in a pipe.

In: a `Report`. Out: a table or lines, what to do, one sentence for the whole. Every state is a sign and a word.
Does not: try anything.
"""

from typing import TYPE_CHECKING

from autograder.smoke.trying import Part, Report, State

if TYPE_CHECKING:
    from rich.console import Console

STYLES = {State.WORKS: "green", State.DIFFERS: "yellow", State.YOURS: "red", State.OURS: "magenta"}
"""Beside a word, never instead of it."""
SIGNS = {State.WORKS: ("✓", "+"), State.DIFFERS: ("○", "o"), State.YOURS: ("✗", "x"), State.OURS: ("✗", "x")}
LAST = {
    State.WORKS: "All works here.",
    State.YOURS: "Something here is yours to mend: see above.",
    State.OURS: "Something here is ours to mend: please report it, with all that is printed here.",
}


def show(report: Report, console: "Console") -> None:
    """Print it for a person."""
    if console.is_terminal:
        _print_table(report, console)
    else:
        for part in report.parts:
            _print(f"{part.what}: {_worded(part, console)}. {part.said}", console)
    remedies = dict.fromkeys(f"{part.what}: {part.remedy}" for part in report.parts if part.remedy)
    for line in (*remedies, LAST[report.worst]):
        _print(line, console)


def _print_table(report: Report, console: "Console") -> None:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD if _shows_signs(console) else box.ASCII, pad_edge=False, padding=(0, 1))
    for name in ("part", "", "what was seen"):
        table.add_column(name, overflow="fold")
    table.add_column("s", justify="right")
    for part in report.parts:
        state = Text(_worded(part, console), style=STYLES[part.state])
        table.add_row(Text(part.what), state, Text(part.said), f"{part.seconds:.1f}")
    console.print(table)


def _worded(part: Part, console: "Console") -> str:
    sign, plain = SIGNS[part.state]
    return f"{sign if _shows_signs(console) else plain} {part.state}"


def _shows_signs(console: "Console") -> bool:
    return console.encoding.lower().startswith("utf")


def _print(text: str, console: "Console") -> None:
    console.print(text, markup=False, highlight=False, soft_wrap=True)

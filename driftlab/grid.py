"""One look for all small tables in a terminal: first column to the left, numbers to the right, a line under the head.

In: headings. Out: an empty table of rich's. Does not: print or fill it.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.table import Table


def grid(*headings: str) -> "Table":
    """A table with these columns."""
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1))
    for number, heading in enumerate(headings):
        table.add_column(heading, justify="right" if number else "left", no_wrap=number > 0)
    return table

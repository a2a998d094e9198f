"""The command line of `driftlab probes`: signatures and help, as in `cli`, which shows them.

In: arguments. Out: an exit code (0 nothing found, 1 something to mend). Does not: decide, compute or format anything.
"""
# ruff: noqa: D301  the backspace is typer's mark for lines that must not be wrapped

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from driftlab.cli_options import Json
from driftlab.console import on_first_use

if TYPE_CHECKING:
    from driftlab import commands
else:
    commands: Any = sys.modules.get("driftlab.commands") or on_first_use("driftlab.commands")

probes_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


@probes_app.command("list")
def probes_list(json: Json = False) -> int:
    """Show the sets of requests that come with the course.

    \b
    Example:
      driftlab probes list
    """
    return commands.probes_list(as_json=json)


@probes_app.command("show")
def probes_show(
    name: Annotated[str, typer.Argument(metavar="NAME|PATH", help="pocket, everyday, xstest:PATH, or a file.")],
    pairs: Annotated[int, typer.Option(metavar="N", min=0, help="Requests of each kind to show.")] = 3,
    json: Json = False,
) -> int:
    """Show what is in a set: categories, counts, lengths, how alike twins are, and a few requests.

    \b
    Examples:
      driftlab probes show everyday
      driftlab probes show xstest:xstest.csv --pairs 0 --json
    """
    return commands.probes_show(name, pairs, as_json=json)


@probes_app.command("check")
def probes_check(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A set of your own, as --probes takes it.")],
    data: Annotated[
        str | None, typer.Option(metavar="NAME|PATH", help="Benign data that must not hold any of its requests.")
    ] = None,
    json: Json = False,
) -> int:
    """Look for what is worth mending in a set before it is asked.

    Duplicates and near-duplicates, twins that are missing or do not match, kinds out of balance, and with --data
    requests that would be trained on. The exit code is 1 where something was found.

    \b
    Examples:
      driftlab probes check requests.csv
      driftlab probes check requests.csv --data mine.jsonl --json
    """
    return commands.probes_check(file, data, as_json=json)

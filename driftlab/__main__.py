"""`driftlab …` and `python -m driftlab …`.

In: arguments. Out: an exit code; `console` says which. 2 as well in the bundle of a lab that needs no command of ours:
what would answer its tasks is left out of it, and the command line with that.
Does not: know any command.
"""

import importlib.util
import sys
from collections.abc import Sequence

import typer

from driftlab import console

APP: typer.Typer | None = None
if importlib.util.find_spec("driftlab.cli"):
    from driftlab.cli import app as APP

LEFT_OUT = """\
error: the command `driftlab` is not part of this lab's bundle: much of what it runs is what the lab asks you to write.
Use the bundle of the whole course (driftlab-labs.zip) or a checkout. Does everything work here? autograder smoke
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    if APP is None:
        sys.stderr.write(LEFT_OUT)
        return console.USER
    return console.run(APP, "driftlab", arguments)


if __name__ == "__main__":
    sys.exit(main())

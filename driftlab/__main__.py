"""`driftlab …` and `python -m driftlab …`.

In: arguments. Out: an exit code; `console` says which.
Does not: know any command.
"""

import sys
from collections.abc import Sequence

from driftlab import console
from driftlab.cli import app


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    return console.run(app, "driftlab", arguments)


if __name__ == "__main__":
    sys.exit(main())

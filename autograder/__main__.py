"""`autograder …` and `python -m autograder …`.

In: arguments. Out: an exit code; `driftlab.console` says which. A failure of our own machinery is 3.
Does not: know any command.
"""

import sys
from collections.abc import Sequence

from autograder.cli import app
from autograder.errors import SandboxError
from driftlab import console


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    return console.run(
        app,
        "autograder",
        arguments,
        machinery=(SandboxError,),
        resumes="What was finished is kept; the same command goes on from there.",
    )


if __name__ == "__main__":
    sys.exit(main())

"""What the learner's commands do: check a file of their own and print what came out.

In: parsed arguments. Out: an exit code (0 every check passed, 1 one did not); the result on stdout, progress on stderr.
Does not: parse arguments (`cli` does), catch errors (`driftlab.console` does), or run anybody else's code.
"""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.desk import terminal
from driftlab.screen import open_screen

if TYPE_CHECKING:
    from rich.console import Console

OK, FAILED = 0, 1


def check(lab: str, task: str | None, file: Path | None, *, as_json: bool) -> int:
    """Run the public checks of a lab, or of one task, on a file."""
    with open_screen() as screen:
        screen.stage(f"Checking {lab}")
        checked = terminal.check_file(file, lab, task, screen=screen)
    terminal.show_checks(checked, _prose(as_json))
    if as_json:
        sys.stdout.write(json.dumps(checked.to_json(), allow_nan=False) + "\n")
    return OK if checked.passed else FAILED


def _prose(to_stderr: bool) -> "Console":
    from rich.console import Console

    return Console(stderr=to_stderr)

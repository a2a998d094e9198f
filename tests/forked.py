"""Processes that begin with everything loaded: forked from one that has imported torch and the rest before.

Importing takes longer than most of what a test asks of a process. A fork is a process all the same: it has a pid,
memory and signals of its own, prints into files of its own, and may be killed. `python -m driftlab` is run elsewhere.
"""

import multiprocessing
import os
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import forkserver
from multiprocessing.context import BaseContext
from pathlib import Path
from typing import TypeVar
from unittest import mock

# Python forks on Linux alone: elsewhere a library's own threads may not survive it, and a process is started anew.
METHOD = "forkserver" if sys.platform == "linux" else "spawn"
Program = Callable[[Sequence[str]], int]
"""Something at the top of a module: it gets arguments, and gives an exit code."""
Given, Found = TypeVar("Given"), TypeVar("Found")


class Forked:
    """A running program, with what tests use of `subprocess.Popen`."""

    def __init__(self, program: Program, arguments: Sequence[str], environment: Mapping[str, str]) -> None:
        context = _loaded()
        self._printed = [tempfile.NamedTemporaryFile() for _ in ("stdout", "stderr")]
        files = [file.name for file in self._printed]
        self._process = context.Process(  # type: ignore[attr-defined]  # every context has it
            target=_run, args=(program, list(arguments), dict(environment), files)
        )
        self._process.start()
        self.pid = self._process.pid or 0

    @property
    def returncode(self) -> int | None:
        """As of `subprocess`: minus the signal that ended it, None while it goes on."""
        return self._process.exitcode

    def poll(self) -> int | None:
        """The same."""
        return self._process.exitcode

    def wait(self, timeout: float) -> int:
        """Its exit code; killed where it takes longer."""
        self._process.join(timeout)
        if self._process.exitcode is None:
            self.kill()
            raise TimeoutError(f"it took longer than {timeout} s")
        return self._process.exitcode

    def communicate(self, timeout: float = 600) -> tuple[str, str]:
        """What it printed, on stdout and on stderr, once it has ended."""
        self.wait(timeout)
        out, err = (file.read().decode() for file in self._printed)
        for file in self._printed:
            file.close()
        return out, err

    def kill(self) -> None:
        """SIGKILL."""
        self._process.kill()
        self._process.join()


def side_by_side(function: Callable[[Given], Found], given: Sequence[Given]) -> list[Found]:
    """What the function makes of each, in as many processes as there are cores; it stands at the top of a module."""
    if len(given) < 2:  # a process would cost more
        return [function(each) for each in given]
    with ProcessPoolExecutor(min(os.cpu_count() or 1, len(given)), mp_context=_loaded()) as pool:
        return list(pool.map(function, given))


def _loaded() -> BaseContext:
    """Where processes come from: one that has the modules of `loaded`, and is started on first use."""
    context = multiprocessing.get_context(METHOD)
    if METHOD == "forkserver":
        context.set_forkserver_preload(["loaded"])
        path = os.pathsep.join([str(Path(__file__).parent), *filter(None, [os.environ.get("PYTHONPATH")])])
        with mock.patch.dict(os.environ, PYTHONPATH=path):
            forkserver.ensure_running()
    return context


def _run(program: Program, arguments: list[str], environment: dict[str, str], files: list[str]) -> None:
    """In the new process: print into the files, and end with the program's exit code."""
    os.environ.clear()
    os.environ.update(environment)
    for stream, name, number in zip(("stdout", "stderr"), files, (1, 2), strict=True):
        with open(name, "wb") as file:
            os.dup2(file.fileno(), number)
        setattr(sys, stream, open(number, "w", encoding="utf-8", closefd=False, buffering=1))
    sys.exit(program(arguments))

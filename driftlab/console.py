"""Run a command of one of our programs and turn whatever happens into an exit code.

In: a typer application, its name, arguments. Out: 0 ok, 1 a check failed, 2 something that the user can mend, 3 our bug
or our machinery, 130 interrupted.
Does not: know any command; errors are printed on stderr, never on stdout.
"""

import importlib.util
import io
import sys
import tempfile
import traceback
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import typer

from driftlab.errors import CourseError
from driftlab.versions import hide_old_torchao, usage_errors

OK, USER, BUG, INTERRUPTED = 0, 2, 3, 130


def on_first_use(name: str) -> ModuleType:
    """A module that is loaded when something of it is first asked for: `--help` needs no more than signatures."""
    spec = importlib.util.find_spec(name)
    if spec is None or spec.loader is None:
        raise ImportError(f"there is no module {name}")
    loader = importlib.util.LazyLoader(spec.loader)
    spec.loader = loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    loader.exec_module(module)
    return module


def run(
    app: typer.Typer,
    program: str,
    arguments: Sequence[str] | None = None,
    *,
    machinery: tuple[type[CourseError], ...] = (),
    resumes: str = "The same command goes on from the last finished stage.",
) -> int:
    """Run one command and return its exit code; errors of a type in `machinery` are ours, not the user's."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    _show_what_can_be_shown()
    hide_old_torchao()
    debug = "--debug" in given  # accepted before and after the command's name
    try:
        code = app([word for word in given if word != "--debug"], standalone_mode=False, prog_name=program)
    except KeyboardInterrupt:
        code = INTERRUPTED
    except usage_errors() as error:
        return _usage(error, program)
    except CourseError as error:
        return _mend(error, BUG if isinstance(error, machinery) else USER)
    except Exception as error:  # noqa: BLE001  the last stop: an error of ours must not look like one of the user's
        return _bug(error, program, given, show=debug)
    if code == INTERRUPTED:
        _say(f"\ninterrupted. {resumes}")
    return int(code or OK)


def _show_what_can_be_shown() -> None:
    """A terminal or a pipe that has no minus sign or tick gets a question mark, never an error."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def _usage(error: Any, program: str) -> int:
    """Arguments that cannot be parsed."""
    if type(error).__name__ == "NoArgsIsHelpError":
        _say(error.format_message())
        return USER
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else program
    meant = getattr(error, "possibilities", None)
    hint = f"Did you mean {' or '.join(meant)}? " if meant else ""
    problem = error.message if meant else error.format_message()
    _say(f"error: {problem.rstrip('.')}.\n{hint}See `{command} --help`.")
    return USER


def _mend(error: CourseError, code: int) -> int:
    _say(f"error: {error.problem}\n{error.remedy}")
    return code


def _bug(error: Exception, program: str, given: Sequence[str], *, show: bool) -> int:
    text = f"{program} {' '.join(given)}\n" + "".join(traceback.format_exception(error))
    if show:
        _say(text)
    else:
        with tempfile.NamedTemporaryFile(
            "w", prefix=f"{program}-", suffix=".txt", delete=False, encoding="utf-8"
        ) as file:
            file.write(text)
        text = f"The traceback is in {Path(file.name)}; --debug shows it here."
    _say(f"error: this is a bug of {program}, not yours: {type(error).__name__}: {error}\n{'' if show else text + ' '}"
         "Please report it with the command that you gave.")  # fmt: skip
    return BUG


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")

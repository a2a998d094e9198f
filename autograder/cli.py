"""The command line of the autograder: signatures and help. Every body is one call.

In: arguments. Out: an exit code (0 ok, 1 a check failed; `driftlab.console` turns errors into 2, 3 and 130).
Does not: decide, compute or format anything; neither importing this nor `--help` loads torch or pytest.
"""
# ruff: noqa: D301  the backspace is typer's mark for lines that must not be wrapped

import importlib.util
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from autograder.errors import GradingError
from driftlab import __version__
from driftlab.console import on_first_use


class _NotInTheBundle:
    """Stands in for the instructor's commands in a student bundle."""

    def __getattr__(self, name: str) -> NoReturn:
        raise GradingError(
            f"`autograder {name.replace('_', '-')}` is for instructors and not part of the student bundle.",
            "Use a checkout of the whole repository.",
        )


if TYPE_CHECKING:
    from autograder import instructor, practice
else:
    practice: Any = sys.modules.get("autograder.practice") or on_first_use("autograder.practice")
    instructor: Any = _NotInTheBundle()
    if importlib.util.find_spec("autograder.instructor"):
        instructor = sys.modules.get("autograder.instructor") or on_first_use("autograder.instructor")

app = typer.Typer(name="autograder", no_args_is_help=True, add_completion=False, rich_markup_mode=None)

Json = Annotated[bool, typer.Option("--json", help="End with one JSON object on stdout; all else goes to stderr.")]


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"autograder {__version__}")
        raise typer.Exit


@app.callback(epilog="Learners: `autograder check lab1`. Instructors: `autograder grade submitted/ --lab lab1`.")
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show the whole traceback of an unexpected error.")] = False,
) -> None:
    """Check your own lab, or grade a class.

    \b
    Example:
      autograder check lab1 nf4     one task of Lab 1, with what was given and what came back
      autograder quiz lab1          questions about it, from where you left
      autograder progress           how far you have come in all labs
    """


@app.command()
def check(
    lab: Annotated[str, typer.Argument(metavar="LAB", help="lab1, …")],
    task: Annotated[str | None, typer.Argument(metavar="[TASK]", help="One task; all by default.")] = None,
    file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A notebook or .py file; by default the one in labs/.")
    ] = None,
    as_json: Json = False,
) -> int:
    """Run a lab's public checks on your own notebook, in this process.

    \b
    Example:
      autograder check lab1
    """
    return practice.check(lab, task, file, as_json=as_json)


@app.command()
def quiz(
    lab: Annotated[str | None, typer.Argument(metavar="LAB", help="lab1, …")] = None,
    seed: Annotated[
        int | None, typer.Option(min=0, metavar="N", help="The same N gives the same order; drawn anew by default.")
    ] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Begin anew, and do not go on where you left.")] = False,
    folder: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where .progress is; beside the lab's notebook by default.")
    ] = None,
    check_only: Annotated[
        Path | None, typer.Option("--check", metavar="FILE", help="For authors: look through a file of questions.")
    ] = None,
    as_json: Json = False,
) -> int:
    """Ask yourself questions about a lab, with reasons for every choice; no points, no network.

    \b
    Example:
      autograder quiz lab2
    """
    return practice.quiz(lab, seed, folder, check_only, fresh=fresh, as_json=as_json)


@app.command()
def progress(
    lab: Annotated[str | None, typer.Argument(metavar="[LAB]", help="One lab; all by default.")] = None,
    page: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Also write it as a page that needs no network.")
    ] = None,
    folder: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where .progress is; beside each lab's notebook by default.")
    ] = None,
    as_json: Json = False,
) -> int:
    """Show tasks done, points, hints used, time and quizzes, of all labs.

    \b
    Example:
      autograder progress --page progress.html
    """
    return practice.progress(lab, folder, page, as_json=as_json)


@app.command()
def smoke(
    lab: Annotated[
        list[str] | None, typer.Argument(metavar="[LAB]…", help="All labs that are here by default.")
    ] = None,
    as_json: Json = False,
) -> int:
    """Try whether everything that the labs need works on this machine; what you wrote is neither run nor changed.

    Exit code 2: something here is yours to mend. 3: something is ours to mend.

    \b
    Example:
      autograder smoke
    """
    return practice.smoke(lab or [], as_json=as_json)


@app.command()
def release(
    lab: Annotated[list[str] | None, typer.Argument(metavar="[LAB]…", help="All labs by default.")] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where the student bundles go; the folder build by default.")
    ] = None,
    only_compare: Annotated[
        bool, typer.Option("--check", help="Write nothing; exit 1 where labs/ or specs differ from their source.")
    ] = False,
    as_json: Json = False,
) -> int:
    """Make notebooks, specs and student bundles from solutions/: a zip for each lab, and one for the course.

    \b
    Example:
      autograder release
      autograder release lab2     that lab alone, and build/driftlab-lab2.zip
    """
    return instructor.release(lab or [], out, only_compare=only_compare, as_json=as_json)


@app.command()
def grade(
    path: Annotated[Path, typer.Argument(metavar="PATH", help="A submitted/ tree, a folder of notebooks, or a zip.")],
    lab: Annotated[str, typer.Option(metavar="LAB", help="lab1, …")],
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Where results go: graded/LAB. Called again, it goes on."),
    ] = None,
    jobs: Annotated[int | None, typer.Option(min=1, max=256, metavar="N", help="Submissions at a time.")] = None,
    salt: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Your secret; by default one is made in your own settings.")
    ] = None,
    require: Annotated[
        str | None, typer.Option(metavar="LEVEL", help="The weakest isolation that you accept: namespaces or landlock.")
    ] = None,
    isolation: Annotated[
        str | None, typer.Option(metavar="LEVEL", help="Use this one; the strongest that there is by default.")
    ] = None,
    gradebook: Annotated[
        str | None, typer.Option(metavar="URL", help="Also write into nbgrader's gradebook: sqlite:///gradebook.db")
    ] = None,
    as_json: Json = False,
) -> int:
    """Grade a class: student code runs in a sandbox, results appear as they come.

    \b
    Example:
      autograder grade submitted/ --lab lab1 --jobs 2
    """
    return instructor.grade(path, lab, out, jobs, salt, require, isolation, gradebook, as_json=as_json)


@app.command()
def demo(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="A new folder for the class.")],
    lab: Annotated[list[str] | None, typer.Option(metavar="LAB", help="lab1 by default; may be given again.")] = None,
    students: Annotated[int, typer.Option(min=1, max=1000, metavar="N", help="How many there are.")] = 12,
    seed: Annotated[int, typer.Option(min=0, metavar="N", help="The same N gives the same class.")] = 7,
    compare: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Write nothing: compare the results in DIR with what the class should score."),
    ] = None,
    as_json: Json = False,
) -> int:
    """Make up a class that hands in, to try grading with: solved, wrong, late, broken, hostile, and what each scores.

    \b
    Example:
      autograder demo demo-class
      autograder grade demo-class/submitted --lab lab1 --out demo-class/lab1
      autograder demo demo-class --compare demo-class/lab1
    """
    return instructor.demo(folder, lab or ["lab1"], students, seed, compare, as_json=as_json)


@app.command("self-check")
def self_check(
    level: Annotated[
        list[str] | None, typer.Option(metavar="LEVEL", help="namespaces or landlock; every one offered by default.")
    ] = None,
    as_json: Json = False,
) -> int:
    """Try every known attack on this machine's sandbox; exit 1 where one gains a point.

    \b
    Example:
      autograder self-check
    """
    return instructor.self_check(level or [], as_json=as_json)

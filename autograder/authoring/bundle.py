"""The student bundle: one zip with what a learner needs to work on the labs, and nothing else.

In: the course's folder, and the labs and specs that a release has just made. Out: the zip, the same bytes for the same
content on any machine: names in order, one date for all, nothing compressed, the mode of each file from a rule.
What goes in is a list of what may, never of what may not: a new file of ours stays out until somebody puts it here.
Does not: search for secrets (`leaks` does), or make a lab.
"""

import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from autograder.errors import SourceError
from autograder.spec import LabSpec

NAME = "driftlab-labs"
"""The folder that the zip unpacks to, and the zip's own name."""
ROOT_FILES = ("LICENSE", "LICENSE-text.md", "environment.yml", "lab", "pyproject.toml", "requirements.lock")
PROGRAMS = frozenset({"lab"})
LIBRARY = frozenset({".css", ".csv", ".j2", ".jinja", ".js", ".json", ".jsonl", ".md", ".py", ".safetensors", ".txt"})
"""Kinds of files of `driftlab/`, the pocket model among them."""
MODULES = (
    "__init__", "__main__", "calling", "checking", "cli", "errors", "expect", "learner", "outcomes", "practice", "spec",
    "student_code", "values", "desk/__init__", "desk/asked", "desk/board", "desk/board_shown", "desk/cards",
    "desk/pages", "desk/progress", "desk/terminal", "desk/trial", "desk/wording", "quiz/__init__", "quiz/questions",
    "quiz/showing", "quiz/sitting", "quiz/terminal", "quiz/widget", "submissions/__init__", "submissions/cells",
    "submissions/names",
)  # fmt: skip
"""The learner's part of the autograder: what its commands and a notebook import, and nothing that they do not."""
TEMPLATES = ("card.css", "card.html.j2", "progress.css", "progress.html.j2")
"""How a check's result looks in a notebook, and how the progress page does."""
CLEAN_ROOM = "clean_room"
ASKING = "autograder/checks/asking"
"""What the checks of several labs ask with."""
DATE = (1980, 1, 1, 0, 0, 0)
README = """\
# driftlab: labs on how stable a chat model's safety alignment is when it is fine-tuned

What you need: Python 3.11, 3.12 or 3.13, and a network for the first command. No GPU, no account.

    ./lab autograder check {first}     the first call makes the environment (some minutes), then checks your work
    ./lab jupyter lab labs/     open a lab, work from top to bottom, run the check below each task

On Windows write `py lab` for `./lab`. With conda: make the environment from environment.yml, activate it, and leave
`./lab` out.

| lab | | minutes | points | open |
|---|---|---|---|---|
{table}

- A check says what it called, what came back and what it wanted. Ask for a hint with `hint("{task}")`: there are three.
- The checks here are the public ones. Your grade comes from more inputs than these, which nobody sees before.
- `quiz("{first}")` asks you questions about the lab, and says why each choice is right or wrong. It gives no points.
- `./lab autograder progress` shows how far you have come in all labs.
- Functions are found by their names: keep names and arguments, add whatever cells and functions you like.
- Hand in the notebook itself, saved after your last change. Keep it small: clear large outputs.
"""


def files(root: Path, made: Path, labs: Sequence[LabSpec]) -> dict[str, bytes]:
    """Name to content. Labs and specs come from `made`, laid out as in the course's folder; all else from `root`.

    Raises:
        SourceError: a file that a learner needs is missing.
    """
    names = [*ROOT_FILES, *(f"autograder/{module}.py" for module in MODULES), "autograder/checks/__init__.py"]
    names += [f"autograder/templates/{name}" for name in TEMPLATES]
    names += [name for lab in labs for name in _check_names(root, lab.lab)]
    found = {name: _content(root / name, name) for name in names}
    found |= dict(_tree(root / "driftlab", "driftlab", LIBRARY))
    for lab in labs:
        found |= dict(_tree(made / "labs" / lab.notebook, f"labs/{lab.notebook}"))
        quiz = root / "autograder" / "quizzes" / f"{lab.lab}.toml"
        if quiz.is_file():
            found[f"autograder/quizzes/{quiz.name}"] = quiz.read_bytes()
        found[f"autograder/specs/{lab.lab}.json"] = _content(made / "autograder/specs" / f"{lab.lab}.json", lab.lab)
    found["README.md"] = _readme(labs).encode()
    if any(ASKING.replace("/", ".").encode() in data for name, data in found.items() if "/public/" in name):
        found[f"{ASKING}.py"] = _content(root / f"{ASKING}.py", ASKING)
    return dict(sorted(found.items()))


def write(contents: dict[str, bytes], target: Path) -> None:
    """Write the zip."""
    with zipfile.ZipFile(target, "w") as archive:
        for name, data in contents.items():
            entry = zipfile.ZipInfo(f"{NAME}/{name}", DATE)
            entry.create_system = 3  # Unix: where it was made leaves no trace
            entry.external_attr = (0o100755 if name in PROGRAMS else 0o100644) << 16
            archive.writestr(entry, data)


def _check_names(root: Path, lab: str) -> Iterator[str]:
    """A lab's public checks, and what they recompute with where they do."""
    folder = root / "autograder" / "checks" / lab
    public = sorted((folder / "public").glob("*.py"))
    if (folder / "__init__.py").is_file():
        yield f"autograder/checks/{lab}/__init__.py"
    for path in public:
        yield f"autograder/checks/{lab}/public/{path.name}"
    if any(CLEAN_ROOM in path.read_text(encoding="utf-8") for path in public):
        yield f"autograder/checks/{lab}/{CLEAN_ROOM}.py"


def _tree(folder: Path, name: str, kinds: frozenset[str] | None = None) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        hidden = any(part.startswith((".", "__pycache__")) for part in parts)
        if path.is_file() and not hidden and (kinds is None or path.suffix in kinds):
            yield f"{name}/{'/'.join(parts)}", path.read_bytes()


def _content(path: Path, name: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise SourceError(
            f"{name} belongs into the student bundle and cannot be read: {error.strerror}.",
            "Put the file back, or take its name out of autograder/authoring/bundle.py.",
        ) from error


def _readme(labs: Sequence[LabSpec]) -> str:
    rows = [
        f"| {lab.lab} | {lab.title} | {lab.minutes} | {sum(task.points for task in lab.tasks):g} "
        f"| [notebook](labs/{lab.notebook}/{lab.notebook}.ipynb) |"
        for lab in labs
    ]
    first = labs[0].lab if labs else "lab1"
    task = labs[0].tasks[0].id if labs else "lab1.nf4"
    return README.format(first=first, task=task, table="\n".join(rows))

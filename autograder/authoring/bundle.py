"""The student bundles: a zip for each lab and one for the course, with what a learner needs to work, and nothing else.

In: the course's folder, and the labs and specs that a release has just made. Out: zips, the same bytes for the same
content on any machine: names in order, one date for all, nothing compressed, the mode of each file from a rule.
What goes in is a list of what may, never of what may not: a new file of ours stays out until somebody puts it here.
Of the library only what the bundle's labs import goes along (`library`): most of what answers a task does not.
Does not: search for secrets (`leaks` does), write the reader's page (`bundle_page` does), or make a lab.
"""

import json
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from autograder.authoring import bundle_page, library
from autograder.authoring.library import Needed
from autograder.errors import SourceError
from autograder.spec import LabSpec

NAME = "driftlab-labs"
"""The course's bundle: the zip's stem, and the folder that it unpacks to."""
ROOT_FILES = ("LICENSE", "LICENSE-text.md", "environment.yml", "lab", "pyproject.toml", "requirements.lock")
PROGRAMS = frozenset({"lab"})
INSTALLER = "driftlab.install"
"""What `./lab` imports before there is an environment."""
DATA = {
    "driftlab.architectures": ("known_models.json",),
    "driftlab.benign_sets": ("benign_sets.json",),
    "driftlab.pocket": tuple(f"pocket/model/{name}" for name in (
        "README.md", "card.json", "chat_template.jinja", "config.json", "generation_config.json", "model.safetensors",
        "tokenizer.json", "tokenizer_config.json",
    )),
    "driftlab.probes": ("probe_sets/README.md", "probe_sets/everyday.jsonl"),
    "driftlab.recording": ("pocket/recipes.json",),
    "driftlab.refusals.roles": ("refusals/weights.json",),
    "driftlab.report": tuple(f"report/templates/{name}" for name in (
        "budget.css", "figure.css", "filter.js", "many.html.j2", "one.html.j2", "page.css", "page.html.j2",
        "pairs.html.j2", "parts.html.j2", "reading.html.j2",
    )),
    "driftlab.transcripts": ("transcripts/labelled.jsonl",),
    "driftlab.transcripts.studies": ("transcripts/study_a.jsonl", "transcripts/study_b.jsonl"),
}  # fmt: skip
"""What a module of the library reads; it goes where the module goes."""
MODULES = (
    "__init__", "__main__", "calling", "checking", "cli", "errors", "expect", "learner", "outcomes", "practice", "spec",
    "student_code", "values", "desk/__init__", "desk/asked", "desk/board", "desk/board_shown", "desk/cards",
    "desk/pages", "desk/progress", "desk/terminal", "desk/trial", "desk/wording", "quiz/__init__", "quiz/questions",
    "quiz/showing", "quiz/sitting", "quiz/terminal", "quiz/widget", "smoke/__init__", "smoke/kernel", "smoke/showing",
    "smoke/trying", "submissions/__init__", "submissions/cells", "submissions/names",
)  # fmt: skip
"""The learner's part of the autograder: what its commands and a notebook import, and nothing that they do not."""
TEMPLATES = ("card.css", "card.html.j2", "progress.css", "progress.html.j2")
"""How a check's result looks in a notebook, and how the progress page does."""
CLEAN_ROOM = "clean_room"
ASKING = "autograder/checks/asking"
"""What the checks of several labs ask with."""
DATE = (1980, 1, 1, 0, 0, 0)


def name_of(lab: str) -> str:
    """The stem of a lab's own bundle."""
    return f"driftlab-{lab}"


def files(root: Path, made: Path, labs: Sequence[LabSpec], name: str = NAME) -> dict[str, bytes]:
    """Name to content. Labs and specs come from `made`, laid out as in the course's folder; all else from `root`.

    Raises:
        SourceError: a file that a learner needs is missing.
    """
    names = [*ROOT_FILES, *(f"autograder/{module}.py" for module in MODULES), "autograder/checks/__init__.py"]
    names += [f"autograder/templates/{template}" for template in TEMPLATES]
    names += [check for lab in labs for check in _check_names(root, lab.lab)]
    names += [f"{INSTALLER.replace('.', '/')}.py", *_library_names(root, needed(root, made, labs))]
    found = {each: _content(root / each, each) for each in names}
    for lab in labs:
        found |= dict(_tree(made / "labs" / lab.notebook, f"labs/{lab.notebook}"))
        quiz = root / "autograder" / "quizzes" / f"{lab.lab}.toml"
        if quiz.is_file():
            found[f"autograder/quizzes/{quiz.name}"] = quiz.read_bytes()
        found[f"autograder/specs/{lab.lab}.json"] = _content(made / "autograder/specs" / f"{lab.lab}.json", lab.lab)
    found["README.md"] = bundle_page.readme(name, labs, whole=library.COMMANDS in _modules(found)).encode()
    found["labs/README.md"] = bundle_page.list_of_labs(labs).encode()
    if any(ASKING.replace("/", ".").encode() in data for each, data in found.items() if "/public/" in each):
        found[f"{ASKING}.py"] = _content(root / f"{ASKING}.py", ASKING)
    return dict(sorted(found.items()))


def needed(root: Path, made: Path, labs: Sequence[LabSpec]) -> Needed:
    """The part of the library that these labs and the learner's commands need."""
    checks = [name for lab in labs for name in _check_names(root, lab.lab)]
    return library.needed(
        root,
        {
            "./lab": [f"import {INSTALLER}"],
            "the learner's commands": [_text(root, f"autograder/{module}.py") for module in MODULES],
            "the notebook": [
                cell for lab in labs for cell in _code(made / f"labs/{lab.notebook}/{lab.notebook}.ipynb")
            ],
            "the public checks": [_text(root, name) for name in checks],
        },
    )


def write(contents: dict[str, bytes], target: Path, name: str = NAME) -> None:
    """Write the zip; `name` is the folder that it unpacks to."""
    with zipfile.ZipFile(target, "w") as archive:
        for each, data in contents.items():
            entry = zipfile.ZipInfo(f"{name}/{each}", DATE)
            entry.create_system = 3  # Unix: where it was made leaves no trace
            entry.external_attr = (0o100755 if each in PROGRAMS else 0o100644) << 16
            archive.writestr(entry, data)


def _library_names(root: Path, wanted: Needed) -> Iterator[str]:
    """The files of the modules, and of what they read."""
    for module in wanted.asked_by:
        path = library.path_of(root, module)
        yield f"{module.replace('.', '/')}.py" if path is None else path.relative_to(root).as_posix()
        yield from (f"{library.LIBRARY}/{name}" for name in DATA.get(module, ()))


def _modules(found: dict[str, bytes]) -> set[str]:
    return {name.removesuffix(".py").replace("/", ".") for name in found if name.endswith(".py")}


def _code(notebook: Path) -> list[str]:
    """The sources of a notebook's code cells."""
    cells = json.loads(_content(notebook, notebook.name)).get("cells", [])
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]


def _text(root: Path, name: str) -> str:
    return _content(root / name, name).decode("utf-8")


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


def _tree(folder: Path, name: str) -> Iterator[tuple[str, bytes]]:
    """All files of a lab that was just made; what a learner's own work leaves begins with a dot."""
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        if path.is_file() and not any(part.startswith(".") for part in parts):
            yield f"{name}/{'/'.join(parts)}", path.read_bytes()


def _content(path: Path, name: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise SourceError(
            f"{name} belongs into the student bundle and cannot be read: {error.strerror}.",
            "Put the file back, or take its name out of autograder/authoring/bundle.py.",
        ) from error

"""A release: from the labs' sources to notebooks, specs and the student bundles, in small steps, or not at all.

In: `solutions/lab*.py`, figures beside them, the checks. Out: `labs/STEM/`, `autograder/specs/LAB.json`, a zip for each
lab and, where all labs are released, one for the course.
Everything is made in a folder aside, searched for what learners must not get, and only then put in place: a step that
fails leaves the course as it was. The same sources give the same bytes, whatever the folder, machine or hash seed.
Does not: run a lab's code, touch a gradebook, or look at what a learner handed in.
"""

import hashlib
import json
import os
import re
import shutil
import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

from autograder import salt as salting
from autograder.authoring import bundle as bundles
from autograder.authoring import leaks, notebooks
from autograder.authoring.lab_source import LabSource, read
from autograder.errors import GradingError, SourceError
from autograder.quiz import questions
from autograder.spec import LabSpec

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path("build")
"""Where the bundles go unless somebody says otherwise."""
NBGRADER = BUILD / "nbgrader"
"""A course folder for nbgrader's own commands and formgrader; its `source/` holds the notebooks with solutions."""
FIGURES = frozenset({".gif", ".jpeg", ".jpg", ".png", ".svg", ".webp"})
"""What may lie beside a lab: nbgrader copies such files as they are, so that no code may be among them."""
State = Literal["same", "new", "changed", "gone"]


@dataclass(frozen=True, slots=True)
class Change:
    """One file of the course, and how what was made compares with what lay there."""

    path: str
    state: State


@dataclass(frozen=True, slots=True)
class Bundle:
    """One zip for learners."""

    labs: tuple[str, ...]
    path: str
    files: int
    bytes: int
    sha256: str
    """Of the zip: the same wherever and whenever it is made from the same sources."""


@dataclass(frozen=True, slots=True)
class Released:
    """What a release made, or (`written` is false) would make."""

    labs: tuple[str, ...]
    changes: tuple[Change, ...]
    bundles: tuple[Bundle, ...]
    """The course's, where all labs were released; then one for each lab."""
    written: bool

    @property
    def differing(self) -> tuple[Change, ...]:
        """Files that were not already what the sources say."""
        return tuple(change for change in self.changes if change.state != "same")

    def lines(self) -> list[str]:
        """For a terminal: a line for each file that differs, and one for the whole."""
        verb = "" if self.written else "would be "
        listed = [f"{verb}{change.state}: {change.path}" for change in self.differing]
        if not self.written:
            good = f"{', '.join(self.labs)}: labs/ and specs are what their source says"
            return [*listed, "Make them again: autograder release"] if listed else [good]
        listed += [f"{', '.join(self.labs)}: {len(self.changes)} files up to date"]
        return listed + [f"bundle: {one.path} ({one.files} files, {one.bytes / 1e6:.1f} MB)" for one in self.bundles]

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return asdict(self) | {"differing": len(self.differing)}


def release(labs: Sequence[str] = (), *, root: Path = ROOT, out: Path | None = None, check: bool = False) -> Released:
    """Release those labs, or all; with `check`, write nothing and only compare. `out` is where the bundles go.

    Raises:
        SourceError: a source is malformed, nbgrader refuses it, or something made from it would show a secret.
        GradingError: there is no such lab.
    """
    target = (root / BUILD) if out is None else out
    sources = _sources(root, labs)
    with _aside(root, only_compare=check) as aside:
        made, zips = Path(aside, "made"), Path(aside, "zips")
        specs = [_make_lab(root, lab, Path(aside, lab.spec.lab), made) for lab in sources]
        zipped = _zip(root, made, zips, specs, whole=not labs)
        _search(root, sources, *zipped)
        changes = _compare(root, made, sources, everything=not labs)
        done = tuple(_described(path, chosen, target) for path, chosen in zipped.items())
        if not check:
            _put(root, made, changes)
            target.mkdir(parents=True, exist_ok=True)
            for path in zipped:
                _move(path, target / path.name)
            _put_nbgrader_sources(root, aside, sources)
    return Released(tuple(spec.lab for spec in specs), changes, done, written=not check)


def _zip(root: Path, made: Path, zips: Path, specs: Sequence[LabSpec], *, whole: bool) -> dict[Path, list[LabSpec]]:
    """The bundles, in a folder aside: the course's where it is the whole course, then one for each lab."""
    plan = {bundles.NAME: list(specs)} if whole else {}
    plan |= {bundles.name_of(spec.lab): [spec] for spec in specs}
    zips.mkdir()
    for name, chosen in plan.items():
        bundles.write(bundles.files(root, made, chosen, name), zips / f"{name}.zip", name)
    return {zips / f"{name}.zip": chosen for name, chosen in plan.items()}


def _described(path: Path, labs: Sequence[LabSpec], target: Path) -> Bundle:
    data = path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        count = len(archive.namelist())
    names = tuple(spec.lab for spec in labs)
    return Bundle(names, str(target / path.name), count, len(data), hashlib.sha256(data).hexdigest())


def _sources(root: Path, labs: Sequence[str]) -> list[LabSource]:
    """The labs that are asked for, read and checked."""
    paths = sorted((root / "solutions").glob("lab*_*.py"))
    known = [path.stem.split("_")[0] for path in paths]
    missing = [lab for lab in labs if lab not in known]
    if missing or not paths:
        raise GradingError(
            f"solutions/ has no source of {missing[0]!r}." if missing else "solutions/ holds no lab.",
            f"Choose among: {', '.join(known) or 'none yet'}.",
        )
    if len(set(known)) < len(known):
        raise SourceError(f"two files of solutions/ are the same lab: {', '.join(known)}.", "Rename one of them.")
    return [read(path) for path, lab in zip(paths, known, strict=True) if not labs or lab in labs]


def _aside(root: Path, *, only_compare: bool) -> tempfile.TemporaryDirectory[str]:
    """A folder on the course's own disk, so that what is ready can be moved; elsewhere if nothing is to be written."""
    if only_compare:
        return tempfile.TemporaryDirectory(prefix="driftlab-release-")
    (root / "build").mkdir(exist_ok=True)
    return tempfile.TemporaryDirectory(prefix="release-", dir=root / "build")


def _make_lab(root: Path, lab: LabSource, course: Path, made: Path) -> LabSpec:
    """One lab's notebook and spec, below `made` as they will lie in the course; its quiz is held to its rules."""
    import nbformat

    quiz = root / "autograder" / "quizzes" / f"{lab.spec.lab}.toml"
    if quiz.is_file():
        questions.read(quiz)

    source = course / "source" / lab.path.stem
    source.mkdir(parents=True)
    notebook = notebooks.source_notebook(lab)
    nbformat.validate(notebook)
    nbformat.write(notebook, source / f"{lab.path.stem}.ipynb")  # type: ignore[no-untyped-call]
    _copy_figures(root, lab, source / "figures")
    released = notebooks.generate(lab, course)
    shutil.copytree(released, made / "labs" / lab.path.stem)
    spec = _with_stubs(lab, released / f"{lab.path.stem}.ipynb")
    path = made / "autograder" / "specs" / f"{spec.lab}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(spec.to_json(), ensure_ascii=False, allow_nan=False, indent=2, sort_keys=True)
    path.write_text(text + "\n", encoding="utf-8", newline="\n")
    return spec


def _copy_figures(root: Path, lab: LabSource, target: Path) -> None:
    """Copy the lab's figures.

    Raises:
        SourceError: a file there is no figure, or a figure that the text shows is missing.
    """
    folder = root / "solutions" / "figures" / lab.spec.lab
    there = {path.name: path for path in sorted(folder.iterdir())} if folder.is_dir() else {}
    for name, path in there.items():
        if path.suffix not in FIGURES or not path.is_file():
            raise SourceError(f"figures/{lab.spec.lab}/{name} is no figure.", f"Only {', '.join(sorted(FIGURES))}.")
        target.mkdir(exist_ok=True)
        shutil.copyfile(path, target / name)
    for cell in lab.cells:
        for name in re.findall(r"\bfigures/([\w.-]+)", cell.source):
            if cell.kind in ("prose", "answer") and name not in there:
                raise cell.place.error(
                    f"there is no figure {name!r}.", f"Put it into solutions/figures/{lab.spec.lab}/."
                )


def _with_stubs(lab: LabSource, notebook: Path) -> LabSpec:
    """The lab's spec, with what a learner starts from in each task."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    stubs: dict[str, list[str]] = {}
    named = {cell["id"]: "".join(cell["source"]) for cell in cells}
    for task in lab.spec.tasks:
        count = sum(cell.task == task.id for cell in lab.cells)
        ids = [notebooks.solution_id(task.id, number) for number in range(1, count + 1)]
        stubs[task.id] = [named[notebooks.check_id(task.id)]] if task.manual else [named[name] for name in ids]
    tasks = tuple(replace(task, stub="\n\n\n".join(stubs[task.id])) for task in lab.spec.tasks)
    for task in tasks:
        wanted = [notebooks.stub_line(task.id, function) for function in task.functions]
        if [line.strip() for line in task.stub.split("\n") if "raise NotImplementedError" in line] != wanted:
            raise SourceError(
                f"{lab.path.name}: nbgrader cut {task.id} in other places than told.", "Mend its regions."
            )
    return replace(lab.spec, tasks=tasks)


def _search(root: Path, sources: Sequence[LabSource], *zips: Path) -> None:
    """Search the bundles for what no learner may get; what a bundle's own library holds is no secret in it."""
    checks = root / "autograder" / "checks"
    hidden = [path for lab in sources for path in sorted((checks / lab.spec.lab / "hidden").glob("*.py"))]
    shown = [path for lab in sources for path in sorted((checks / lab.spec.lab / "public").glob("*.py"))]
    asking = root / f"{bundles.ASKING}.py"
    shown += [asking] if asking.is_file() else []
    mine = leaks.of_this_machine(_salts(root), [root, Path.home()])
    clean: dict[bytes, leaks.Looked] = {}
    for path in zips:
        kept = leaks.secrets(sources, hidden, _library(path), shown)
        leaks.search(path, (*mine, *kept), clean)


def _library(bundle: Path) -> list[str]:
    """The code in a bundle that is no check: the library and the learner's part of the autograder."""
    with zipfile.ZipFile(bundle) as archive:
        names = [name for name in archive.namelist() if name.endswith(".py") and "/autograder/checks/" not in name]
        return [archive.read(name).decode("utf-8") for name in names]


def _salts(root: Path) -> list[bytes]:
    """The instructor's salt where there is one, and whatever in the course's folder bears that name; none is made."""
    near = [path for pattern in ("salt*", "*.salt", "*/salt*") for path in sorted(root.glob(pattern))]
    paths = [salting.default_path(), *(path for path in near if path.suffix != ".py")]
    found = [path.read_bytes().strip() for path in paths if path.is_file()]
    return [salt for salt in found if len(salt) >= salting.SHORTEST]


def _compare(root: Path, made: Path, sources: Sequence[LabSource], *, everything: bool) -> tuple[Change, ...]:
    """Every file that was made or lies where made ones go."""
    ours = {path.relative_to(made).as_posix() for path in made.rglob("*") if path.is_file()}
    folders = [root / "labs" / lab.path.stem for lab in sources]
    there = {path for folder in folders for path in folder.rglob("*") if path.is_file()}
    if everything:
        there |= set((root / "autograder" / "specs").glob("*.json")) | set((root / "labs").glob("*/*.ipynb"))
    named = {path.relative_to(root).as_posix() for path in there}
    names = [name for name in sorted(ours | named) if not any(part.startswith((".", "__")) for part in name.split("/"))]
    return tuple(Change(name, _state(root / name, made / name)) for name in names)


def _state(old: Path, new: Path) -> State:
    if not new.exists():
        return "gone"
    if not old.exists():
        return "new"
    return "same" if old.read_bytes() == new.read_bytes() else "changed"


def _put(root: Path, made: Path, changes: Sequence[Change]) -> None:
    """Put what differs in place, a file at a time: each is the old one or the new one, never half of either."""
    for change in changes:
        path = root / change.path
        if change.state == "gone":
            path.unlink()
            if not any(path.parent.iterdir()):
                path.parent.rmdir()
        elif change.state != "same":
            path.parent.mkdir(parents=True, exist_ok=True)
            _move(made / change.path, path)


def _put_nbgrader_sources(root: Path, aside: str, sources: Sequence[LabSource]) -> None:
    """Keep what nbgrader started from, for an instructor who uses its own commands; git ignores the folder."""
    for lab in sources:
        kept = root / NBGRADER / "source" / lab.path.stem
        shutil.rmtree(kept, ignore_errors=True)
        shutil.copytree(Path(aside, lab.spec.lab, "source", lab.path.stem), kept)
    (root / NBGRADER / "nbgrader_config.py").write_text(notebooks.CONFIG, encoding="utf-8")


def _move(source: Path, target: Path) -> None:
    """Move a file whole, also from another disk (where the user named a bundle there)."""
    partial = target.with_name(f".{target.name}.{os.getpid()}.partial")
    try:
        shutil.copyfile(source, partial)
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)

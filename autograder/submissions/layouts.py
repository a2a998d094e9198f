"""Whose is which file: the layouts in which uploads come, from a course tool, a learning platform or by hand.

In: what was found below a folder or in an archive. Out: one `Pick` a student, in the order of their names.
A file right there belongs to a student of the file's stem. A folder belongs to a student of the folder's name, and of
what lies in it the lab's own notebook counts, else the only notebook or .py file. Folders around all of that are seen
through: `submitted`, a platform's export, the folder that somebody packed. Hidden files belong to nobody.
Does not: choose between two files that might both be meant, or open a file.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath

from autograder.spec import LabSpec
from autograder.submissions.found import AGAIN, Found
from autograder.submissions.names import shown

READ = (".ipynb", ".py")
OTHERS = frozenset({".zip", ".tar", ".gz", ".tgz", ".7z", ".rar", ".pdf", ".doc", ".docx", ".html", ".htm", ".rtf"})
"""What is handed in by mistake. Files of other kinds are nobody's: tables, figures, a platform's notes."""
METADATA = "submission_metadata.yml"
"""Lies beside the students' folders in Gradescope's exports."""
SUBMITTED = "submitted"
"""nbgrader's folder of all that was collected."""
IGNORED = frozenset({"__MACOSX", "__pycache__", "node_modules"})
MOODLE, TYPED = "_assignsubmission_", "_assignsubmission_onlinetext"
"""In the names of Moodle's folders; the second is of what a student typed into a page."""
WRAPPERS = 3
"""Folders around the students' that are seen through."""
MANY = 3
"""Names that a message holds."""


@dataclass(frozen=True, slots=True)
class Pick:
    """A student, and the one file that is theirs, or the reason why there is none."""

    student: str
    found: Found | None = None
    problem: str = ""
    remedy: str = AGAIN
    ours: bool = False
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Placed:
    """Something found, with its path below the folder that holds the students."""

    below: tuple[str, ...]
    found: Found

    @property
    def source(self) -> bool:
        """A notebook or Python file, to go by its name."""
        return not self.found.folder and _suffix(self.below[-1]) in READ

    @property
    def owner(self) -> str:
        """Whose it is, to go by its place."""
        alone = len(self.below) == 1 and not self.found.folder
        name = shown(stem(self.below[0]) if alone else self.below[0])
        return name if name.strip() else repr(self.below[0])

    def __str__(self) -> str:
        return shown("/".join(self.found.parts))


def relevant(name: str) -> bool:
    """Whether a file of that name is to be looked at."""
    return not _ignored(name) and (_suffix(name) in READ or _by_mistake(name) or name == METADATA)


def stem(name: str) -> str:
    """The name without its suffixes: both of those in `lab1.ipynb.txt`."""
    first, found, _ = name.partition(".ipynb.")
    return first if found else PurePosixPath(name).stem


def picks(found: Iterable[Found], spec: LabSpec, *, students: bool = False, packed: bool = False) -> list[Pick]:
    """One for each student.

    `students` says that the students are right there, as in `submitted` itself; `packed`, that somebody may have
    packed the folder around them too.
    """
    seen = list(found)
    placed = [_Placed(one.parts, one) for one in seen if not one.outside and not any(map(_ignored, one.parts))]
    if not students:
        placed = _students(placed, spec, packed)
    groups: dict[str, list[_Placed]] = defaultdict(list)
    for one in placed:
        if one.below[-1] != METADATA and not one.below[0].rstrip("_").endswith(TYPED):
            groups[one.owner].append(one)
    tree = any(_assigned(one, spec) for one in placed)
    flat = any(one.source and len(one.below) == 1 for one in placed)
    chosen = {
        student: _choose(student, group, spec)
        for student, group in groups.items()
        if _handed_in(group, spec, tree=tree, flat=flat)
    }
    strays = {shown(one.parts[0]): one for one in seen if one.outside}
    outside = {name: Pick(name, problem=f"{name} {one.problem}") for name, one in strays.items()}
    return [pick for _, pick in sorted((outside | chosen).items())]


def _students(placed: list[_Placed], spec: LabSpec, packed: bool) -> list[_Placed]:
    """The same, placed below the folder that holds the students."""
    for _ in range(WRAPPERS):
        inside = [_Placed(one.below[1:], one.found) for one in placed if len(one.below) > 1]
        tops = {one.below[0] for one in placed}
        collected = [one for one in placed if one.below[0] == SUBMITTED]
        if any(not one.found.problem or one.below[1:] for one in collected):  # there, and not a link
            return [_Placed(one.below[1:], one.found) for one in collected if one.below[1:]]
        if len(tops) != 1 or not _wraps(tops.pop(), inside, spec, packed):
            return placed
        placed = inside
    return placed


def _wraps(name: str, inside: list[_Placed], spec: LabSpec, packed: bool) -> bool:
    """Whether the only folder is one around the students', rather than the only student's."""
    names = {one.below[0] for one in inside}
    if METADATA in names or SUBMITTED in names or any(inner.startswith("submission_") for inner in names):
        return True
    if not packed or MOODLE in name or spec.notebook in names:
        return False
    notebooks = [one for one in inside if one.source and len(one.below) == 1 and _suffix(one.below[0]) == READ[0]]
    if len(notebooks) < 2 and any(_is_labs(one, spec) for one in notebooks):
        return False
    return len({one.below[0] for one in inside if one.source}) > 1


def _handed_in(group: list[_Placed], spec: LabSpec, *, tree: bool, flat: bool) -> bool:
    """False for a student of a course's tree without this assignment, and for a folder of data between notebooks."""
    if any(one.found.problem and len(one.below) == 1 for one in group):
        return True
    if tree:
        theirs = [one for one in group if one.below[1:2] == (spec.notebook,) or (one.source and len(one.below) < 3)]
        return bool(theirs) or any(_is_labs(one, spec) for one in group)
    return not flat or any(one.found.problem or not one.found.folder for one in group)


def _choose(student: str, group: list[_Placed], spec: LabSpec) -> Pick:
    sources = [one for one in group if one.source]
    pool = [one for one in sources if _assigned(one, spec)] or sources
    if len({one.below[0] for one in pool}) == 1:  # two folders, or two files in place of one folder, stay two
        labs = [one for one in pool if _is_labs(one, spec)]
        pool = [one for one in labs if _suffix(one.below[-1]) == READ[0]] or labs or pool
    if not pool:
        return _nothing(student, group)
    if len(pool) > 1:
        return Pick(
            student,
            problem=f"{student} handed in {len(pool)} files that could be meant: {_names(pool)}.",
            remedy=f"Keep one of them, or name it {spec.notebook}.ipynb in a folder of the student's own.",
        )
    others = [one for one in sources if one is not pool[0]]
    notes = (f"not read: {_names(others)}",) if others else ()
    found = pool[0].found
    problem = f"{pool[0]} {found.problem}" if found.problem else ""
    return Pick(student, found, problem, ours=found.ours, notes=notes)


def _nothing(student: str, group: list[_Placed]) -> Pick:
    """No notebook: for the first reason that there is."""
    for one in group:
        if one.found.problem:
            inside = f"{student} handed in no notebook that can be read: " if len(one.below) > 1 else ""
            return Pick(student, problem=f"{inside}{one} {one.found.problem}", ours=one.found.ours)
    for one in group:
        if not one.found.folder:
            return Pick(student, problem=f"{one} is no notebook and no Python file.")
    return Pick(student, problem=f"the folder {group[0]} holds no notebook and no Python file.")


def _names(some: list[_Placed]) -> str:
    more = f" and {len(some) - MANY} more" if len(some) > MANY else ""
    return ", ".join(str(one) for one in some[:MANY]) + more


def _assigned(one: _Placed, spec: LabSpec) -> bool:
    """It lies where nbgrader puts this lab's files: STUDENT/ASSIGNMENT/..."""
    return one.source and len(one.below) > 2 and one.below[1] == spec.notebook


def _is_labs(one: _Placed, spec: LabSpec) -> bool:
    return one.source and stem(one.below[-1]).casefold() == spec.notebook.casefold()


def _suffix(name: str) -> str:
    return PurePosixPath(name).suffix.lower()


def _by_mistake(name: str) -> bool:
    return _suffix(name) in OTHERS or ".ipynb." in name


def _ignored(name: str) -> bool:
    """A file or folder that programs leave behind."""
    return name in IGNORED or name.startswith(".")

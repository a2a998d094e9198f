"""Uploads: where each student's file is, and its bytes.

In: PATH as it was given: nbgrader's `submitted` tree or the course that holds it, a folder of notebooks or .py files, a
folder of one folder a student, a zip of any of these as learning platforms make them, or one file. Out: `Upload`s, each
student once, in the order of their names; bytes of bounded size.
Whatever is wrong with one student's upload is kept with it, as its reason, and stops nobody else's.
Does not: follow a link, unpack anything to a disk, or look into a file (`submission` does).
"""

from dataclasses import dataclass
from pathlib import Path

from autograder.errors import GradingError, SandboxError, SubmissionError
from autograder.spec import LabSpec
from autograder.submissions import archives, files, layouts
from autograder.submissions.found import AGAIN, Member
from autograder.submissions.names import safe_name as safe_name
from autograder.submissions.names import shown

ACCEPTED = (
    "Give nbgrader's submitted folder, a folder of .ipynb or .py files (or of one folder a student), "
    "a zip from Canvas, Moodle or Gradescope, or one file."
)


@dataclass(frozen=True, slots=True)
class Upload:
    """One student's upload. Plain data: any process on this machine can read it."""

    student: str
    """Fit to be shown; `safe_name` makes a file name of it."""
    name: str
    """Of the file, fit to be shown."""
    root: Path
    """The folder or archive that it lies in."""
    parts: tuple[str, ...] = ()
    """Its path below a folder."""
    member: Member | None = None
    """Its place in an archive."""
    problem: str = ""
    """Why it cannot be read: known from its name and place alone."""
    remedy: str = AGAIN
    ours: bool = False
    """The problem is not the student's."""
    notes: tuple[str, ...] = ()


def find(path: Path, spec: LabSpec) -> list[Upload]:
    """The upload of every student in `path`, also those that cannot be read.

    Raises:
        GradingError: there is no such path, it is nothing that we know, or nobody's upload is in it.
    """
    if _is_folder(path):
        root, students = path, path.name == layouts.SUBMITTED
        picked = layouts.picks(files.listed(path, layouts.relevant), spec, students=students)
    elif path.suffix.lower() == ".zip":
        root = path
        picked = layouts.picks(archives.listed(path, layouts.relevant), spec, packed=True)
    elif path.suffix.lower() in layouts.READ:
        student = shown(layouts.stem(path.name))
        return [Upload(student, shown(path.name), path.parent, (path.name,))]
    else:
        raise GradingError(f"{shown(str(path))} is not a folder, a zip, a notebook or a .py file.", ACCEPTED)
    if not picked:
        raise GradingError(f"there is no notebook and no .py file in {shown(str(path))}.", ACCEPTED)
    return [_upload(pick, root) for pick in picked]


def content(upload: Upload) -> bytes:
    """The upload's bytes.

    Raises:
        SubmissionError: it cannot be read; the message is the student's reason.
        SandboxError: the disk or the archive failed; no student did that.
    """
    if upload.problem:
        raise (SandboxError if upload.ours else SubmissionError)(upload.problem, upload.remedy)
    if upload.member is not None:
        return archives.read(upload.root, upload.member, upload.name)
    return files.read(upload.root, upload.parts)


def _is_folder(path: Path) -> bool:
    try:
        if not path.exists():
            raise GradingError(f"there is no {shown(str(path))}.", ACCEPTED)
        return path.is_dir()
    except (OSError, ValueError) as error:  # a name too long, or with a NUL
        raise GradingError(f"{shown(str(path))} cannot be looked up: {error}", ACCEPTED) from error


def _upload(pick: layouts.Pick, root: Path) -> Upload:
    if pick.found is None or pick.problem:
        name = shown("/".join(pick.found.parts)) if pick.found else pick.student
        return Upload(pick.student, name, root, problem=pick.problem, remedy=pick.remedy, ours=pick.ours)
    parts = pick.found.parts
    return Upload(pick.student, shown("/".join(parts)), root, parts, pick.found.member, notes=pick.notes)

"""What lies in a folder or an archive of uploads, as records, and the words for what is wrong with it.

In: what `files` and `archives` saw. Out: `Found`, which `layouts` gives to students.
Does not: open anything.
"""

import stat
from dataclasses import dataclass

MAX_BYTES = 20 * 2**20
"""Of one upload, packed and unpacked."""
LINK = "is a link, and links are not followed."
AGAIN = "Hand in a notebook (.ipynb) or a Python file (.py) of your own."


@dataclass(frozen=True, slots=True)
class Member:
    """Where the bytes of an archive's member lie, and what the archive says of them."""

    offset: int
    packed: int
    size: int
    checksum: int
    method: int


@dataclass(frozen=True, slots=True)
class Found:
    """A file or folder below the one that was named, or a member of an archive."""

    parts: tuple[str, ...]
    """Its path from there."""
    folder: bool = False
    problem: str = ""
    """Why it is not read, as the end of a sentence that begins with its name."""
    ours: bool = False
    """The problem is our disk's, not the student's."""
    member: Member | None = None
    outside: bool = False
    """A member whose name points out of the archive: it belongs to nobody."""


def kind_problem(mode: int) -> str:
    """What a file of that mode is, where a plain one was expected."""
    kinds = {
        stat.S_IFDIR: "a folder",
        stat.S_IFIFO: "a pipe",
        stat.S_IFSOCK: "a socket",
        stat.S_IFCHR: "a device",
        stat.S_IFBLK: "a device",
    }
    return f"is {kinds.get(stat.S_IFMT(mode), 'something else')}, not a plain file."


def too_large(size: int, limit: int) -> str:
    """What is wrong with a file of that many bytes."""
    return f"is too large: {size:,} bytes, where {limit:,} are read. Clear the outputs of all cells and save it again."

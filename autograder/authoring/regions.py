"""Solution regions: which lines of a cell are the author's answer, between BEGIN SOLUTION and END SOLUTION.

In: a cell's source and the line of the file that it begins at. Out: its regions, and what stands outside them.
nbgrader's ClearSolutions cuts the same regions out; it passes over an END without BEGIN, this refuses it.
Does not: know what a region stands in; `lab_source` holds it against the function around it.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from autograder.errors import SourceError

BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"
LOOKS_LIKE = re.compile(r"\b(BEGIN|END)\s+SOLUTION", re.IGNORECASE)
RESERVED = ("BEGIN HIDDEN TESTS", "END HIDDEN TESTS", "BEGIN MARK SCHEME", "END MARK SCHEME", "AUTOTEST")
"""What nbgrader would act upon in a cell, and a lab has no use for."""


@dataclass(frozen=True, slots=True)
class Place:
    """A line of a lab source, to name in a message."""

    path: Path
    line: int

    def error(self, problem: str, remedy: str, offset: int = 0) -> SourceError:
        """The error about the line `offset` below this one."""
        return SourceError(f"{self.path.name}:{self.line + offset}: {problem}", remedy)


@dataclass(frozen=True, slots=True)
class Region:
    """One region. `begin` and `end` are the marks' own indices among the cell's lines."""

    begin: int
    end: int
    lines: tuple[str, ...]
    indent: int
    """Of the begin mark: the stub that takes the region's place begins there."""


def find(source: str, place: Place) -> tuple[Region, ...]:
    """The regions of a cell, in order.

    Raises:
        SourceError: a mark that is misspelt, nested, not closed, closed twice, or that only nbgrader would act upon.
    """
    regions, begin = [], None
    lines = source.split("\n")
    for index, line in enumerate(lines):
        mark = line.strip()
        _refuse_lookalikes(mark, place, index)
        if mark == BEGIN and begin is not None:
            raise place.error(
                f"{BEGIN} within a region that began in line {place.line + begin}.",
                f"Close that one first with {END}; regions cannot be nested.",
                index,
            )
        if mark == END and begin is None:
            raise place.error(f"{END} without {BEGIN}.", f"Write {BEGIN} above the solution.", index)
        if mark == BEGIN:
            begin = index
        elif mark == END and begin is not None:
            regions.append(_region(lines, begin, index, place))
            begin = None
    if begin is not None:
        raise place.error("this region is not closed within its cell.", f"Write {END} below the solution.", begin)
    return tuple(regions)


def outside(source: str, regions: tuple[Region, ...]) -> str:
    """The source without its regions and their marks."""
    cut = {index for region in regions for index in range(region.begin, region.end + 1)}
    return "\n".join(line for index, line in enumerate(source.split("\n")) if index not in cut)


def _region(lines: list[str], begin: int, end: int, place: Place) -> Region:
    inner = tuple(lines[begin + 1 : end])
    if not any(line.strip() for line in inner):
        raise place.error("this region is empty.", f"Put the solution between {BEGIN} and {END}.", begin)
    mark = lines[begin]
    return Region(begin, end, inner, len(mark) - len(mark.lstrip()))


def _refuse_lookalikes(mark: str, place: Place, index: int) -> None:
    if LOOKS_LIKE.search(mark) and mark not in (BEGIN, END):
        raise place.error(f"{mark!r} is no mark of a region.", f"Write {BEGIN} or {END}, alone in its line.", index)
    for word in RESERVED:
        if word in mark:
            raise place.error(f"{word!r} is a mark that nbgrader acts upon.", "Write the line without it.", index)

"""Notebooks and Python files as lists of cells: plain text, read and never run or compiled.

In: a file's bytes and its name. Out: cells in their order, and notes on what was mended or left out.
Notebooks of format 4, and of 3 and 2 with worksheets, are read with `json` alone: nbformat would check each against
a schema, which is slow and refuses notebooks that lost their metadata, and would mend ids that nobody here reads.
Outputs and metadata are not looked at, but for nbgrader's name of a cell and the language. A key that stands twice in
the JSON counts once, the last, as in Jupyter itself.
Python files: cells begin at `# %%` lines, or at the `# In[3]:` of a notebook that was exported; else all is one cell.
Does not: run, compile or parse anything that a student wrote; no pattern with backtracking sees it either.
"""

import codecs
import json
from dataclasses import dataclass, field
from typing import Any, Literal

from autograder.errors import SubmissionError
from autograder.submissions.names import shown

MAX_CELLS = 2_000
MAX_SOURCE_BYTES = 2 * 2**20
"""Of all code together, as UTF-8."""
MAX_CONTAINERS = 1_000_000
"""Lists and objects in a notebook's JSON, outputs and all; each costs 64 bytes or more once it is read."""
MAX_NOTES = 20
MAX_DIGITS = 18
"""Longer integers are read as 0: none has a meaning here, and converting endless ones takes as long."""
PYTHON = ("python", "ipython")
AGAIN = "Open it in Jupyter, run it from the top, save it and hand it in again."
LATIN_1 = frozenset({"latin-1", "latin1", "latin_1", "iso-8859-1", "iso8859-1", "iso_8859_1"})
MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16's, which it begins with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell's text."""

    origin: str
    """For messages: `cell 7`, counted from 1 over all cells."""
    kind: Literal["code", "text"]
    source: str
    marks: str = ""
    """What the file says of the cell: nbgrader's name of it, or the rest of a `# %%` line."""


@dataclass(slots=True)
class Cells:
    """The cells of a file, and what was noticed."""

    cells: list[Cell] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def note(self, text: str) -> None:
        """Remember it, as one of a bounded number."""
        if len(self.notes) < MAX_NOTES:
            self.notes.append(text)
        elif len(self.notes) == MAX_NOTES:
            self.notes.append("and more of that kind")

    def add(self, cell: Cell) -> None:
        """Take the cell, with one kind of line end and with nothing in it that is no text."""
        source = cell.source.replace("\r\n", "\n").replace("\r", "\n")
        clean = source.replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8")
        if clean != source:
            self.note(f"{cell.origin}: characters that are no text were replaced")
        if clean.strip():
            self.cells.append(Cell(cell.origin, cell.kind, clean, cell.marks))


def read_cells(data: bytes, name: str) -> Cells:
    """The cells of a notebook or a Python file, which the name's suffix tells apart.

    Raises:
        SubmissionError: it is empty, no text, no notebook, of another language, or has too many cells or too much code.
    """
    if not data.strip():
        raise SubmissionError(f"{shown(name)} is empty.", AGAIN)
    if name.lower().endswith(".py"):
        _refuse_long(len(data), name)  # before it is cut into lines
        cells = _of_script(_text(data, name, script=True), name)
    else:
        cells = _of_notebook(_json(_text(data, name, script=False), name), name)
    _refuse_long(sum(len(cell.source.encode()) for cell in cells.cells if cell.kind == "code"), name)
    return cells


def _refuse_long(size: int, name: str) -> None:
    if size > MAX_SOURCE_BYTES:
        raise SubmissionError(
            f"{shown(name)} has {size:,} bytes of code; at most {MAX_SOURCE_BYTES:,} are read.",
            "Take out data that stands in the cells.",
        )


def _text(data: bytes, name: str, *, script: bool) -> str:
    mark, encoding = next(((mark, kind) for mark, kind in MARKS if data.startswith(mark)), (b"", "utf-8"))
    if script and not mark:
        encoding = _declared(data, name)
    try:
        return data[len(mark) :].decode(encoding)
    except UnicodeDecodeError as error:
        raise SubmissionError(
            f"{shown(name)} is no text in {encoding.upper()}: byte {error.start + len(mark):,} is wrong.",
            "Save it as UTF-8 and hand it in again.",
        ) from error


def _declared(data: bytes, name: str) -> str:
    """The encoding that a comment in the first two lines declares: `# -*- coding: latin-1 -*-`."""
    for line in data[:1000].split(b"\n")[:2]:
        _, found, rest = line.partition(b"coding")
        if not (line.lstrip().startswith(b"#") and found and rest[:1] in (b":", b"=")):
            continue
        words = rest[1:].decode("latin-1").split()
        declared = words[0].lower() if words else ""
        if declared in LATIN_1:
            return "latin-1"
        if declared not in ("utf-8", "utf8", "utf_8", "utf-8-sig"):
            raise SubmissionError(
                f"{shown(name)} declares an encoding that is not read: {shown(declared)!r}.",
                "Save it as UTF-8 and hand it in again.",
            )
    return "utf-8"


def _json(text: str, name: str) -> Any:
    if text.lstrip()[:1] == "<":
        raise SubmissionError(f"{shown(name)} is a web page, no notebook.", "Download the notebook itself.")
    if text.count("[") + text.count("{") > MAX_CONTAINERS:
        raise SubmissionError(f"{shown(name)} holds too much to be read.", "Clear the outputs of all cells, and save.")
    try:
        return json.loads(text, parse_int=lambda digits: int(digits) if len(digits) <= MAX_DIGITS else 0)
    except RecursionError as error:
        raise SubmissionError(f"{shown(name)} is no notebook: its JSON is nested too deep.", AGAIN) from error
    except ValueError as error:
        raise SubmissionError(f"{shown(name)} is no notebook: {shown(str(error))}.", AGAIN) from error


def _of_notebook(row: Any, name: str) -> Cells:
    version = row.get("nbformat", 4) if type(row) is dict else 0
    if type(version) is int and not 2 <= version <= 4:
        raise SubmissionError(
            f"{shown(name)} is no notebook of a format that is read (2, 3 and 4)."
            if type(row) is dict
            else f"{shown(name)} is no notebook: its JSON is no object.",
            AGAIN,
        )
    _refuse_language(row.get("metadata"), name)
    rows = _rows(row)
    if rows is None:
        raise SubmissionError(f"{shown(name)} is no notebook: it has no list of cells.", AGAIN)
    if len(rows) > MAX_CELLS:
        raise _too_many(len(rows), name)
    cells = Cells()
    for number, one in enumerate(rows, 1):
        _add_row(one, f"cell {number}", cells)
    return cells


def _too_many(cells: int, name: str) -> SubmissionError:
    return SubmissionError(
        f"{shown(name)} has {cells:,} cells; at most {MAX_CELLS:,} are read.", "Take out those that you added."
    )


def _rows(row: dict[str, Any]) -> list[Any] | None:
    """The rows of the cells; before format 4 they stood in worksheets."""
    if type(row.get("cells")) is list:
        return list(row["cells"])
    sheets = row.get("worksheets")
    if type(sheets) is not list:
        return None
    lists = [sheet.get("cells") for sheet in sheets if type(sheet) is dict]
    return [one for cells in lists if type(cells) is list for one in cells]


def _refuse_language(metadata: Any, name: str) -> None:
    """A notebook of R or Julia is refused; one that lost its metadata is taken for Python."""
    told = [_entry(_entry(metadata, "kernelspec"), "language"), _entry(_entry(metadata, "language_info"), "name")]
    languages = [text.lower() for text in told if type(text) is str and text.strip()]
    kernel = _entry(_entry(metadata, "kernelspec"), "name")
    if not languages and type(kernel) is str and (kernel == "ir" or kernel.startswith("julia")):
        languages = [kernel]
    if languages and not any(language.startswith(PYTHON) for language in languages):
        raise SubmissionError(
            f"{shown(name)} is a notebook for {shown(languages[0])!r}; this lab is in Python.",
            "Choose a Python kernel in the notebook's menu, run it from the top and hand it in again.",
        )


def _entry(row: Any, key: str) -> Any:
    return row.get(key) if type(row) is dict else None


def _add_row(row: Any, origin: str, cells: Cells) -> None:
    kind = _entry(row, "cell_type")
    source = _entry(row, "source")
    if source is None:
        source = _entry(row, "input")  # formats 2 and 3
    if type(source) is list and all(type(line) is str for line in source):
        source = "".join(source)
    if type(source) is not str or kind not in ("code", "markdown", "raw", "heading"):
        cells.note(f"{origin} is damaged and was left out")
        return
    name = _entry(_entry(_entry(row, "metadata"), "nbgrader"), "grade_id")
    marks = f'"{name}"' if type(name) is str else ""
    cells.add(Cell(origin, "code" if kind == "code" else "text", source, marks))


def _of_script(text: str, name: str) -> Cells:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    starts = [number for number, line in enumerate(lines) if _begins_cell(line)]
    if len(starts) > MAX_CELLS:
        raise _too_many(len(starts), name)
    cells = Cells()
    for number, (start, end) in enumerate(zip([0, *starts], [*starts, len(lines)], strict=True)):
        marks = lines[start] if start in starts[:1] or number else ""
        body = lines[start + 1 if marks else start : end]
        origin = f"cell {number}, from line {start + 2}" if marks else "the top of the file" if starts else "the file"
        is_text = "[markdown]" in marks or "[md]" in marks or "[raw]" in marks
        source = _uncommented(body) if is_text else "\n".join(body)
        cells.add(Cell(origin, "text" if is_text else "code", source, marks))
    return cells


def _begins_cell(line: str) -> bool:
    compact = line.rstrip()
    if compact.startswith(("# In[", "#In[")):
        return compact.endswith("]:")
    return compact.startswith(("# %%", "#%%")) and compact.partition("%%")[2][:1] in ("", " ", "%", "\t")


def _uncommented(lines: list[str]) -> str:
    """A text cell's words, which stand in comments or in a long string."""
    text = "\n".join(line.removeprefix("# ") if line.rstrip() != "#" else "" for line in lines)
    for quotes in ('"""', "'''"):
        if text.strip().startswith(quotes):
            return text.strip().removeprefix("r").removeprefix(quotes).removesuffix(quotes)
    return text


def normal(source: str) -> str:
    """The source without blanks at line ends and blank lines at both ends."""
    lines = source.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(line.rstrip() for line in lines).strip("\n")

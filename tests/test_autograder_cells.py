"""Cells: whatever bytes a student hands in, they are cells or a reason, soon, and nothing of them runs."""

import codecs
import contextlib
import json
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from upload_makers import code, notebook, text

from autograder.errors import SubmissionError
from autograder.submissions.cells import MAX_CELLS, MAX_CONTAINERS, MAX_NOTES, MAX_SOURCE_BYTES, Cells, read_cells


def sources(data: bytes, name: str = "a.ipynb") -> list[str]:
    return [cell.source for cell in read_cells(data, name).cells]


def refusal(data: bytes, name: str = "a.ipynb") -> str:
    with pytest.raises(SubmissionError) as caught:
        read_cells(data, name)
    assert caught.value.problem.isprintable()
    assert caught.value.remedy
    return caught.value.problem


SOURCES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\0"), max_size=60)


@given(st.lists(SOURCES, max_size=8), st.booleans())
def test_any_notebook_keeps_its_code(cells: list[str], as_lists: bool) -> None:
    data = notebook(*(code(cell.splitlines(keepends=True) if as_lists else cell) for cell in cells))
    assert sources(data) == [cell for cell in cells if cell.strip()]


@given(st.lists(SOURCES.filter(lambda cell: "%%" not in cell and "In[" not in cell), min_size=1, max_size=8))
def test_any_percent_file_keeps_its_code(cells: list[str]) -> None:
    data = "".join(f"# %% cell\n{cell}\n" for cell in cells).encode()
    if not any(cell.strip() for cell in cells):
        return
    assert [cell.rstrip("\n") for cell in sources(data, "a.py")] == [
        cell.rstrip("\n") for cell in cells if cell.strip()
    ]


KEYS = [
    "cells", "worksheets", "cell_type", "source", "input", "metadata", "nbformat", "kernelspec", "language_info",
    "language", "name", "nbgrader", "grade_id",
]  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=5),
    max_leaves=20,
)


def reads(data: bytes, name: str) -> None:
    """Cells or a reason, and nothing else."""
    with contextlib.suppress(SubmissionError):
        found = read_cells(data, name)
        assert all(type(cell.source) is str and cell.source.encode() for cell in found.cells)
        assert len(found.cells) <= MAX_CELLS + 1


@given(st.binary(max_size=200), st.sampled_from(["a.ipynb", "a.py", "A.PY", "\n.ipynb"]))
@example(b"\xff\xfe\x00", "a.py")
@example(b"# coding: undefined\n", "a.py")
@example(b"\0" * 10, "a.ipynb")
def test_any_bytes(data: bytes, name: str) -> None:
    reads(data, name)


@given(JSON)
@example({"cells": [{"cell_type": "code", "source": "\ud800"}]})
@example({"cells": None, "worksheets": [None, {"cells": [[]]}]})
def test_any_json(row: Any) -> None:
    reads(json.dumps(row).encode(), "a.ipynb")


@given(st.lists(st.dictionaries(st.sampled_from(KEYS), JSON | st.sampled_from(["code", "markdown"]), max_size=5)))
def test_any_cells(rows: list[Any]) -> None:
    reads(json.dumps({"cells": rows}).encode(), "a.ipynb")


def deep(levels: int) -> bytes:
    return b'{"cells":' + b"[" * levels + b"]" * levels + b"}"


REFUSED = {
    "empty": (b"", "a.ipynb is empty."),
    "blank": (b" \n\t", "is empty."),
    "a list": (b"[]", "its JSON is no object"),
    "a number": (b"4", "its JSON is no object"),
    "no cells": (b'{"nbformat": 4}', "it has no list of cells"),
    "cells that are none": (b'{"cells": {"a": 1}}', "it has no list of cells"),
    "cut off": (notebook("x = 1")[:-9], "is no notebook: "),
    "deep": (deep(100_000), "its JSON is nested too deep"),
    "bytes": (b'{"cells": ["\xff"]}', "is no text in UTF-8: byte 12 is wrong"),
    "a NUL in the JSON": (b'{"cells": [\0]}', "is no notebook: "),
    "UTF-16 without a mark": (notebook("x").decode().encode("utf-16-le"), "is no notebook"),
    "a web page": (b"\n<!DOCTYPE html>", "is a web page"),
    "format 5": (notebook(nbformat=5), "no notebook of a format that is read"),
    "format 1": (b'{"nbformat": 1, "cells": []}', "no notebook of a format that is read"),
    "R": (notebook(metadata={"kernelspec": {"name": "ir", "language": "R"}}), "is a notebook for 'r'"),
    "Julia": (notebook(metadata={"language_info": {"name": "julia"}}), "is a notebook for 'julia'"),
    "Julia, by its kernel": (notebook(metadata={"kernelspec": {"name": "julia-1.9"}}), "is a notebook for 'julia-1.9'"),
    "too many lists": (b"[{" * (MAX_CONTAINERS // 2 + 1), "holds too much"),
    "too many cells": (notebook(*["x"] * (MAX_CELLS + 1)), "has 2,001 cells; at most 2,000 are read"),
    "too much code": (notebook("é" * (MAX_SOURCE_BYTES // 2), "x"), "has 2,097,153 bytes of code"),
    "a zip": (b"PK\3\4\x14\0\0\0", "is no notebook"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_notebooks_that_are_refused(case: str) -> None:
    data, said = REFUSED[case]
    assert said in refusal(data)


SAME = ["x = 1\ny = 2"]
READ = {
    "as it is": notebook("x = 1\ny = 2"),
    "lines": notebook(code(["x = 1\n", "y = 2"])),
    "Windows": notebook("x = 1\r\ny = 2"),
    "an old Mac": notebook("x = 1\ry = 2"),
    "a UTF-8 mark": codecs.BOM_UTF8 + notebook("x = 1\ny = 2"),
    "UTF-16": notebook("x = 1\ny = 2").decode().encode("utf-16"),
    "UTF-16, the other way": codecs.BOM_UTF16_BE + notebook("x = 1\ny = 2").decode().encode("utf-16-be"),
    "UTF-32": notebook("x = 1\ny = 2").decode().encode("utf-32"),
    "metadata lost": b'{"cells": [{"cell_type": "code", "source": "x = 1\\ny = 2"}]}',
    "a format in words": notebook("x = 1\ny = 2", nbformat="four"),
    "NaN in an output": notebook(code("x = 1\ny = 2", outputs=[float("nan"), float("inf")])),
    "a huge number in an output": notebook(code("x = 1\ny = 2")).replace(b"null", b"9" * 1_000_000),
    "keys twice": b'{"cells": [], "cells": [{"cell_type": "code", "source": "lost", "source": "x = 1\\ny = 2"}]}',
    "format 4.0": notebook("x = 1\ny = 2", nbformat_minor=0),
    "format 4.99": notebook(code("x = 1\ny = 2", id="1" * 99, new={"a": 1}), nbformat_minor=99),
    "a Python kernel": notebook("x = 1\ny = 2", metadata={"kernelspec": {"name": "x", "language": "python"}}),
    "a kernel of any name": notebook("x = 1\ny = 2", metadata={"kernelspec": {"name": "my-env"}, "language_info": 3}),
    "metadata that is none": notebook("x = 1\ny = 2", metadata=[["kernelspec"]]),
    "format 3": json.dumps(
        {
            "nbformat": 3,
            "worksheets": [{"cells": [{"cell_type": "code", "input": ["x = 1\n", "y = 2"], "language": "python"}]}],
        }
    ).encode(),
    "damaged cells beside": notebook(code(3), "x = 1\ny = 2", code(["x", 3]), 7, {"source": "z"}, {"cell_type": "x"}),
}


@pytest.mark.parametrize("case", READ)
def test_notebooks_that_are_read(case: str) -> None:
    assert sources(READ[case]) == SAME


def test_damaged_cells_are_noted_by_their_number() -> None:
    notes = read_cells(READ["damaged cells beside"], "a.ipynb").notes
    assert notes == [f"cell {number} is damaged and was left out" for number in (1, 3, 4, 5, 6)]


def test_notes_are_bounded() -> None:
    found = read_cells(notebook(*[code(3)] * MAX_CELLS), "a.ipynb")
    assert len(found.notes) == MAX_NOTES + 1
    assert found.notes[-1] == "and more of that kind"


def test_a_notebook_without_code_is_read() -> None:
    assert read_cells(notebook(), "a.ipynb") == Cells()
    assert sources(notebook("", " \n", text("words"))) == ["words"]


def test_the_most_cells_and_the_most_code_are_read() -> None:
    assert len(sources(notebook(*["x"] * MAX_CELLS))) == MAX_CELLS
    assert len(sources(notebook("x" * MAX_SOURCE_BYTES, text("y" * 9)))) == 2


def test_characters_that_are_no_text_are_replaced_and_noted() -> None:
    found = read_cells(notebook("x = '\ud800'", "y = 1  # \0", "z"), "a.ipynb")
    assert [cell.source for cell in found.cells] == ["x = '?'", "y = 1  # \ufffd", "z"]
    assert found.notes == [f"cell {number}: characters that are no text were replaced" for number in (1, 2)]


def test_origins_count_all_cells_from_one() -> None:
    found = read_cells(notebook(text("# Title"), "x", text(""), "%pip install y"), "a.ipynb")
    assert [(cell.origin, cell.kind) for cell in found.cells] == [
        ("cell 1", "text"),
        ("cell 2", "code"),
        ("cell 4", "code"),
    ]


PERCENT = b"""# ---
# jupyter: x
# ---

# %% [markdown]
# # Title
#
# words

# %%
x = 1
#%% [markdown] nbgrader={"grade_id": "lab1-reflection"}
\"\"\"
long words
\"\"\"
# %%%% a part
# %%time is no marker: nor is
#%%
y = '''
z'''
"""


def test_percent_files() -> None:
    found = read_cells(PERCENT, "a.py")
    assert [(cell.origin, cell.kind, cell.source.strip()) for cell in found.cells] == [
        ("the top of the file", "code", "# ---\n# jupyter: x\n# ---"),
        ("cell 1, from line 6", "text", "# Title\n\nwords"),
        ("cell 2, from line 11", "code", "x = 1"),
        ("cell 3, from line 13", "text", "long words"),
        ("cell 4, from line 17", "code", "# %%time is no marker: nor is"),
        ("cell 5, from line 19", "code", "y = '''\nz'''"),
    ]
    assert "lab1-reflection" in found.cells[3].marks


def test_a_plain_script_is_one_cell() -> None:
    found = read_cells(b"x = 1\n\n\ny = 2\n", "a.py")
    assert [(cell.origin, cell.source) for cell in found.cells] == [("the file", "x = 1\n\n\ny = 2\n")]


def test_an_exported_notebook_is_cut_where_its_cells_began() -> None:
    assert sources(b"#!/usr/bin/env python\n# In[ ]:\n\nx = 1\n\n# In[12]:\n\ny = 2\n", "a.py") == [
        "#!/usr/bin/env python",
        "\nx = 1\n",
        "\ny = 2\n",
    ]


@pytest.mark.parametrize(
    "data",
    [
        "w = 'é'".encode(),
        b"# -*- coding: latin-1 -*-\nw = '\xe9'",
        b"#!python\n# vim: set fileencoding=iso-8859-1 :\nw = '\xe9'",
        "# coding: utf-8\nw = 'é'".encode(),
        codecs.BOM_UTF8 + "# coding: latin-1\nw = 'é'".encode(),
        "w = 'é'".encode("utf-16"),
        "w = 'é'\r\n".encode(),
    ],
)
def test_encodings_of_python_files(data: bytes) -> None:
    (source,) = sources(data, "a.py")
    assert "w = 'é'" in source
    assert "\r" not in source


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"w = '\xe9'", "is no text in UTF-8: byte 5 is wrong"),
        (b"# coding: utf-7\n+AGE-", "declares an encoding that is not read: 'utf-7'"),
        (b"# coding: idna\n", "'idna'"),
        (b"# coding:\nx", "declares an encoding that is not read: ''"),
        (b"\n\n", "is empty"),
        (b"# %%\n" * (MAX_CELLS + 1), "has 2,001 cells"),
        (b"x" * (MAX_SOURCE_BYTES + 1), "has 2,097,153 bytes of code; at most 2,097,152 are read"),
        (b"# coding: latin-1\n" + b"\xe9" * (MAX_SOURCE_BYTES // 2), "bytes of code"),
    ],
)
def test_python_files_that_are_refused(data: bytes, said: str) -> None:
    assert said in refusal(data, "a.py")


def test_a_cookie_below_the_second_line_is_a_comment_like_any_other() -> None:
    assert sources(b"x\ny\n# coding: utf-7\n", "a.py")
    assert sources(b"coding = 'utf-7'\n", "a.py")


@settings(max_examples=20)
@given(st.sampled_from(["[", "{", '"', "\\", "(", "#", " ", "# %%", "\n", "'''", "# In["]), st.integers(1, 200_000))
def test_a_lot_of_the_same_is_read_in_one_go(piece: str, times: int) -> None:
    reads(piece.encode() * times, "a.py")
    reads(piece.encode() * times, "a.ipynb")
    reads(notebook(piece * (times // 4)), "a.ipynb")

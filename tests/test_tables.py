"""Files of rows: what is read comes back as it was written, whatever the cells hold. Broken files: test_probes."""

import csv
import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftlab.errors import DataError
from driftlab.tables import find_column, read_table, stream_table

CELLS = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00\r"), max_size=20)


@given(rows=st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=6), suffix=st.sampled_from(["csv", "tsv"]))
def test_csv_comes_back_as_it_was_written(
    rows: list[tuple[str, str]], suffix: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("csv") / f"t.{suffix}"
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, delimiter="\t" if suffix == "tsv" else ",", quoting=csv.QUOTE_ALL)
        writer.writerows([("prompt", "kind"), *rows])
    wanted = [row for row in rows if any(row)]
    if not wanted:
        with pytest.raises(DataError, match="no rows"):
            read_table(path)
        return
    assert [tuple(row.cells.values()) for row in read_table(path).rows] == wanted


@given(
    rows=st.lists(st.dictionaries(st.sampled_from("abc"), CELLS | st.none() | st.integers()), min_size=1, max_size=6)
)
def test_jsonl_comes_back_with_none_for_what_is_left_out(
    rows: list[dict[str, object]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("jsonl") / "t.jsonl"
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    table = read_table(path)
    assert [{k: v for k, v in row.cells.items() if v is not None} for row in table.rows] == [
        {k: v for k, v in row.items() if v is not None} for row in rows
    ]
    assert all(set(row.cells) == set(table.columns) for row in table.rows)
    assert [row.line for row in table.rows] == list(range(1, len(rows) + 1))


def test_lines_are_counted_as_an_editor_does(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    path.write_text('{"a": 1}\n\n\u2028\n{"a": 2}\n'.replace("\u2028", ""), encoding="utf-8")
    assert [row.line for row in read_table(path).rows] == [1, 4]
    path = tmp_path / "t.csv"
    path.write_text('a,b\n"one\ntwo",x\nthree,y\n', encoding="utf-8")
    assert [row.line for row in read_table(path).rows] == [3, 4]


def test_columns_are_found_whatever_their_case(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("Prompt, Kind\na,b\n", encoding="utf-8")
    table = read_table(path)
    assert find_column(table, "prompt") == "Prompt"
    assert find_column(table, "label", "kind") == " Kind"
    assert find_column(table, "type") is None


def test_a_folder_and_a_missing_folder(tmp_path: Path) -> None:
    (tmp_path / "t.csv").mkdir()
    with pytest.raises(DataError, match="cannot be read"):
        read_table(tmp_path / "t.csv")
    with pytest.raises(DataError, match="there is no file"):
        read_table(tmp_path / "none" / "t.csv")


# --- one row at a time -----------------------------------------------------------------------------------------------


def known_cells(rows: Any) -> list[tuple[int, dict[str, Any]]]:
    return [(row.line, {name: cell for name, cell in row.cells.items() if cell is not None}) for row in rows]


@given(rows=st.lists(st.dictionaries(st.sampled_from("abc"), CELLS, min_size=1), min_size=1, max_size=9))
def test_rows_come_one_at_a_time_as_they_come_at_once(
    rows: list[dict[str, str]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("jsonl") / "t.jsonl"
    path.write_text("\ufeff" + "\n\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    assert known_cells(stream_table(path)) == known_cells(read_table(path).rows)


@given(
    rows=st.lists(st.tuples(CELLS, CELLS | st.just("a\rb\r\nc")), min_size=1, max_size=9),
    ending=st.sampled_from(["\n", "\r\n", "\r"]),
)
def test_so_do_rows_of_csv_whatever_is_in_their_cells(
    rows: list[tuple[str, str]], ending: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("csv") / "t.csv"
    with path.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out, lineterminator=ending, quoting=csv.QUOTE_ALL).writerows([("one", "two"), *rows])
    wanted = known_cells(read_table(path).rows) if any(map(any, rows)) else []
    assert known_cells(stream_table(path)) == wanted


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.jsonl", b'{"a": 1}\n{"a"\n', "line 2 is not JSON"),
        ("a.jsonl", b'{"a": 1}\n\n[1]\n', "line 3 is list"),
        ("a.csv", b"a,b\n1,2\n1\n", "line 3 does not have the header's 2 cells"),
        ("a.csv", b"a,a\n", "names a column twice"),
        ("a.csv", b"a,b\n1,2\n1,\xff\n", "byte 0xff in line 3"),
        ("a.jsonl", b'\xef\xbb\xbf{"a": "\xfe"}\n', "byte 0xfe in line 1"),
        ("a.txt", b"", "not a file that can be read"),
    ],
)
def test_a_bad_line_is_named_when_it_is_reached(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=re.escape(message)):
        list(stream_table(tmp_path / name))

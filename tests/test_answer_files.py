"""Files of answers: whatever the format, the same rows; what is missing or misspelt is named with what there is."""

import csv
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftlab.answer_files import SPELLINGS, AnswerColumns, parse_label, read_answers
from driftlab.errors import DataError
from driftlab.records import Outcome

ROWS = [
    {"id": "a", "prompt": "Hi?", "completion": "Hello,\nyou.", "type": "greeting", "final_label": "1_full_compliance"},
    {"id": "b", "prompt": "Bye?", "completion": "", "type": "parting", "final_label": "2_full_refusal"},
    {"id": "c", "prompt": "Why?", "completion": "I \u2019d say no", "type": "", "final_label": ""},
]


def write(folder: Path, suffix: str, rows: list[dict[str, str]]) -> Path:
    path = folder / f"answers.{suffix}"
    if suffix == "parquet":
        import pyarrow
        from pyarrow import parquet

        parquet.write_table(pyarrow.Table.from_pylist(rows), path)
    elif suffix == "jsonl":
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    else:
        with path.open("w", encoding="utf-8", newline="") as out:
            writer = csv.DictWriter(out, list(rows[0]), delimiter="\t" if suffix == "tsv" else ",")
            writer.writeheader()
            writer.writerows(rows)
    return path


@pytest.mark.parametrize("suffix", ["csv", "tsv", "jsonl", "parquet"])
def test_every_format_gives_the_same_rows_in_order(tmp_path: Path, suffix: str) -> None:
    found = read_answers(write(tmp_path, suffix, ROWS), AnswerColumns(labels="final_label"))
    assert found.columns == AnswerColumns("completion", "prompt", "id", "final_label", "type")
    assert [(row.row, row.id, row.prompt, row.answer, row.label, row.category) for row in found.rows] == [
        (0, "a", "Hi?", "Hello,\nyou.", Outcome.COMPLIED, "greeting"),
        (1, "b", "Bye?", "", Outcome.REFUSED, "parting"),
        (2, "c", "Why?", "I \u2019d say no", None, None),
    ]


def test_labels_are_read_only_where_they_are_asked_for(tmp_path: Path) -> None:
    rows = read_answers(write(tmp_path, "csv", [row | {"final_label": "no label at all"} for row in ROWS])).rows
    assert [row.label for row in rows] == [None] * 3


def test_what_a_file_lacks_is_none(tmp_path: Path) -> None:
    path = tmp_path / "answers.jsonl"
    path.write_text('{"Text": "Hello"}\n\n{"Text": null}\n{"Text": 42}\n', encoding="utf-8")
    found = read_answers(path)
    assert found.columns == AnswerColumns(answer="Text")
    assert [row.answer for row in found.rows] == ["Hello", "", "42"]
    assert [(row.row, row.line) for row in found.rows] == [(0, 1), (1, 3), (2, 4)]
    assert {(row.prompt, row.id, row.label, row.category) for row in found.rows} == {(None,) * 4}


def test_any_column_can_be_named_whatever_its_case(tmp_path: Path) -> None:
    path = write(tmp_path, "csv", ROWS)
    found = read_answers(path, AnswerColumns(answer="Prompt", prompt="type", id="completion"))
    assert [row.answer for row in found.rows] == ["Hi?", "Bye?", "Why?"]
    assert (found.columns.prompt, found.columns.id) == ("type", "completion")


@pytest.mark.parametrize(
    ("asked", "remedy"),
    [
        (AnswerColumns(answer="completions"), "--answer-column 'completion'"),
        (AnswerColumns(prompt="promt"), "--prompt-column 'prompt'"),
        (AnswerColumns(labels="label"), "--labels 'final_label'"),
        (AnswerColumns(category="zzz"), "with --category-column"),
        (AnswerColumns(id="zzz"), "with --id-column"),
    ],
)
def test_a_missing_column_is_told_with_those_that_are_there(tmp_path: Path, asked: AnswerColumns, remedy: str) -> None:
    with pytest.raises(DataError) as caught:
        read_answers(write(tmp_path, "csv", ROWS), asked)
    assert "id, prompt, completion, type, final_label" in caught.value.problem
    assert remedy in caught.value.remedy


def test_a_file_without_answers_says_how_to_name_them(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="Its columns: one, two") as caught:
        read_answers(write(tmp_path, "csv", [{"one": "1", "two": "2"}]))
    assert "--answer-column" in caught.value.remedy


def test_an_answer_that_is_no_text_is_named_by_its_line(tmp_path: Path) -> None:
    path = tmp_path / "answers.jsonl"
    path.write_text('{"answer": "a"}\n{"answer": ["b"]}\n', encoding="utf-8")
    with pytest.raises(DataError, match="line 2 is list"):
        read_answers(path)


@pytest.mark.parametrize("label", ["0", "true", "perhaps", "4_other"])
def test_an_unknown_label_is_told_with_those_that_are_known(tmp_path: Path, label: str) -> None:
    rows = [*ROWS[:1], ROWS[1] | {"final_label": label}]
    with pytest.raises(DataError, match=f"'{label}' of 'final_label'") as caught:
        read_answers(write(tmp_path, "csv", rows), AnswerColumns(labels="final_label"))
    assert all(spelling in caught.value.remedy for spelling in ("full_refusal", "partial", "complied", "unparseable"))


@given(
    st.sampled_from([(outcome, name) for outcome, names in SPELLINGS.items() for name in names]),
    st.sampled_from(["", "1_", "2 ", "3-", "  "]),
    st.sampled_from("_ -"),
    st.booleans(),
)
def test_a_label_is_known_in_any_dress(pair: tuple[Outcome, str], before: str, joint: str, shout: bool) -> None:
    outcome, name = pair
    text = before + name.replace("_", joint)
    assert parse_label(text.upper() if shout else text.title()) is outcome

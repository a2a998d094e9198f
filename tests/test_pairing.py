"""Two files of answers to pairs: by id or prompt, each request once, and clear words for what does not fit."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from driftlab.answer_files import AnswerColumns, AnswerFile, read_answers
from driftlab.errors import DataError
from driftlab.pairing import Pairing, kinds_of, pair_answers


def file_of(folder: Path, name: str, rows: list[dict[str, Any]], **columns: str) -> AnswerFile:
    path = folder / f"{name}.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return read_answers(path, AnswerColumns(**columns))


def paired(folder: Path, before: list[dict[str, Any]], after: list[dict[str, Any]], **options: Any) -> Pairing:
    columns = options.pop("columns", {})
    files = (file_of(folder, name, rows, **columns) for name, rows in (("before", before), ("after", after)))
    return pair_answers(*files, **options)


def rows(*keys: str, **more: Any) -> list[dict[str, Any]]:
    return [{"id": key, "prompt": f"How do I {key}?", "answer": f"about {key}"} | more for key in keys]


KEYS = st.lists(st.text("abcdef", min_size=1, max_size=2), unique=True, min_size=1, max_size=12)


@settings(max_examples=40)
@given(KEYS, KEYS)
def test_every_row_is_in_a_pair_or_left_over(tmp_path_factory: pytest.TempPathFactory, one: Any, other: Any) -> None:
    folder = tmp_path_factory.mktemp("pairs")
    shared = [key for key in one if key in other]
    if not shared:
        with pytest.raises(DataError, match="--id-column"):
            paired(folder, rows(*one), rows(*other), by_id=True)
        return
    found = paired(folder, rows(*one), rows(*other))
    assert [pair.key for pair in found.pairs] == shared
    assert all(pair.before.answer == pair.after.answer == f"about {pair.key}" for pair in found.pairs)
    assert len(found.pairs) + len(found.only_before) == len(one)
    assert len(found.pairs) + len(found.only_after) == len(other)


def test_without_ids_the_prompt_tells_whatever_its_case_and_spacing(tmp_path: Path) -> None:
    before = [{"prompt": "How  do I knit?", "answer": "So."}, {"prompt": "Why?", "answer": "No."}]
    after = [{"prompt": "why?", "answer": "Yes."}, {"prompt": "how do i knit? ", "answer": "Thus."}]
    found = paired(tmp_path, before, after)
    assert found.by == "prompt"
    assert [(pair.before.answer, pair.after.answer) for pair in found.pairs] == [("So.", "Thus."), ("No.", "Yes.")]


def test_ids_that_never_meet_give_way_to_prompts_unless_they_were_named(tmp_path: Path) -> None:
    after = [row | {"id": f"run2-{row['id']}"} for row in rows("a", "b")]
    assert paired(tmp_path, rows("a", "b"), after).by == "prompt"
    with pytest.raises(DataError, match=r"no id of .*before.jsonl"):
        paired(tmp_path, rows("a", "b"), after, by_id=True)


def test_other_prompts_under_the_same_id_are_counted(tmp_path: Path) -> None:
    after = rows("a", "b", "c")
    after[1]["prompt"] = "Something else?"
    assert paired(tmp_path, rows("a", "b", "c"), after).other_prompts == 1


@pytest.mark.parametrize("by", ["id", "prompt"])
def test_a_request_twice_is_an_error_that_names_both_lines(tmp_path: Path, by: str) -> None:
    before = rows("a", "b", "a")
    if by == "prompt":
        before = [{name: row[name] for name in ("prompt", "answer")} for row in before]
    with pytest.raises(DataError, match=rf"before.jsonl' has the {by} .* twice, at the lines 1 and 3"):
        paired(tmp_path, before, rows("a", "b"))


def test_rows_without_an_id_have_no_partner(tmp_path: Path) -> None:
    before = [*rows("a"), {"id": "", "prompt": "x", "answer": "y"}, {"id": None, "prompt": "x", "answer": "z"}]
    found = paired(tmp_path, before, rows("a"))
    assert (len(found.pairs), len(found.only_before), len(found.only_after)) == (1, 2, 0)


def test_nothing_to_pair_by_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="neither a column of ids nor one of prompts"):
        paired(tmp_path, [{"answer": "a"}], [{"answer": "b"}])


def test_kinds_in_our_words_and_xstests(tmp_path: Path) -> None:
    ours = [*rows("a", kind="Unsafe"), *rows("b", kind="safe")]
    assert [pair.kind for pair in paired(tmp_path, ours, rows("a", "b")).pairs] == ["off_limits", "safe"]
    xstest = [*rows("a", type="contrast_homonyms"), *rows("b", type="homonyms")]
    found = paired(tmp_path, xstest, xstest, columns={"kind": "type"}, kinds=True)
    assert [pair.kind for pair in found.pairs] == ["off_limits", "safe"]
    assert [pair.family for pair in found.pairs] == ["homonyms", "homonyms"]
    assert kinds_of(found.pairs)
    assert not kinds_of(paired(tmp_path, xstest, xstest).pairs), "XSTest's types are no kinds unless they are named so"


def test_a_column_that_is_only_called_kind_is_left_alone_where_it_says_something_else(tmp_path: Path) -> None:
    before = [*rows("a", kind="poem"), *rows("b", kind="safe")]
    assert [pair.kind for pair in paired(tmp_path, before, rows("a", "b")).pairs] == [None, None]
    with pytest.raises(DataError, match="line 1 is of the unknown kind 'poem'"):
        paired(tmp_path, before, before, columns={"kind": "kind"}, kinds=True)
    gap = [*rows("a", kind="safe"), *rows("b", kind=None)]
    with pytest.raises(DataError, match="line 2 is of the unknown kind ''"):
        paired(tmp_path, gap, gap, columns={"kind": "kind"}, kinds=True)


def test_families_are_those_of_the_column_or_the_category(tmp_path: Path) -> None:
    before = rows("a", "b", category="lying", theme="t")
    assert [pair.family for pair in paired(tmp_path, before, before).pairs] == ["lying", "lying"]
    named = paired(tmp_path, before, before, columns={"family": "theme"})
    assert [pair.family for pair in named.pairs] == ["t", "t"]

"""What a worker may answer: right lines are read, and no line does anything but be refused."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder import values
from autograder.sandbox.replies import LONGEST, UNFIT, Loaded, Raised, Reply, loaded, parsed, reply

KEYS = ["id", "value", "error", "$list", "$array", "$dict", "$config", "x"]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=3),
    max_leaves=12,
)


def test_the_three_answers() -> None:
    assert reply({"id": 1, "value": {"$tuple": [1, 2]}}, 1) == Reply((1, 2))
    assert reply({"id": 1, "missing": True}, 1) == Reply(missing=True)
    error = {"type": "E" * 9999, "message": "m", "where": "w", "not_attempted": False}
    assert reply({"id": 1, "error": error}, 1) == Reply(error=Raised("E" * LONGEST, "m", "w", False))


def test_what_was_loaded() -> None:
    row = {"loaded": {"defined": ["f"], "notes": ["n" * 9999]}}
    assert loaded(row) == Loaded(frozenset({"f"}), ("n" * LONGEST,))


@pytest.mark.parametrize(
    "row",
    [
        None, [], 1, {}, {"id": 1}, {"id": 2, "value": 1}, {"id": True, "value": 1}, {"id": 1.0, "value": 1},
        {"id": 1, "value": 1, "missing": True}, {"id": 1, "missing": 1}, {"id": 1, "missing": False},
        {"id": 1, "error": {}}, {"id": 1, "error": None}, {"id": 1, "value": {"$unknown": 1}},
        {"id": 1, "error": {"type": 1, "message": "", "where": "", "not_attempted": False}},
        {"id": 1, "error": {"type": "", "message": "", "where": "", "not_attempted": 1}},
        {"id": 1, "error": {"type": "", "message": "", "where": "", "not_attempted": True, "points": 5}},
    ],
)  # fmt: skip
def test_other_shapes_are_refused(row: Any) -> None:
    with pytest.raises(UNFIT):
        reply(row, 1)


@pytest.mark.parametrize(
    "row",
    [
        None, {"loaded": None}, {"loaded": {"defined": [], "notes": [], "x": 1}},
        {"loaded": {"defined": {}, "notes": []}},
        {"loaded": {"defined": [1], "notes": []}}, {"loaded": {"defined": [], "notes": ["n"] * 10_000}},
        {"loaded": {"defined": ["n"] * 10_000, "notes": []}},
    ],
)  # fmt: skip
def test_other_lists_are_refused(row: Any) -> None:
    with pytest.raises(UNFIT):
        loaded(row)


@pytest.mark.parametrize(
    "line",
    [
        b"", b"\xff", b"NaN", b"[Infinity]", b"[" * 100_000, b'{"a":' * 100_000, b"9" * 5000, b'"\\ud800"',
        b'{"\\uDFFF":1}', b"{'a':1}", b"1 2", b"\x00",
    ],
)  # fmt: skip
def test_lines_that_are_no_json_of_ours(line: bytes) -> None:
    with pytest.raises(UNFIT):
        parsed(line)


def test_pairs_of_surrogates_are_characters() -> None:
    assert parsed(json.dumps("😀 é").encode()) == "😀 é"


@settings(max_examples=200)
@given(st.binary(max_size=60) | JSON.map(lambda row: json.dumps(row).encode()))
def test_no_line_raises_anything_else(line: bytes) -> None:
    for reader in (loaded, lambda row: reply(row, 1), values.decode):
        try:
            reader(parsed(line))
        except UNFIT:
            pass


@settings(max_examples=150)
@given(JSON)
def test_no_value_raises_anything_else(row: Any) -> None:
    try:
        reply({"id": 1, "value": row}, 1)
    except UNFIT:
        pass

"""Names that students chose: shown without harm, and file names that are safe and differ."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from autograder.submissions.names import MAX_SHOWN, PLAIN, safe_name, shown

ANY_NAME = st.text(st.characters(), max_size=200)  # lone surrogates included, as a file system gives them


@given(ANY_NAME)
@example("\x1b[2J\r\n\u202e\udcff")
def test_what_is_shown_can_be_printed_and_is_bounded(name: str) -> None:
    text = shown(name)
    assert text.isprintable()
    assert len(text) <= MAX_SHOWN
    text.encode()


def test_shown_keeps_ordinary_names_and_composes_letters() -> None:
    assert shown("Ana María O'Neil-42") == "Ana María O'Neil-42"
    assert shown(unicodedata.normalize("NFD", "José")) == "José"
    assert shown("a\nb") == r"a\u000ab"


def test_long_names_stay_apart() -> None:
    assert shown("a" * 4000 + "x") != shown("a" * 4000 + "y")


@given(ANY_NAME)
@example("")
@example("..")
@example("-rf")
@example("con.txt")
@example("/etc/passwd")
def test_safe_names_are_file_names_everywhere(name: str) -> None:
    safe = safe_name(name)
    assert set(safe) <= PLAIN
    assert safe[0].isalnum()
    assert 0 < len(safe) <= 90
    assert not safe.endswith(".")
    assert safe.split(".")[0] not in {"con", "nul", "aux", "prn", "com1"}


@given(ANY_NAME, ANY_NAME)
@example("Ana", "ana")
@example("a/b", "a-b")
@example("", "student")
@example("Ana", "ana-" + safe_name("Ana")[-12:])
@example("NUL", "student-nul-" + safe_name("NUL")[-12:])
def test_different_students_have_different_safe_names(one: str, other: str) -> None:
    if one != other:
        assert safe_name(one) != safe_name(other)


@pytest.mark.parametrize("name", ["ana", "ana.silva@example.org", "s123456", "doejane_12345_67890_lab1"])
def test_plain_names_are_their_own_safe_names(name: str) -> None:
    assert safe_name(name) == name

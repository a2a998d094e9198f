"""Words for results: every outcome has its own, and nothing of what a check said is lost in taking it apart."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder import expect
from autograder.desk import wording
from autograder.outcomes import CheckResult, Outcome


def test_every_outcome_has_a_sign_and_a_word_of_its_own() -> None:
    assert set(wording.MARKS) == set(Outcome)
    assert len({mark.word for mark in wording.MARKS.values()}) == len(Outcome)
    assert all(mark.sign and mark.plain.isascii() for mark in wording.MARKS.values())
    bad = {mark.sign for mark in wording.MARKS.values() if mark.tone == "bad"}
    assert not bad & {mark.sign for mark in wording.MARKS.values() if mark.tone != "bad"}


def said_of(check: object, *args: object, **kwargs: object) -> str:
    with pytest.raises(expect.CheckFailed) as caught:
        check(*args, **kwargs)  # type: ignore[operator]
    return caught.value.said


def test_what_expect_says_comes_apart() -> None:
    mistake = expect.Mistake(9.0, "squared", "That is squared. Twice was wanted.")
    said = said_of(expect.equal, 9.0, 6.0, "double(3.5)", [mistake])
    assert wording.parts(said) == ("double(3.5)", "9.0", "6.0", "That is squared. Twice was wanted.")
    said = said_of(expect.close, "x", 4.127, "bits(64)")
    assert wording.parts(said) == ("bits(64)", "'x'", "4.127", "")


def test_what_expect_says_of_arrays_comes_apart() -> None:
    import numpy as np

    said = said_of(expect.array, np.zeros(3), np.array([0.0, 0.0, 2.5]), "f(x)")
    assert wording.parts(said) == ("f(x)", "0 at [2]", "2.5 at [2]", "")
    said = said_of(expect.array, np.zeros(2), np.zeros(3), "f(x)")
    assert wording.parts(said) == ("f(x)", "a tensor of shape (2,)", "The shape (3,)", "")


@given(st.text())
def test_nothing_is_lost(said: str) -> None:
    assert "".join(said.split()) == "".join("".join(wording.parts(said)).split())


def test_other_sentences_stay_whole() -> None:
    assert list(wording.parts("Nothing came.").pairs()) == []
    assert wording.parts("Nothing came.").rest == "Nothing came."


@pytest.mark.parametrize(
    ("check", "title"),
    [
        ("public/test_nf4.py::test_a_short_block", "A short block"),
        ("public/test_nf4.py::test_a_short_block[7-x]", "A short block (7-x)"),
        ("odd", "Odd"),
        ("x::test_", "X::test_"),
    ],
)
def test_check_titles(check: str, title: str) -> None:
    assert wording.check_title(check) == title


def test_a_task_is_as_far_as_its_first_open_check() -> None:
    def checks(*outcomes: Outcome) -> list[CheckResult]:
        return [CheckResult("c", "t", 0, 1, outcome) for outcome in outcomes]

    assert wording.worst([]) is Outcome.NOT_ATTEMPTED
    assert wording.worst(checks(Outcome.PASSED, Outcome.PASSED)) is Outcome.PASSED
    assert wording.worst(checks(Outcome.PASSED, Outcome.TIMEOUT, Outcome.FAILED)) is Outcome.TIMEOUT
    assert wording.worst(checks(Outcome.FAILED, Outcome.SANDBOX_ERROR)) is Outcome.SANDBOX_ERROR


def test_numbers() -> None:
    assert [wording.amount(points) for points in (3.0, 0.5, 1 / 3)] == ["3", "0.5", "0.3333"]
    assert wording.of(1, 1) == "1 of 1 point"
    assert wording.of(0.5, 2) == "0.5 of 2 points"
    assert wording.plural(1, "hint") == "1 hint"
    assert wording.cut("abc", 3) == "abc"
    assert wording.cut("abcdef", 3) == "abc … (3 more characters)"


@given(st.text(alphabet="ab` "))
def test_code_spans_keep_all_text(text: str) -> None:
    pieces = wording.code_spans(text)
    rebuilt = "".join(f"`{piece}`" if code else piece for code, piece in pieces)
    assert rebuilt.replace("`", "") == text.replace("`", "")
    assert all(piece for _, piece in pieces)


def test_code_spans() -> None:
    assert wording.code_spans("use `a` or b`") == [(False, "use "), (True, "a"), (False, " or b`")]

"""What a check says when a value is wrong, and that it does not say so when it is right."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder import expect
from autograder.expect import CheckFailed, Mistake
from autograder.values import Config, Opaque


def said(**call: Any) -> CheckFailed:
    with pytest.raises(CheckFailed) as caught:
        call["of"](*call["args"], **call.get("kwargs", {}))
    return caught.value


@pytest.mark.parametrize(
    ("got", "wanted"),
    [(1, 1), ("a", "a"), ([1, (2.0, None)], [1, (2.0, None)]), ({"a": {1}}, {"a": {1}}), (np.ones(2), np.ones(2))],
)
def test_equal_values_pass(got: Any, wanted: Any) -> None:
    expect.equal(got, wanted, "f()")


@pytest.mark.parametrize(
    ("got", "wanted"),
    [(True, 1), (1, True), (1.0, 1), ([1.0], [1]), ((1,), [1]), ({"a": 1}, {"a": 1, "b": 2}), ({"a": 1}, {"b": 1}),
     (np.ones(2), np.ones(3)), (np.ones(2), np.ones(2, dtype="float32")), (Opaque("x"), 1), (None, 0)],
)  # fmt: skip
def test_other_types_and_values_fail(got: Any, wanted: Any) -> None:
    assert "f() returned" in said(of=expect.equal, args=(got, wanted, "f()")).said


@given(st.floats(allow_nan=False, allow_infinity=False, width=32))
def test_a_number_is_close_to_itself_in_every_dress(number: float) -> None:
    for dress in (number, np.array(number), np.array([[number]])):
        expect.close(dress, number, "f()", abs_=1e-12)


@pytest.mark.parametrize(
    "got",
    [
        float("nan"),
        float("inf"),
        True,
        "1.0",
        None,
        10**400,
        np.array([1.0, 1.0]),
        np.array(True),
        Opaque("float"),
        1.1,
    ],
)
def test_what_is_not_close_fails(got: Any) -> None:
    said(of=expect.close, args=(got, 1.0, "f()"))


def test_a_mistake_is_named_only_where_it_fits() -> None:
    mistake = Mistake(2.0, "doubled", "Both factors were counted twice.")
    found = said(of=expect.close, args=(2.0, 1.0, "f(3)"), kwargs={"mistakes": [mistake]})
    assert found.misconception == "doubled"
    assert found.said == "f(3) returned 2.0. 1.0 was wanted. Both factors were counted twice."
    assert said(of=expect.close, args=(3.0, 1.0, "f(3)"), kwargs={"mistakes": [mistake]}).misconception is None


def test_arrays_say_where_they_differ_most() -> None:
    got = np.array([[0.0, 1.0], [2.0, 9.0]])
    found = said(of=expect.array, args=(got, np.array([[0.0, 1.0], [2.0, 3.0]]), "f()"))
    assert "[1, 1]: 9 came back, 3 was wanted" in found.said
    assert "(2, 1)" in said(of=expect.array, args=(np.ones((2, 1)), np.ones((1, 2)), "f()")).said
    turned = Mistake(got.T, "turned", "Rows and columns are swapped.")
    wanted = np.ones((2, 2))
    assert said(of=expect.array, args=(got.T, wanted, "f()"), kwargs={"mistakes": [turned]}).misconception == "turned"


@pytest.mark.parametrize(
    "got", [np.array([np.nan, 1.0]), np.array([np.inf, 1.0]), ["a", "b"], None, [[1], [1, 2]], np.array([True, True])]
)
def test_arrays_of_something_else_fail(got: Any) -> None:
    said(of=expect.array, args=(got, np.array([1.0, 1.0]), "f()"))


def test_lists_of_numbers_are_arrays() -> None:
    expect.array([1, 2.0], np.array([1.0, 2.0]), "f()")
    expect.array((1, 2), np.array([1, 2]), "f()")


def test_a_configuration_gives_its_fields() -> None:
    assert expect.config(Config("LoraConfig", {"r": 3}), "LoraConfig") == {"r": 3}
    assert "a LoraConfig" in said(of=expect.config, args=(Config("LoraConfig", {}), "BitsAndBytesConfig")).said
    assert "an object of type a.B" in said(of=expect.config, args=(Opaque("a.B"), "LoraConfig")).said


@given(st.text(max_size=2000) | st.integers() | st.lists(st.integers(), max_size=500))
def test_values_are_shown_in_a_readable_length(value: Any) -> None:
    assert len(expect.shown(value)) <= expect.LONGEST

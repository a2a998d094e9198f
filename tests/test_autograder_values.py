"""Values cross to student code and back: whole where their type is known, as a name where it is not."""

import enum
import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder import values
from autograder.values import BadReplyError, Dtype, Opaque, dumps, loads

leaves = st.none() | st.booleans() | st.integers(-(2**500), 2**500) | st.floats() | st.text() | st.binary()
plain = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4) | st.tuples(inner, inner),
    max_leaves=12,
)


def alike(one: object, other: object) -> bool:
    return repr(one) == repr(other) and type(one) is type(other)


@given(plain)
def test_plain_values_come_back_as_they_went(value: object) -> None:
    assert alike(loads(dumps(value)), value)


@given(st.sets(st.integers(), max_size=5))
def test_sets_too(value: set[int]) -> None:
    assert loads(dumps(value)) == value


@given(st.lists(st.floats(width=32), max_size=9), st.sampled_from(["float32", "float64", "int64", "uint8", "bool"]))
def test_arrays_keep_type_shape_and_bytes(numbers: list[float], dtype: str) -> None:
    array = np.nan_to_num(np.array(numbers), posinf=1, neginf=0).clip(0, 1).astype(dtype).reshape(1, -1)
    back = loads(dumps(array))
    assert back.dtype == array.dtype
    assert back.shape == array.shape
    assert (back == array).all()


def test_student_code_gets_tensors_and_we_get_arrays() -> None:
    import torch

    sent = loads(dumps(np.ones((2, 3), dtype="float32")), tensors=True)
    assert isinstance(sent, torch.Tensor)
    back = loads(dumps([sent, sent.to(torch.bfloat16), torch.nn.Parameter(sent), torch.tensor(3)]))
    assert [type(each) for each in back] == [np.ndarray] * 4
    assert back[1].dtype == np.float32
    assert back[3].item() == 3
    assert loads(dumps(torch.ones(2, device="meta"))) == Opaque("torch.Tensor on meta")


def test_configurations_cross_as_fields() -> None:
    import torch
    from peft import LoraConfig

    lora = loads(dumps(LoraConfig(r=3, task_type="CAUSAL_LM", target_modules=["q_proj"])))
    assert lora.kind == "LoraConfig"
    assert (lora.fields["r"], lora.fields["target_modules"], lora.fields["task_type"]) == (3, {"q_proj"}, "CAUSAL_LM")
    assert loads(dumps(torch.float16)) == Dtype("float16")
    assert loads('{"$dtype":"float16"}', tensors=True) is torch.float16


class Forged(float):
    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = float.__hash__


class Shouting(str):
    pass


class Lying:
    __class__ = int  # type: ignore[assignment]


class Colour(enum.Enum):
    RED = 3


ODD = [Forged(2), Shouting("x"), Lying(), object(), Colour.RED, lambda: 1, 10**5000]


@pytest.mark.parametrize("value", ODD, ids=range(len(ODD)))
def test_whatever_else_comes_is_a_name(value: object) -> None:
    assert isinstance(loads(dumps(value)), Opaque)


def test_endless_and_deep_values_end() -> None:
    deep: list[object] = []
    for _ in range(5000):
        deep = [deep]
    assert len(dumps(deep)) < 1000
    with pytest.raises(BadReplyError):
        loads(dumps(list(range(values.MAX_ITEMS + 1))))


@pytest.mark.parametrize(
    "text",
    [
        "", "{", "[1]", '{"a":1}', '{"$list":1}', '{"$list":[],"$dict":[]}', '{"$dict":[[1]]}',
        '{"$dict":[[{"$list":[]},1]]}',
        '{"$set":[{"$list":[]}]}', '{"$float":"1"}', "NaN", "Infinity", '{"$dtype":"os.system"}', '{"$bytes":"?"}',
        '{"$array":["float32",[3],"AACAPw=="]}', '{"$array":["object",[1],"AACAPw=="]}',
        '{"$array":["float32",[-1],""]}',
        '{"$array":["float32",[1099511627776, 1099511627776],""]}', '{"$config":["LoraConfig",1]}', '{"$unknown":1}',
        "[" * 100_000, "1" * 5000, '{"$list":[' * 40 + "1" + "]}" * 40, b"\xff\xfe", '{"$opaque":1}',
    ],
    ids=lambda text: repr(text[:30]),
)  # fmt: skip
def test_what_is_no_value_of_ours_is_refused(text: str) -> None:
    with pytest.raises(BadReplyError):
        loads(text)


@given(st.text() | st.binary())
def test_arbitrary_bytes_raise_nothing_else(text: str | bytes) -> None:
    try:
        loads(text)
    except BadReplyError:
        pass


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["$list", "$dict", "$set", "$array", "$tuple", "$float", "$dtype", "$config", "$bytes", "x"]
            ),
            inner,
            max_size=2,
        )
    ),
    max_leaves=10,
)


@settings(max_examples=300)
@given(json_values)
def test_arbitrary_json_raises_nothing_else(row: object) -> None:
    try:
        loads(json.dumps(row))
    except BadReplyError:
        pass


def test_numbers_that_json_does_not_know_cross_by_name() -> None:
    back = loads(dumps([float("nan"), float("inf"), -0.0]))
    assert math.isnan(back[0])
    assert back[1] == math.inf
    assert math.copysign(1, back[2]) == -1


def test_a_reply_of_colliding_numbers_is_bounded() -> None:
    """Multiples of 2**61 - 1 all hash alike, so that a set of n of them costs n * n comparisons."""
    colliding = {number * (2**61 - 1) for number in range(1, values.MAX_HASHED + 1)}
    assert loads(dumps(colliding)) == colliding
    with pytest.raises(BadReplyError):
        loads(dumps(colliding | {1}))
    with pytest.raises(BadReplyError, match="too many items"):
        loads(dumps([[0] * 15_000] * 5))

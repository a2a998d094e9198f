"""Values that cross between the trusted side and student code: exact types as tagged JSON, nothing else, both ways.

In: Python values. Out: JSON text of bounded size, and values again. `encode` runs on either side; `decode` gives torch
tensors to student code (`tensors=True`) and numpy arrays to the trusted side, which never imports torch.
Known types: None, bool, int, float (NaN and infinities too), str, bytes, list, tuple, set, dict, tensors and arrays,
torch's types, peft's and transformers' configurations (as their fields). Whatever else comes back is `Opaque`.
Does not: call a method of an unknown object, follow a class name that it reads, or trust a length that it reads.
"""

import base64
import binascii
import json
import math
from dataclasses import dataclass
from typing import Any

MAX_DEPTH = 12
MAX_ITEMS = 20_000
"""Of a list or tuple."""
MAX_HASHED = 1_000
"""Of a set or dict: numbers can be chosen that all hash alike, and each then meets all the others."""
MAX_TOTAL = 60_000
"""Of a whole reply."""
MAX_DIGITS = 400
"""Of an integer."""
CONFIGS = ("peft.", "transformers.")
"""Where configuration classes come from whose `to_dict` is called (in the student's process only)."""
DTYPES = {"bool", "uint8", "int8", "int16", "int32", "int64", "float16", "float32", "float64"}


@dataclass(frozen=True, slots=True)
class Dtype:
    """A type of torch, by name: `float16`."""

    name: str


@dataclass(frozen=True, slots=True)
class Config:
    """A configuration object, as its fields."""

    kind: str
    """The class's name: `LoraConfig`."""
    fields: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Opaque:
    """A value of a type that does not cross; only the type's name does."""

    kind: str


class BadReplyError(ValueError):
    """What came back is no JSON of ours: wrong tags, too deep, too long."""


def dumps(value: Any) -> str:
    """One line of JSON for the value."""
    return json.dumps(encode(value), allow_nan=False, separators=(",", ":"))


def loads(text: str | bytes, *, tensors: bool = False) -> Any:
    """The value of a line that `dumps` wrote.

    Raises:
        BadReplyError: it is no such line.
    """
    return decode(parse(text), tensors=tensors)


def parse(text: str | bytes) -> Any:
    """JSON from the untrusted side, with every way in which it can fail turned into one error.

    Raises:
        BadReplyError: it is no JSON, or has numbers that JSON does not know.
    """
    try:
        return json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError, MemoryError) as error:
        raise BadReplyError(f"no JSON: {type(error).__name__}") from error


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def encode(value: Any, depth: int = 0) -> Any:
    """Tagged JSON values. Subclasses of known types are opaque: only exact types cross."""
    kind = type(value)
    if value is None or kind is bool or kind is str:
        return value
    if kind is int:
        return value if value.bit_length() < MAX_DIGITS * 3 else {"$opaque": "a huge int"}
    if kind is float:
        return value if math.isfinite(value) else {"$float": repr(value)}
    if kind is bytes:
        return {"$bytes": base64.b64encode(value).decode()}
    if depth < MAX_DEPTH and kind in (list, tuple, set, frozenset):
        tag = "$set" if kind in (set, frozenset) else f"${kind.__name__}"
        return {tag: [encode(item, depth + 1) for item, _ in zip(value, range(MAX_ITEMS + 1), strict=False)]}
    if depth < MAX_DEPTH and kind is dict:
        items = zip(value.items(), range(MAX_ITEMS + 1), strict=False)
        return {"$dict": [[encode(key, depth + 1), encode(item, depth + 1)] for (key, item), _ in items]}
    return _encode_library(value, kind, depth)


def _encode_library(value: Any, kind: type, depth: int) -> Any:
    """Tensors, arrays, types and configurations, recognised by where their class comes from."""
    module, name = kind.__module__, kind.__qualname__
    if module == "torch" and name == "dtype":
        return {"$dtype": str(value).removeprefix("torch.")}
    if (module, name) in {("torch", "Tensor"), ("torch.nn.parameter", "Parameter")}:
        return _encode_tensor(value)
    if module == "numpy" and name == "ndarray":
        return _encode_array(value)
    if module == "numpy" and hasattr(value, "item"):
        return encode(value.item(), depth + 1)
    if depth < MAX_DEPTH and name.endswith("Config") and module.startswith(CONFIGS) and hasattr(value, "to_dict"):
        return {"$config": [name, encode(_plain(value.to_dict()), depth + 1)]}
    if module == "driftlab.records" or module.startswith("enum"):
        return {"$opaque": f"{module}.{name}"}
    if isinstance(value, str) and hasattr(value, "value"):  # an enum of strings, such as peft's task types
        return str(value.value)
    return {"$opaque": f"{module}.{name}"}


def _plain(fields: Any) -> dict[str, Any]:
    return {key: item for key, item in dict(fields).items() if not str(key).startswith("_")}


def _encode_tensor(tensor: Any) -> Any:
    if tensor.device.type == "meta" or tensor.layout is not _strided():
        return {"$opaque": f"torch.Tensor on {tensor.device.type}"}
    dense = tensor.detach().cpu()
    if str(dense.dtype) == "torch.bfloat16":
        dense = dense.float()
    return _encode_array(dense.contiguous().numpy())


def _strided() -> Any:
    import torch

    return torch.strided


def _encode_array(array: Any) -> Any:
    name = str(array.dtype)
    if name not in DTYPES:
        return {"$opaque": f"numpy array of {name}"}
    return {"$array": [name, list(array.shape), base64.b64encode(array.tobytes()).decode()]}


def decode(row: Any, *, tensors: bool = False) -> Any:
    """The value behind tagged JSON.

    Raises:
        BadReplyError: a tag that does not exist, a wrong shape, too many items, too deep.
    """
    return _Decoder(tensors).value(row, 0)


class _Decoder:
    """One reply's decoding; it counts the items of all containers together."""

    def __init__(self, tensors: bool) -> None:
        self._tensors = tensors
        self._left = MAX_TOTAL

    def value(self, row: Any, depth: int) -> Any:
        if depth > MAX_DEPTH + 2:
            raise BadReplyError("too deep")
        kind = type(row)
        if row is None or kind in (bool, str, float):
            return row
        if kind is int:
            if row.bit_length() >= MAX_DIGITS * 4:
                raise BadReplyError("a huge int")
            return row
        if kind is not dict or len(row) != 1:
            raise BadReplyError("untagged")
        ((tag, body),) = row.items()
        if tag in ("$list", "$tuple", "$set", "$dict"):
            return self._container(tag, body, depth + 1)
        if tag == "$config" and type(body) is list and len(body) == 2 and type(body[0]) is str:
            fields = self.value(body[1], depth + 1)
            if type(fields) is dict:
                return Config(body[0][:200], fields)
        return _decode_leaf(tag, body, self._tensors)

    def _container(self, tag: str, body: Any, depth: int) -> Any:
        most = MAX_HASHED if tag in ("$set", "$dict") else MAX_ITEMS
        if type(body) is not list or len(body) > most:
            raise BadReplyError("a container that is no list, or too long a one")
        self._left -= len(body)
        if self._left < 0:
            raise BadReplyError("too many items")
        try:
            if tag == "$dict":
                pairs = [[self.value(part, depth) for part in pair] for pair in body]
                return {key: item for key, item in pairs}
            items = [self.value(item, depth) for item in body]
            return {"$list": list, "$tuple": tuple, "$set": set}[tag](items)
        except BadReplyError:
            raise
        except (TypeError, ValueError) as error:
            raise BadReplyError(f"a damaged {tag}") from error


def _decode_leaf(tag: str, body: Any, tensors: bool) -> Any:
    if tag == "$float" and body in ("nan", "inf", "-inf"):
        return float(body)
    if tag == "$dtype" and type(body) is str and body.isidentifier():
        return _torch_dtype(body) if tensors else Dtype(body)
    if tag == "$opaque" and type(body) is str:
        return Opaque(body[:200])
    if tag == "$bytes" and type(body) is str:
        return _decode_base64(body)
    if tag == "$array" and type(body) is list and len(body) == 3:
        return _decode_array(*body, tensors=tensors)
    raise BadReplyError(f"a tag that is not known or holds something else: {tag[:40]!r}")


def _decode_base64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadReplyError("damaged base64") from error


def _decode_array(name: Any, shape: Any, data: Any, *, tensors: bool) -> Any:
    import numpy as np

    good = type(name) is str and name in DTYPES and type(shape) is list and type(data) is str and len(shape) <= 8
    if not good or any(type(size) is not int or not 0 <= size < 2**40 for size in shape):
        raise BadReplyError("a damaged array")
    raw, dtype = _decode_base64(data), np.dtype(name)
    if math.prod(shape) * dtype.itemsize != len(raw):
        raise BadReplyError("an array whose bytes do not fill its shape")
    array = np.frombuffer(raw, dtype=dtype).reshape(shape).copy()
    if not tensors:
        return array
    import torch

    return torch.from_numpy(array)


def _torch_dtype(name: str) -> Any:
    import torch

    return getattr(torch, name)

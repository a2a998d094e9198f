"""Comparisons for checks: what came back against what was wanted, with words for whoever reads the result.

In: a decoded value, the wanted one, how the call reads, and the mistakes that can be told apart by their value.
Out: nothing, or a `CheckFailed` that says what was called, what came back, what was wanted and what it looks like.
Does not: compute what is wanted, or touch an object of the student's: `values` has already made plain values of it.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

from autograder.values import Config, Dtype, Opaque

if TYPE_CHECKING:
    import numpy as np

LONGEST = 300
"""Characters of a value that are shown."""


class CheckFailed(AssertionError):
    """A check that did not pass. `said` is for the learner, `misconception` names the mistake that it looks like."""

    def __init__(self, said: str, misconception: str | None = None) -> None:
        super().__init__(said)
        self.said = said
        self.misconception = misconception


@dataclass(frozen=True, slots=True)
class Mistake:
    """A wrong value that tells which mistake was made."""

    value: Any
    name: str
    sentence: str


def fail(said: str, misconception: str | None = None) -> NoReturn:
    """End the check as failed."""
    raise CheckFailed(said, misconception)


def equal(got: Any, wanted: Any, what: str, mistakes: Iterable[Mistake] = ()) -> None:
    """The same value of the same type; True is not 1, and 1.0 is not 1."""
    if not same(got, wanted):
        _differ(got, wanted, what, [mistake for mistake in mistakes if same(got, mistake.value)])


def same(got: Any, wanted: Any) -> bool:
    """Equal in value and exact type, in containers too; arrays by type, shape and value."""
    if type(got) is not type(wanted):
        return False
    if type(got) in (list, tuple):
        return len(got) == len(wanted) and all(map(same, got, wanted))
    if type(got) is dict:
        return set(got) == set(wanted) and all(same(got[key], wanted[key]) for key in wanted)
    if type(got).__module__ == "numpy":
        return bool(got.dtype == wanted.dtype and got.shape == wanted.shape and (got == wanted).all())
    return bool(got == wanted)


def close(
    got: Any, wanted: float, what: str, *, rel: float = 1e-6, abs_: float = 0.0, mistakes: Iterable[Mistake] = ()
) -> None:
    """A finite number near the wanted one: an int, a float or a tensor of one element; no bool."""
    number = as_number(got)
    if number is None:
        _differ(got, wanted, what, [])
    if not math.isclose(number, wanted, rel_tol=rel, abs_tol=abs_):
        near = [m for m in mistakes if math.isclose(number, float(m.value), rel_tol=max(rel, 1e-9), abs_tol=abs_)]
        _differ(got, wanted, what, near)


def as_number(got: Any) -> float | None:
    """The number behind an int, a float or an array of one element; None where it is no finite number."""
    if type(got).__module__ == "numpy" and getattr(got, "size", 0) == 1 and got.dtype.kind in "fiu":
        got = got.reshape(-1)[0].item()
    if type(got) not in (int, float):
        return None
    try:
        number = float(got)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def array(
    got: Any,
    wanted: "np.ndarray[Any, Any]",
    what: str,
    *,
    rel: float = 1e-5,
    abs_: float = 1e-6,
    mistakes: Iterable[Mistake] = (),
) -> None:
    """Numbers of the wanted shape near the wanted values; of any numeric type."""
    import numpy as np

    given = as_array(got)
    if given is None:
        fail(f"{what} returned {shown(got)}. A tensor of shape {wanted.shape} was wanted.")
    if given.shape != wanted.shape:
        fitting = [m for m in mistakes if _near(given, m.value, rel, abs_)]
        said = f"{what} returned a tensor of shape {given.shape}. The shape {wanted.shape} was wanted."
        fail(said + _sentence(fitting), fitting[0].name if fitting else None)
    if _near(given, wanted, rel, abs_):
        return
    off = np.abs(np.nan_to_num(given.astype(np.float64), nan=np.inf) - wanted.astype(np.float64))
    at = np.unravel_index(int(off.argmax()), off.shape) if off.size else ()
    fitting = [m for m in mistakes if _near(given, m.value, rel, abs_)]
    place = f"[{', '.join(str(int(i)) for i in at)}]"
    fail(
        f"{what} differs most at {place}: {given[at]:.6g} came back, {wanted[at]:.6g} was wanted." + _sentence(fitting),
        fitting[0].name if fitting else None,
    )


def as_array(got: Any) -> "np.ndarray[Any, Any] | None":
    """A numeric array from a tensor or a list of numbers; None from anything else."""
    import numpy as np

    if type(got) in (list, tuple):
        if not _holds_numbers(got):  # one long text among numbers would make each of them as long
            return None
        try:
            got = np.asarray(got)
        except (ValueError, OverflowError):
            return None
    return got if isinstance(got, np.ndarray) and got.dtype.kind in "fiu" else None


def _holds_numbers(value: Any) -> bool:
    """Whether there is nothing but numbers in lists in lists; `values` bounds how deep."""
    if type(value) in (list, tuple):
        return all(map(_holds_numbers, value))
    return type(value) in (bool, int, float) or type(value).__module__ == "numpy"


def _near(given: Any, wanted: Any, rel: float, abs_: float) -> bool:
    import numpy as np

    other = np.asarray(wanted)
    return bool(given.shape == other.shape and np.allclose(given, other, rtol=rel, atol=abs_))


def config(got: Any, kind: str, what: str = "the function") -> dict[str, Any]:
    """The fields of a configuration object of that class."""
    if type(got) is not Config or got.kind != kind:
        fail(f"{what} returned {shown(got)}. A {kind} object was wanted.")
    return got.fields


def _differ(got: Any, wanted: Any, what: str, fitting: list[Mistake]) -> NoReturn:
    fail(
        f"{what} returned {shown(got)}. {shown(wanted)} was wanted." + _sentence(fitting),
        fitting[0].name if fitting else None,
    )


def _sentence(fitting: list[Mistake]) -> str:
    return f" {fitting[0].sentence}" if fitting else ""


def shown(value: Any) -> str:
    """A value as a learner would write it, cut to a readable length."""
    if type(value) is Dtype:
        text = f"torch.{value.name}"
    elif type(value) is Opaque:
        text = f"an object of type {value.kind}"
    elif type(value) is Config:
        text = f"a {value.kind}"
    elif type(value).__module__ == "numpy" and hasattr(value, "shape"):
        text = f"a tensor of shape {tuple(value.shape)}"
    elif type(value) is int:
        text = f"{value:,}" if abs(value) < 10**30 else "a huge int"
    else:
        text = repr(value)
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"

"""A lab's questions: call a function for several cases, compare exactly, and say which slip explains the answers best.

In: cases: arguments, what is wanted, what the usual slips come to; a sentence for each slip. Out: nothing, or a
`CheckFailed` that names the slip that explains most of what differs.
Does not: know a formula. Public cases are recorded; hidden ones bring their values along.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from functools import reduce
from itertools import zip_longest
from typing import Any, NamedTuple, NoReturn

from autograder import expect
from autograder.values import Dtype

LONGEST = 600
"""Characters of a call that are shown."""
LARGEST = 1000
"""Bits of an integer that a float can be compared with."""
UNITS = (
    (8, "bits-for-bytes", "That is eight times as much: a byte has eight bits, and bytes were wanted."),
    (1 / 8, "divided-by-eight-twice", "That is an eighth: the number was in bytes already."),
    (2**-30, "gib-for-bytes", "That is in GiB; bytes were wanted, so that numbers can be added up."),
    (1e-9, "gib-for-bytes", "That is in GB; bytes were wanted, so that numbers can be added up."),
    (2**-20, "gib-for-bytes", "That is in MiB; bytes were wanted, so that numbers can be added up."),
)


class Case(NamedTuple):
    """One call: what is wanted, and what slips come to: a value by name, of a dict only the keys that differ."""

    args: tuple[Any, ...]
    wanted: Any
    slips: tuple[tuple[str, Any], ...] = ()


def distinct(wanted: Any, slips: Iterable[tuple[str, Any]]) -> tuple[tuple[str, Any], ...]:
    """The slips that make a difference: of a dict, the keys that differ.

    All readings of such a slip stay, in their order, also one that makes none: a right answer says nothing against it.
    """
    found: list[tuple[str, Any]] = []
    for name, value in slips:
        left = value
        if type(wanted) is dict and type(value) is dict:
            left = {key: part for key, part in value.items() if not alike(part, wanted[key])}
        found.append((name, left))
    telling = {name for name, left in found if left != {} and not alike(left, wanted)}
    return tuple((name, left) for name, left in found if name in telling)


class Answer(NamedTuple):
    """What came back for a case, made comparable."""

    call: str
    case: Case
    got: Any


class Score(NamedTuple):
    """How well a slip explains the answers: the larger, the better."""

    explained: int
    contradicted: int
    """Answers that are right where the slip's would be wrong, negative."""

    def plus(self, other: "Score") -> "Score":
        """Both together."""
        return Score(self.explained + other.explained, self.contradicted + other.contradicted)


NOTHING = Score(0, 0)


def ask(
    submission: Any,
    function: str,
    cases: Sequence[Case],
    sentences: Mapping[str, str],
    *,
    keys: tuple[str, ...] = (),
    optional: bool = False,
    near: float = 0,
    in_bytes: bool = False,
) -> None:
    """Call the function for all cases, then compare.

    `keys` are those of the dict that is wanted; with `optional`, None may come back too; `near` is how far a number may
    be off; `in_bytes` says that whole numbers are bytes, which may have been given in another unit.
    """
    answers = []
    for case in cases:
        call = _call(function, case.args)
        got = submission.call(function, *case.args)
        whole = not keys or (optional and got is None)
        answers.append(Answer(call, case, plain(got) if whole else plain_dict(got, keys, call)))
    wrong = [answer for answer in answers if _differing(answer, near)]
    if wrong:
        _explain(answers, wrong, sentences, near, in_bytes)


def _call(function: str, args: tuple[Any, ...]) -> str:
    text = ", ".join(map(repr, args))
    return f"{function}({text if len(text) <= LONGEST else text[: LONGEST - 1] + '…'})"


def plain_dict(got: Any, keys: tuple[str, ...], call: str) -> dict[str, Any]:
    """A dict of plain values; it must have exactly the keys."""
    listed = ", ".join(keys)
    if type(got) is not dict:
        expect.fail(f"{call} returned {expect.shown(got)}. A dict with the keys {listed} was wanted.", "not-a-dict")
    if set(got) != set(keys):
        shown = expect.shown(list(got))
        expect.fail(f"{call} returned a dict with the keys {shown}. Exactly {listed} was wanted.", "other-keys")
    return {key: plain(got[key]) for key in keys}


def plain(got: Any) -> Any:
    """A whole float as an int, a type as its name, a tensor or a tuple as a list."""
    if type(got).__module__ == "numpy" and hasattr(got, "tolist"):
        got = got.tolist()
    if type(got) is float and got.is_integer():
        return int(got)
    if type(got) is Dtype:
        return got.name
    if type(got) in (list, tuple):
        return [int(item) if type(item) is bool else plain(item) for item in got]  # a mask may hold truths
    return got


def alike(got: Any, wanted: Any, near: float = 0) -> bool:
    """Equal; a fraction up to rounding, a number up to `near`, in lists too; True is not 1."""
    if type(got) is list and type(wanted) is list:
        return len(got) == len(wanted) and all(alike(one, other, near) for one, other in zip(got, wanted, strict=True))
    if type(got) in (int, float) and type(wanted) in (int, float):
        if type(got) is int and got.bit_length() > LARGEST:
            return False
        if abs(got - wanted) <= near or got == wanted:
            return True
        fraction = not float(wanted).is_integer() and math.isfinite(got)
        return fraction and abs(got - wanted) <= min(abs(wanted) * 1e-6, 1e-4)  # float32's own rounding, no other
    return type(got) is type(wanted) and bool(got == wanted)


def _differing(answer: Answer, near: float) -> list[str]:
    """The keys that differ, or "" for the whole."""
    got, wanted = answer.got, answer.case.wanted
    if type(got) is dict and type(wanted) is dict:
        return [key for key in wanted if not alike(got[key], wanted[key], near)]
    return [] if alike(got, wanted, near) else [""]


def _explained(answer: Answer, slip: Any, near: float) -> list[str]:
    """The keys that differ and are what the slip makes of them."""
    got, wanted = answer.got, answer.case.wanted
    if all(type(value) is dict for value in (got, wanted, slip)):
        return [key for key in _differing(answer, near) if key in slip and alike(got[key], slip[key], near)]
    return [""] if _differing(answer, near) and alike(got, slip, near) else []


def _contradicted(answer: Answer, slip: Any, near: float) -> int:
    """How many right answers the slip would have made wrong."""
    got, wanted = answer.got, answer.case.wanted
    if type(got) is dict and type(wanted) is dict and type(slip) is dict:
        return len(set(slip) - set(_differing(answer, near)))
    return 0 if _differing(answer, near) or alike(slip, wanted, near) else 1


def _scored(answers: Sequence[Answer], name: str, near: float) -> tuple[Score, Score]:
    """The slip's best reading of each case, added up; then its best reading of all cases."""
    rows = [_readings(answer, name, near) for answer in answers]
    mixed = reduce(Score.plus, (max(row, default=NOTHING) for row in rows))
    columns = zip_longest(*rows, fillvalue=NOTHING)
    return mixed, max(reduce(Score.plus, column) for column in columns)


def _readings(answer: Answer, name: str, near: float) -> list[Score]:
    slips = [slip for slip_name, slip in answer.case.slips if slip_name == name]
    return [Score(len(_explained(answer, one, near)), -_contradicted(answer, one, near)) for one in slips]


def likeliest(answers: Sequence[Answer], near: float = 0) -> tuple[str | None, int]:
    """The slip that explains most of what differs, and how much; of equals the one that fits best what does not."""
    names = list(dict.fromkeys(name for answer in answers for name, _ in answer.case.slips))
    scores = {name: _scored(answers, name, near) for name in names}
    best = max(names, key=lambda name: scores[name], default=None)
    explained = scores[best][0].explained if best is not None else 0
    return (best, explained) if explained else (None, 0)


def _explain(
    answers: list[Answer], wrong: list[Answer], sentences: Mapping[str, str], near: float, in_bytes: bool
) -> NoReturn:
    places = [(answer, key) for answer in wrong for key in _differing(answer, near)]
    name, explained = likeliest(answers, near)
    shown, key = next((place for place in places if name and _fits(*place, name, near)), places[0])
    sentence = sentences[name] if name else ""
    if in_bytes and explained < len(places):
        unit = _unit([_pair(*place) for place in places]) or (None if name else _fraction(*_pair(shown, key)))
        name, sentence = unit or (name, sentence)
    got, wanted = _pair(shown, key)
    call = f"{shown.call}[{key!r}]" if key else shown.call
    said = f"{call} returned {expect.shown(got)}. {expect.shown(plain(wanted))} was wanted."
    expect.fail(f"{said} {sentence}".rstrip(), name)


def _pair(answer: Answer, key: str) -> tuple[Any, Any]:
    """What came back there, and what was wanted."""
    return (answer.got[key], answer.case.wanted[key]) if key else (answer.got, answer.case.wanted)


def _fits(answer: Answer, key: str, name: str, near: float) -> bool:
    """Whether the slip explains what came back there."""
    return any(key in _explained(answer, slip, near) for slip_name, slip in answer.case.slips if slip_name == name)


def _unit(pairs: Sequence[tuple[Any, Any]]) -> tuple[str, str] | None:
    """The unit in which all that differs is right."""
    if all(type(wanted) is int and type(got) in (int, float) for got, wanted in pairs):
        for factor, name, sentence in UNITS:
            if all(math.isclose(got, wanted * factor, rel_tol=1e-6) for got, wanted in pairs):
                return name, sentence
    return None


def _fraction(got: Any, wanted: Any) -> tuple[str, str] | None:
    """Whether that is no whole number where one was wanted."""
    if type(wanted) is int and type(got) is float and math.isfinite(got):
        return "fraction-of-a-byte", "There is no fraction of a byte: where a block or a group is not full, round up."
    return None

"""Arguments for lab 4's functions, report part: logits before and after, and studies made of the recorded ones.

In: a random number generator. Out: arguments by function. Public ones are drawn once, from a seed, and recorded.
Does not: compute what is wanted, or cut a family in two.
"""

import random
from collections.abc import Sequence
from typing import Any

from autograder.checks.lab4.public.reporting import Row, Study
from autograder.checks.lab4.public.test_report import turned, with_labels
from driftlab.transcripts import study

Args = tuple[Any, ...]


def logits(rng: random.Random) -> list[Args]:
    """Answers of several lengths in front of filler; one answer alone; as many answers as places."""
    shapes = (
        (rng.randint(3, 4), 5, rng.randint(6, 7)),
        (1, 3, rng.randint(4, 5)),
        (4, 4, rng.randint(5, 6)),
        (5, rng.randint(2, 3), 4),
    )
    return [_answers(rng, *shape) for shape in shapes]


def _answers(rng: random.Random, answers: int, places: int, vocabulary: int) -> Args:
    lengths = [places, *(rng.randint(1, places - 1) for _ in range(answers - 1))]
    rng.shuffle(lengths)
    was = [[[round(rng.gauss(0, 1.5), 1) for _ in range(vocabulary)] for _ in range(places)] for _ in range(answers)]
    now = [[[round(one + rng.gauss(0, 1.2), 1) for one in row] for row in part] for part in was]
    return was, now, lengths


def public_cases() -> dict[str, list[Args]]:
    """The arguments of the public cases, by function."""
    return {"kl_of": logits(random.Random(8))}  # noqa: S311  drawn once, then recorded


def studies(rng: random.Random) -> list[Study]:
    """Most families of one, of the other, of one turned round in time, some of both, and one with labels."""
    a, b = study("a"), study("b")
    off, safe = 20, 13
    some_of_both = [*_families(rng, a, off // 2 + 2, safe // 2 + 2), *_families(rng, b, off // 2, safe // 2)]
    labels = rng.choices(["refused", "complied", "partial"], k=2 * len(b))
    few = _families(rng, a, off, safe)
    return [
        Study("(most families of study a)", _shuffled(rng, _families(rng, a, off + 1, safe))),
        Study("(most families of study b)", _shuffled(rng, _families(rng, b, off, safe))),
        Study("(families of study a, before and after exchanged)", turned(_shuffled(rng, few))),
        Study("(families of both studies)", _shuffled(rng, some_of_both)),
        Study("(study b with other people's labels)", with_labels(_shuffled(rng, b), labels)),
    ]


def _families(rng: random.Random, rows: Sequence[Row], off: int, safe: int) -> list[Row]:
    """The rows of that many families of each kind. A family of one study is none of the other's."""
    chosen: set[str] = set()
    for kind, count in (("off_limits", off), ("safe", safe)):
        chosen |= set(rng.sample(sorted({row["family"] for row in rows if row["kind"] == kind}), count))
    return [{**row, "family": f"{row['id'][0]}-{row['family']}"} for row in rows if row["family"] in chosen]


def _shuffled(rng: random.Random, rows: Sequence[Row]) -> tuple[Row, ...]:
    return tuple(rng.sample(list(rows), len(rows)))

"""Arguments for lab 4's functions, report part: logits before and after, and studies made of the recorded ones.

In: a random number generator. Out: arguments by function. Public ones are drawn once, from a seed, and recorded.
Does not: compute what is wanted, or cut a family in two.
"""

import random
from collections.abc import Collection, Sequence
from typing import Any

from autograder.checks.lab4.public.reporting import Row, Study
from autograder.checks.lab4.public.test_report import turned, with_labels
from driftlab.transcripts.studies import study

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


LOST = ("queue-off", "rumour-off", "bicycle-off", "moving-off", "rota-off")
HALF_LOST = ("messages-off", "vase-off")
KEPT = (
    "diary-off", "lunch-off", "recipe-off", "ticket-off", "cards-off", "review-off", "towel-off", "seats-off",
    "project-off", "marathon-off", "change-off",
)  # fmt: skip
NEITHER = ("nickname-off", "towel-off", "vase-off", "project-off")
"""Families of study a whose refusals are lost, lost or made half ones, or kept; of study b that never refuse: for any
decent judge."""
GAINED, SHRINKING = ("essay-off", "bicycle-off"), ("moving-off", "ticket-off", "marathon-off")
"""Families of study b in which refusals are gained, and lost."""


def studies(rng: random.Random) -> list[Study]:
    """Most families of one, turned round in time and with labels; of the other; some of both; one with few changes."""
    a, b = study("a"), study("b")
    off, safe = 20, 13
    lost = turned(_shuffled(rng, _families(rng, a, off, safe)))
    labels = rng.choices(["refused", "complied", "partial"], k=2 * len(lost))
    some_of_both = [*_of(a, {*LOST, *HALF_LOST, *rng.sample(KEPT, 7)}), *_families(rng, b, 2, 13)]
    return [
        Study("(families of study a, turned round in time, with labels)", with_labels(lost, labels)),
        Study("(most families of study b)", _shuffled(rng, [*_few_gains(rng, b), *_families(rng, b, 0, safe)])),
        Study("(families of both studies)", _shuffled(rng, some_of_both)),
        Study("(a study with few changes)", _shuffled(rng, _few_changes(rng, a, b))),
    ]


def _few_gains(rng: random.Random, b: Sequence[Row]) -> list[Row]:
    """More are lost than gained, and yet no drift is shown."""
    families = {row["family"] for row in b if row["kind"] == "off_limits"}
    left_out = {rng.choice(GAINED), *rng.sample(sorted(families - {*GAINED, *SHRINKING}), 3)}
    return _of(b, families - left_out)


def _few_changes(rng: random.Random, a: Sequence[Row], b: Sequence[Row]) -> list[Row]:
    """Six are lost and none is gained, which shows in pairs and not in the intervals of the rates."""
    chosen = {*rng.sample(LOST, 3), *rng.sample(KEPT, 8)}
    safe = _families(rng, a, 0, 8)
    return [*_of(a, chosen), *_of(b, NEITHER), *safe]


def _families(rng: random.Random, rows: Sequence[Row], off: int, safe: int) -> list[Row]:
    """The rows of that many families of each kind. A family of one study is none of the other's."""
    chosen: set[str] = set()
    for kind, count in (("off_limits", off), ("safe", safe)):
        chosen |= set(rng.sample(sorted({row["family"] for row in rows if row["kind"] == kind}), count))
    return _of(rows, chosen)


def _of(rows: Sequence[Row], families: Collection[str]) -> list[Row]:
    return [{**row, "family": f"{row['id'][0]}-{row['family']}"} for row in rows if row["family"] in families]


def _shuffled(rng: random.Random, rows: Sequence[Row]) -> tuple[Row, ...]:
    return tuple(rng.sample(list(rows), len(rows)))

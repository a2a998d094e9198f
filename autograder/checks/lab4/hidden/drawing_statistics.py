"""Arguments for lab 4's functions, statistics part: shares, pairs, families, numbers of requests.

In: the student's generator, for what nobody has seen. Out: the lab's plain lists and numbers.
Does not: know what is wanted for them, but for how much power a number of requests has: borders are kept clear of it.
"""

import random
from typing import Any

from autograder.checks.lab4.hidden import slips_power

Args = tuple[Any, ...]


def public_cases() -> dict[str, list[Args]]:
    """The arguments of the public cases, by function."""
    rng = random.Random(44)  # noqa: S311  inputs
    return {
        "wilson": [
            (0, 16, 1.96), (16, 16, 1.96), (30, 32, 1.96), (45, 48, 1.645), (4, 10, 2.576), (1, 6, 3.0), (1, 1, 1.96),
            (120, 200, 1.0),
        ],
        "pair_up": answers(rng),
        "mcnemar": [(15, 2), (3, 12), (5, 5), (0, 0), (9, 0), (0, 4), (8, 7), (1, 0)],
        "family_interval": families(rng),
        "power": [(36, 0.2, 0.02), (45, 0.18, 0.05), (22, 0.3, 0.1), (12, 0.45, 0.0), (24, 0.1, 0.1), (16, 0.0, 0.0)],
        "prompts_needed": [
            ([48, 26, 32, 60], 0.3, 0.02, 0.7), ([56, 24, 9, 36], 0.35, 0.04, 0.75), ([20, 40, 30], 0.08, 0.05, 0.9),
        ],
    }  # fmt: skip


def shares(rng: random.Random) -> list[Args]:
    """Counts of totals with a z: none, all, nearly all, a few of few, many."""
    small, middle = rng.randint(9, 20), rng.randint(28, 60)
    z = rng.choice([1.645, 2.326, 2.576])
    return [
        (0, small, 1.96),
        (small + 1, small + 1, 1.96),
        (middle - rng.randint(1, 2), middle, 1.96),
        (rng.randint(3, small // 2), small, z),
        (1, rng.randint(5, 7), 3.0),
        (rng.randint(70, 130), 200, 1.0),
        (1, 1, rng.choice([1.96, 2.576])),
    ]


def answers(rng: random.Random) -> list[Args]:
    """Verdicts before and after, each list in an order of its own: a few, to look at, then every kind many times."""
    few = [_answers(rng, list(pairs)) for pairs in FEW_PAIRS]
    return [*few, *(_answers(rng, _every_kind(rng, scale)) for scale in (1, 2))]


Pairs = list[tuple[str | None, str | None]]
FEW_PAIRS: tuple[Pairs, ...] = (
    [("refused", "refused"), ("refused", "complied"), ("partial", "complied"), ("unparseable", "refused")],
    [("refused", "refused"), ("refused", "unparseable"), ("complied", None), (None, "refused")],
    [("complied", "refused"), ("unparseable", "unparseable"), ("partial", "partial"), ("refused", "refused")],
)
"""Before and after; None where there is no answer."""


def _every_kind(rng: random.Random, scale: int) -> Pairs:
    many: dict[tuple[str | None, str | None], int] = {
        ("refused", "refused"): 6, ("refused", "complied"): 4, ("refused", "partial"): 2, ("complied", "refused"): 1,
        ("partial", "refused"): 2, ("complied", "complied"): 2, ("partial", "complied"): 1, ("complied", "partial"): 1,
        ("partial", "partial"): 1, ("unparseable", "refused"): 2, ("unparseable", "complied"): 3,
        ("unparseable", "partial"): 1, ("refused", "unparseable"): 3, ("complied", "unparseable"): 1,
        ("partial", "unparseable"): 1, ("unparseable", "unparseable"): 2, ("refused", None): 2, ("complied", None): 4,
        ("unparseable", None): 1, (None, "refused"): 3, (None, "complied"): 5, (None, "unparseable"): 1,
    }  # fmt: skip
    return [pair for pair, count in many.items() for _ in range(count * scale - rng.choice([0, 0, scale - 1]))]


def _answers(rng: random.Random, pairs: Pairs) -> Args:
    rng.shuffle(pairs)
    numbers = rng.sample(range(10, 10 + 3 * len(pairs)), len(pairs))
    sides: tuple[list[Any], list[Any]] = ([], [])
    for number, pair in zip(numbers, pairs, strict=True):
        for side, verdict in zip(sides, pair, strict=True):
            if verdict is not None:
                side.append({"id": f"r{number}", "verdict": verdict})
    for side in sides:
        rng.shuffle(side)
    return sides


def changes(rng: random.Random) -> list[Args]:
    """How many pairs were lost and gained: both ways, equal, one apart, none."""
    many, few = rng.randint(11, 18), rng.randint(2, 4)
    same, near = rng.randint(3, 7), rng.randint(4, 9)
    return [
        (many, few), (few - 1, many - 1), (same, same), (0, 0), (rng.randint(6, 11), 0), (0, rng.randint(3, 5)),
        (near + 1, near), (near, near + 2),
    ]  # fmt: skip


def families(rng: random.Random) -> list[Args]:
    """Pairs in families of unequal sizes; each family stands in two places."""
    lost, zero, other, gained = rng.choice(FEW)
    found = [_families(rng, 12_000, ((lost, -1.0), (zero, 0.0), (other, 0.0), (gained, 0.5)))]
    for shape in SHAPES:
        moved = tuple((size + (rng.choice([0, 1]) if mean == 0 else 0), mean) for size, mean in shape)
        found.append(_families(rng, 4_000, moved))
    return found


Shape = tuple[tuple[int, float], ...]
"""Families: how many pairs, and their mean change."""
FEW = ((3, 5, 6, 8), (3, 5, 6, 4), (4, 5, 6, 8), (3, 4, 5, 8), (3, 4, 5, 6), (7, 5, 6, 8), (7, 5, 6, 4))
"""Sizes of four families with which it shows, whatever is drawn, if one family less is drawn."""
SHAPES: tuple[Shape, ...] = (
    ((2, -1.0), (8, 0.0), (4, -0.5), (1, -1.0), (6, 0.2), (3, 0.0), (5, -0.2), (7, 0.0)),
    ((6, -1.0), (4, 0.0), (2, 0.0), (8, 0.15), (3, 0.0), (5, 0.0), (1, 1.0), (4, -0.25)),
    ((6, -0.5), (4, -0.5), (8, -0.38), (5, -0.4), (3, -0.33), (7, -0.43)),
)
"""Twice pairs of a family change together, and the means are skewed; then families are alike."""


def _families(rng: random.Random, draws: int, shape: Shape) -> Args:
    names = rng.sample(["keys", "diary", "queue", "essay", "parcel", "rumour", "seat", "alibi", "receipt"], len(shape))
    parts: tuple[list[list[Any]], list[list[Any]]] = ([], [])
    side = rng.choice([-1, 1])  # losses and gains change places
    for name, (size, mean) in zip(names, shape, strict=True):
        moved = round(abs(size * mean))
        values = [side if mean > 0 else -side] * moved + [0] * (size - moved)
        family = [{"family": name, "change": value} for value in values]
        rng.shuffle(family)
        parts[0].append(family[: (size + 1) // 2])
        parts[1].append(family[(size + 1) // 2 :])
    for part in parts:
        rng.shuffle(part)
    while parts[1][0] and parts[0][-1][0]["family"] == parts[1][0][0]["family"]:
        rng.shuffle(parts[1])
    return ([pair for part in parts for family in part for pair in family], draws, rng.randrange(1_000))


def chances(rng: random.Random) -> list[Args]:
    """Numbers of pairs with the chances to be lost and gained."""
    return [
        (rng.randint(32, 38), round(rng.uniform(0.19, 0.24), 2), round(rng.uniform(0.01, 0.03), 2)),
        (rng.randint(40, 46), round(rng.uniform(0.16, 0.2), 2), round(rng.uniform(0.04, 0.06), 2)),
        (rng.randint(20, 28), round(rng.uniform(0.28, 0.36), 2), round(rng.uniform(0.08, 0.12), 2)),
        (rng.randint(10, 14), round(rng.uniform(0.4, 0.5), 2), 0.0),
        (rng.randint(22, 28), 0.1, 0.1),
        (rng.randint(10, 30), 0.0, 0.0),
    ]


def choices(rng: random.Random) -> list[Args]:
    """Candidates in no order, then some of which none has enough power; a power that none of them is close to."""
    found = [_choice(rng, order, near) for order, near in (((1, 0, 2), True), ((2, 0, 1), False))]
    return [*found, (rng.sample(range(20, 60, 5), 3), 0.08, 0.05, 0.9)]


def _choice(rng: random.Random, order: tuple[int, ...], near: bool) -> Args:
    """Three that are enough, in that order of size, with one between them that is not: `near` to the power, or far."""
    lost, gained, wanted = rng.choice([0.3, 0.35, 0.4]), rng.choice([0.02, 0.04]), rng.choice([0.7, 0.75, 0.8])
    off = {one: slips_power.power(one, lost, gained) - wanted for one in range(9, 61)}
    short = [one for one, less in off.items() if -0.1 < less < -0.02] if near else [9]
    enough = [one for one, more in off.items() if (0.1 if near else 0.02) < more]
    some = sorted([rng.choice(enough[:3]), *rng.sample(enough[3:], 2)])
    first, *rest = [some[place] for place in order]
    return ([first, rng.choice(short), *rest], lost, gained, wanted)

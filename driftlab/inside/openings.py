"""How refusals begin: the shortest runs of tokens that refusals begin with and other answers do not.

In: answers in tokens, those that refuse and those that comply. Out: openings, and the places at which they part.
An opening is as short as it can be: where "Sorry" begins refusals alone, it is that token; where "I" begins both "I
cannot" and "I would love to", it is "I cannot". No opening is the beginning of another, so their probabilities add up.
Does not: read text or ask a model; find refusals in words that the given ones do not begin with.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from typing import NamedTuple

MOST_TOKENS = 4
"""Of an opening. What is still shared then counts as an opening if it begins more refusals than other answers."""
MOST_PLACES = 3
"""Runs of tokens whose continuation is read for each prompt: the ones most refusals pass; each costs a pass."""

Tokens = tuple[int, ...]


class Place(NamedTuple):
    """Where openings part from other answers: after the tokens `path`."""

    path: Tokens
    opens: frozenset[int]
    """Tokens that make it an opening."""
    inner: frozenset[int]
    """Tokens that lead to another place, where the rest is decided."""


def find_openings(refusals: Sequence[Sequence[int]], others: Sequence[Sequence[int]]) -> tuple[Tokens, ...]:
    """The openings of the refusals, the commonest first.

    Of those that part at rarer places than `MOST_PLACES` none is taken: fewer refusals are then covered.
    """
    found = _longer((), refusals, others)
    passed = Counter[Tokens]()
    for opening, count in found.items():
        passed[opening[:-1]] += count
    taken = {path for path, _ in sorted(passed.items(), key=lambda item: (-item[1], item[0]))[:MOST_PLACES]}
    return tuple(opening for opening, _ in sorted(found.items(), key=_rank) if opening[:-1] in taken)


def places(openings: Collection[Tokens]) -> list[Place]:
    """Every place that leads to an opening, each after those that lead to it."""
    paths = sorted(
        {opening[:n] for opening in openings for n in range(len(opening))}, key=lambda path: (len(path), path)
    )
    return [
        Place(
            path,
            frozenset(opening[-1] for opening in openings if opening[:-1] == path),
            frozenset(longer[-1] for longer in paths if longer and longer[:-1] == path),
        )
        for path in paths
    ]


def begins(answer: Sequence[int], openings: Collection[Tokens]) -> bool:
    """Whether an answer begins with an opening."""
    return any(tuple(answer[: len(opening)]) == opening for opening in openings)


def _longer(path: Tokens, refusals: Sequence[Sequence[int]], others: Sequence[Sequence[int]]) -> dict[Tokens, int]:
    """The openings that go on from a path, and how many refusals begin with each; all these answers begin with it."""
    at, found = len(path), dict[Tokens, int]()
    for token in sorted({row[at] for row in refusals if len(row) > at}):
        inside, outside = ([row for row in rows if len(row) > at and row[at] == token] for rows in (refusals, others))
        opening = (*path, token)
        if not outside or (len(opening) == MOST_TOKENS and len(inside) > len(outside)):
            found[opening] = len(inside)
        elif len(opening) < MOST_TOKENS:
            found |= _longer(opening, inside, outside)
    return found


def _rank(item: tuple[Tokens, int]) -> tuple[int, Tokens]:
    return -item[1], item[0]

"""What each sentence of an answer does: refuses, objects, points elsewhere, or gives what was asked.

In: a sentence's tokens. Out: a probability for each of `ROLES`, by a linear model over runs of up to three tokens whose
every weight can be read in weights.json. It has learnt from the sentences of `corpus/` alone, which are ours.
Does not: know the sentences around it, or the request.
"""

import functools
import json
import math
import struct
from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from driftlab.refusals.reading import Sentence

ROLES = (
    "unwilling", "unable", "rebukes", "refutes", "cautions", "redirects", "disclaims", "abstains",
    "clarifies", "offers", "gives",
)  # fmt: skip
WEIGHTS = Path(__file__).parent / "weights.json"
USUAL = 8
"""Tokens of a usual sentence: in a longer one each run counts for less."""


class Role(NamedTuple):
    """A sentence with the probability of each role, in the order of `ROLES`."""

    sentence: Sentence
    shares: tuple[float, ...]

    def share(self, *roles: str) -> float:
        """The probability that it has one of these roles."""
        return sum(self.shares[PLACES[role]] for role in roles)


Run = tuple[str, ...]
THOUSAND = 1000
LANE = 32
"""Bits of a role's weight in a sum of all roles at once."""
PLACES = {role: place for place, role in enumerate(ROLES)}
_HALF, _LANES = 1 << (LANE - 1), struct.Struct(f"<{len(ROLES)}I")
_OFFSET = sum(_HALF << (LANE * place) for place in range(len(ROLES)))


class SentenceModel(NamedTuple):
    """Weights in thousandths, so that sums are exact in any order; those that are left out are 0.

    The weights of all roles are packed into one whole number, `LANE` bits each, so that one addition adds them all.
    """

    bias: tuple[int, ...]
    """By role, in the order of `ROLES`."""
    runs: dict[Run, int]
    """By run of tokens, packed."""


def pack(by_place: Iterable[tuple[int, int]]) -> int:
    """Weights by their role's place in `ROLES` as one number."""
    return sum(weight << (LANE * place) for place, weight in by_place)


def unpack(packed: int) -> list[int]:
    """The weights of all roles, of one run or of a sum of runs."""
    lanes = (packed + _OFFSET).to_bytes(_LANES.size, "little")
    return [lane - _HALF for lane in _LANES.unpack(lanes)]


def roles_of(sentences: Sequence[Sentence], model: SentenceModel | None = None) -> list[Role]:
    """Each sentence with its roles, by the shipped model unless another is given."""
    bias, table = model or shipped()
    return [Role(sentence, _shares(sentence.tokens, bias, table)) for sentence in sentences]


def runs(tokens: Run) -> set[Run]:
    """All runs of up to three tokens, each once."""
    return {*zip(tokens), *pairwise(tokens), *zip(tokens, tokens[1:], tokens[2:])}  # noqa: B905  of unlike length


def weight_of_a_run(tokens: Run) -> float:
    """What each run of a sentence counts."""
    return 1 / math.sqrt(max(1.0, len(tokens) / USUAL))


@functools.cache
def weights() -> dict[str, Any]:
    """What `driftlab.refusals.learn` has learnt, as it stands in weights.json."""
    learnt: dict[str, Any] = json.loads(WEIGHTS.read_text(encoding="utf-8"))
    return learnt


@functools.cache
def shipped() -> SentenceModel:
    """The sentence model of weights.json."""
    learnt = weights()["sentences"]
    table = {
        tuple(run.split()): pack((PLACES[role], round(THOUSAND * weight)) for role, weight in by_role.items())
        for run, by_role in learnt["runs"].items()
    }
    return SentenceModel(tuple(round(THOUSAND * learnt["bias"][role]) for role in ROLES), table)


def _shares(tokens: Run, bias: Sequence[int], table: dict[Run, int]) -> tuple[float, ...]:
    sums = unpack(sum(map(table.__getitem__, runs(tokens) & table.keys())))
    scale = weight_of_a_run(tokens)
    powers = [math.exp((start + scale * total) / THOUSAND) for start, total in zip(bias, sums, strict=True)]
    whole = sum(powers)
    return tuple([power / whole for power in powers])

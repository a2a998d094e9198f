"""How well judges agree with people, with intervals, and whether one judge agrees better than another.

In: people's labels of some answers and each judge's outcomes for the same answers. Out: confusion, accuracy and Cohen's
kappa (J. Cohen, Educational and Psychological Measurement 20:37-46, 1960) over the three labels, for full refusals and
for any refusal, each with a percentile interval of a bootstrap that draws whole prompts, since answers to one prompt
resemble one another; differences between judges are taken within each draw. An answer that a judge could not judge
agrees with nobody. Where all labels are one, kappa says nothing and is None.
Does not: judge, or drop a row because a judge failed on it.
"""

import dataclasses
from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, Any

from driftlab.records import Outcome
from driftlab.stats import Interval

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, np.dtype[Any]]

HUMAN = (Outcome.REFUSED, Outcome.PARTIAL, Outcome.COMPLIED)
JUDGED = (*HUMAN, Outcome.UNPARSEABLE)
POSITIVE = {"full": (True, False, False), "any": (True, True, False)}
"""Which labels count as a refusal, in the order of `HUMAN`."""
DRAWS = 2000
LEVEL = 0.95
DEFINED = 0.9
"""A statistic that is undefined in more draws than the rest of this share has no interval."""
BLOCK = 1 << 22
"""Numbers that are held at once; it changes memory, not results."""


@dataclasses.dataclass(frozen=True, slots=True)
class Binary:
    """Agreement on whether an answer is a refusal, in one of the two senses."""

    accuracy: Interval
    kappa: Interval | None
    sensitivity: Interval | None
    """Of what people call a refusal, how much the judge does; None without such an answer."""
    specificity: Interval | None


@dataclasses.dataclass(frozen=True, slots=True)
class Agreement:
    """One judge against people on some rows. An interval is from `low` to `high`; both are `value` for one prompt."""

    rows: int
    prompts: int
    confusion: dict[str, dict[str, int]]
    """People's label, the judge's outcome: how many."""
    accuracy: Interval
    """Over the three labels."""
    kappa: Interval | None
    full: Binary
    any: Binary

    def to_json(self) -> dict[str, Any]:
        """This agreement as plain JSON values."""
        binaries = {
            name: {key: interval_json(value) for key, value in _fields(getattr(self, name))} for name in POSITIVE
        }
        shares = {"accuracy": interval_json(self.accuracy), "kappa": interval_json(self.kappa)}
        return {"rows": self.rows, "prompts": self.prompts, "confusion": self.confusion, **shares, **binaries}


def agreement(labels: Sequence[Outcome], judged: Sequence[Outcome], prompts: Sequence[Hashable]) -> Agreement:
    """One judge's agreement with people; `prompts` tells which rows share a prompt.

    Raises:
        ValueError: there is no row, the sequences differ in length, or a label is unparseable.
    """
    counts = _counts(labels, judged, prompts)
    whole, drawn = counts.sum(axis=0), _draws(counts)

    def interval(statistic: str) -> Interval | None:
        return _interval(_statistics(whole)[statistic], _statistics(drawn)[statistic])

    found = {name: interval(name) for name in _statistics(whole)}

    def sure(name: str) -> Interval:
        value = found[name]
        if value is None:
            raise ValueError(f"{name} is undefined on {len(labels)} rows")
        return value

    binaries = {
        sense: Binary(sure(f"{sense}_accuracy"), *(found[f"{sense}_{part}"] for part in BINARY_PARTS))
        for sense in POSITIVE
    }
    confusion = {
        str(human): {str(judge): int(whole[row, column]) for column, judge in enumerate(JUDGED)}
        for row, human in enumerate(HUMAN)
    }
    return Agreement(len(labels), len(counts), confusion, sure("accuracy"), found["kappa"], **binaries)


BINARY_PARTS = ("kappa", "sensitivity", "specificity")
COMPARED = ("accuracy", "kappa", "full_kappa", "any_kappa")


def differences(
    labels: Sequence[Outcome], ours: Sequence[Outcome], theirs: Sequence[Outcome], prompts: Sequence[Hashable]
) -> dict[str, Interval | None]:
    """How much better `ours` agrees than `theirs` on the same rows: `COMPARED` by name, above 0 where it is better."""
    pairs = [_counts(labels, judged, prompts) for judged in (ours, theirs)]
    wholes = [_statistics(counts.sum(axis=0)) for counts in pairs]
    drawn = [_statistics(_draws(counts)) for counts in pairs]  # the same draws for both: the same seed and prompts
    return {name: _interval(wholes[0][name] - wholes[1][name], drawn[0][name] - drawn[1][name]) for name in COMPARED}


def by_prompt_type(
    labels: Sequence[Outcome],
    kinds: Sequence[str | None],
    categories: Sequence[str | None],
    prompts: Sequence[Hashable],
) -> list[Outcome]:
    """A judge that never reads the answer: what it reaches is no merit of any judge on these rows.

    It calls every answer to an off-limits request refused and every other one complied. Where a request's kind is not
    known it takes the commonest label of its category's other prompts (of all others, without a category).
    """
    said = []
    for place, kind in enumerate(kinds):
        if kind is not None:
            said.append(Outcome.REFUSED if kind == "off_limits" else Outcome.COMPLIED)
            continue
        others = [
            label
            for label, category, prompt in zip(labels, categories, prompts, strict=True)
            if category == categories[place] and prompt != prompts[place]
        ]
        said.append(max(HUMAN, key=others.count) if others else Outcome.UNPARSEABLE)
    return said


def _counts(labels: Sequence[Outcome], judged: Sequence[Outcome], prompts: Sequence[Hashable]) -> "Array":
    """Prompts x people's labels x the judge's outcomes."""
    import numpy as np

    if not labels or any(label not in HUMAN for label in labels):
        raise ValueError(f"{len(labels)} labels; each must be one of {', '.join(HUMAN)}")
    places = {prompt: place for place, prompt in enumerate(dict.fromkeys(prompts))}
    counts = np.zeros((len(places), len(HUMAN), len(JUDGED)))
    for label, outcome, prompt in zip(labels, judged, prompts, strict=True):
        counts[places[prompt], HUMAN.index(label), JUDGED.index(outcome)] += 1
    return counts


def _draws(counts: "Array") -> "Array":
    """Draws x people's labels x the judge's outcomes, prompts drawn with replacement."""
    import numpy as np

    generator, size = np.random.default_rng(0), len(counts)
    flat = counts.reshape(size, -1)
    block = max(1, BLOCK // size)
    drawn = []
    for start in range(0, DRAWS, block):
        times = generator.multinomial(size, np.full(size, 1 / size), size=min(block, DRAWS - start))
        drawn.append(times @ flat)
    return np.concatenate(drawn).reshape(DRAWS, len(HUMAN), len(JUDGED))


def _statistics(counts: "Array") -> "dict[str, Array]":
    """All statistics of tables (their last two axes); NaN where one is undefined."""
    import numpy as np

    found = {"accuracy": _observed(counts), "kappa": _kappa(counts)}
    for sense, positive in POSITIVE.items():
        mask = np.array(positive)
        yes, no = np.array([*positive, False]), np.array([*(not each for each in positive), False])
        columns_of = (yes, no, ~(yes | no))
        folded = np.stack(
            [
                np.stack([counts[..., rows, :][..., columns].sum(axis=(-2, -1)) for columns in columns_of], axis=-1)
                for rows in (mask, ~mask)
            ],
            axis=-2,
        )
        found[f"{sense}_accuracy"], found[f"{sense}_kappa"] = _observed(folded), _kappa(folded)
        for part, row in (("sensitivity", 0), ("specificity", 1)):
            total = folded[..., row, :].sum(axis=-1)
            found[f"{sense}_{part}"] = _ratio(folded[..., row, row], total)
    return found


def _observed(counts: "Array") -> "Array":
    import numpy as np

    return _ratio(np.trace(counts, axis1=-2, axis2=-1), counts.sum(axis=(-2, -1)))


def _kappa(counts: "Array") -> "Array":
    """Cohen's kappa; the last column, of what could not be judged, agrees with no row."""
    total = counts.sum(axis=(-2, -1))
    labels, judged = counts.sum(axis=-1), counts.sum(axis=-2)[..., : counts.shape[-2]]
    expected = _ratio((labels * judged).sum(axis=-1), total * total)
    observed = _observed(counts)
    undefined = (labels == total[..., None]).any(axis=-1)  # one label only
    kappa = _ratio(observed - expected, 1 - expected)
    kappa[undefined] = float("nan")
    return kappa


def _ratio(part: "Array", whole: "Array") -> "Array":
    import numpy as np

    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.true_divide(part, whole))


def _interval(value: "Array", drawn: "Array") -> Interval | None:
    import numpy as np

    if np.isnan(value):
        return None
    defined = drawn[~np.isnan(drawn)]
    if len(defined) < DEFINED * len(drawn):
        return Interval(float(value), float("nan"), float("nan"))
    low, high = np.quantile(defined, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Interval(float(value), float(low), float(high))


def _fields(binary: Binary) -> list[tuple[str, Interval | None]]:
    return [(field.name, getattr(binary, field.name)) for field in dataclasses.fields(binary)]


def interval_json(interval: Interval | None) -> dict[str, float | None] | None:
    """An interval that cannot be had is null, its value is there all the same."""
    if interval is None:
        return None
    return {key: value if value == value else None for key, value in interval._asdict().items()}

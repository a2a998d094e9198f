"""Every count of one run: off-limits probes and safe ones apart, by category, and what this many pairs can show.

In: probes and their verdicts before and after. Out: `DriftStatistics`, as it stands in a record.
Does not: compute a statistic itself; its neighbours do.
"""

import dataclasses
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

from driftlab.records import Kind, Outcome, Probe, Verdict
from driftlab.stats.pairs import PairedComparison, compare, holm, transitions
from driftlab.stats.power import ALPHA, FLIPS, POWER, detectable_drop
from driftlab.stats.rates import ANY_REFUSAL, REFUSAL, StatisticsError
from driftlab.stats.resampling import Clustered, changes_by_family, clustered_interval
from driftlab.stats.tost import Equivalence, equivalence

MEASURES: dict[str, tuple[Kind, frozenset[Outcome]]] = {
    "refusal": ("off_limits", REFUSAL),
    "any_refusal": ("off_limits", ANY_REFUSAL),
    "over_refusal": ("safe", REFUSAL),
    "any_over_refusal": ("safe", ANY_REFUSAL),
}
"""What is compared: the kind of probe, and the outcomes that count."""


@dataclasses.dataclass(frozen=True, slots=True)
class Power:
    """The smallest drop that a number of pairs would have shown, for each share of flips each way.

    A drop is None where not even the loss of all refusals would have shown.
    """

    pairs: int
    alpha: float
    power: float
    drops: Mapping[float, float | None]

    def to_json(self) -> dict[str, Any]:
        """This power as plain JSON values."""
        drops = [{"flips": flips, "drop": drop} for flips, drop in self.drops.items()]
        return {"pairs": self.pairs, "alpha": self.alpha, "power": self.power, "detectable": drops}


@dataclasses.dataclass(frozen=True, slots=True)
class CategoryComparison:
    """Refusals of one category's off-limits probes; None where no pair of it could be judged."""

    category: str
    comparison: PairedComparison | None
    p_holm: float | None
    """The McNemar p, corrected for the number of categories."""

    def to_json(self) -> dict[str, Any]:
        """This category as plain JSON values."""
        comparison = self.comparison.to_json() if self.comparison else None
        return {"category": self.category, "comparison": comparison, "p_holm": self.p_holm}


@dataclasses.dataclass(frozen=True, slots=True)
class DriftStatistics:
    """All that is counted in one run. The over-refusal is None where no safe probe was asked."""

    refusal: PairedComparison
    any_refusal: PairedComparison
    over_refusal: PairedComparison | None
    any_over_refusal: PairedComparison | None
    transitions: dict[str, dict[str, dict[str, int]]]
    """Kind of probe, outcome before, outcome after: how many."""
    by_category: tuple[CategoryComparison, ...]
    unparseable: dict[str, int]
    clustered: dict[str, Clustered | None]
    """The same comparisons with an interval over families of requests; None where no such probe was asked."""
    clustered_by: str
    """What makes requests a family, such as "category"."""
    equivalence: dict[str, Equivalence | None]
    power: Power

    def to_json(self) -> dict[str, Any]:
        """These statistics as plain JSON values."""
        comparisons = {name: getattr(self, name) for name in MEASURES}
        return {
            **_as_json(comparisons),
            "transitions": self.transitions,
            "by_category": [category.to_json() for category in self.by_category],
            "unparseable": self.unparseable,
            "clustered": {"by": self.clustered_by, **_as_json(self.clustered)},
            "equivalence": _as_json(self.equivalence),
            "power": self.power.to_json(),
        }


def _as_json(by_name: Mapping[str, Any]) -> dict[str, Any]:
    return {name: found.to_json() if found else None for name, found in by_name.items()}


def summarise(
    probes: Sequence[Probe],
    before: Sequence[Verdict],
    after: Sequence[Verdict],
    families: Mapping[str, Hashable] | None = None,
    *,
    by: str = "category",
) -> DriftStatistics:
    """Every count of one run, the off-limits probes and the safe ones apart.

    `families` has the family of each probe's id, within which requests resemble one another, and `by` is what such a
    family is called; without them it is the probe's category.

    Raises:
        StatisticsError: a probe has no verdict before or after, or two; a verdict has no probe; no off-limits probe
            was asked; none of the pairs of a kind can be counted.
    """
    paired = list(zip(probes, _in_order(probes, before, "before"), _in_order(probes, after, "after"), strict=True))

    def side(kind: str, category: str | None = None) -> tuple[list[Outcome], list[Outcome]]:
        chosen = [row for row in paired if row[0].kind == kind and category in (None, row[0].category)]
        return [was for _, was, _ in chosen], [now for _, _, now in chosen]

    sides = {"off_limits": side("off_limits"), "safe": side("safe")}
    categories = dict.fromkeys(probe.category for probe in probes if probe.kind == "off_limits")
    if not categories:
        raise StatisticsError("there is no off-limits probe.", "Give probes of the kind off_limits (see --probes).")
    refusal = compare(*sides["off_limits"], positive=REFUSAL)
    compared = {
        name: compare(*sides[kind], positive=positive) if sides[kind][0] else None
        for name, (kind, positive) in MEASURES.items()
    }
    grouped = {kind: [_family(probe, families) for probe in probes if probe.kind == kind] for kind in sides}
    return DriftStatistics(
        refusal=refusal,
        any_refusal=compare(*sides["off_limits"], positive=ANY_REFUSAL),
        over_refusal=compared["over_refusal"],
        any_over_refusal=compared["any_over_refusal"],
        transitions={kind: transitions(*outcomes) for kind, outcomes in sides.items()},
        by_category=_by_category({category: side("off_limits", category) for category in categories}),
        unparseable=_unparseable(sides, len(probes)),
        clustered=_clustered(sides, grouped),
        clustered_by=by,
        equivalence={name: equivalence(*found.table) if found else None for name, found in compared.items()},
        power=power_with(refusal),
    )


def power_with(refusal: PairedComparison) -> Power:
    """What as many pairs could have shown of a drop, which is at most all of the refusals that there were."""
    drops = {flips: detectable_drop(refusal.pairs, flips, most=refusal.before.value) for flips in FLIPS}
    return Power(refusal.pairs, ALPHA, POWER, drops)


def _family(probe: Probe, families: Mapping[str, Hashable] | None) -> Hashable:
    return probe.category if families is None else families[probe.id]


Sides = Mapping[str, tuple[list[Outcome], list[Outcome]]]
"""By kind of probe: the outcomes before and after."""


def _clustered(sides: Sides, families: Mapping[str, Sequence[Hashable]]) -> dict[str, Clustered | None]:
    return {
        name: clustered_interval(changes_by_family(*sides[kind], families[kind], positive=positive))
        if sides[kind][0]
        else None
        for name, (kind, positive) in MEASURES.items()
    }


def _unparseable(sides: Sides, probes: int) -> dict[str, int]:
    before, after = (
        sum(outcome == Outcome.UNPARSEABLE for outcomes in sides.values() for outcome in outcomes[place])
        for place in (0, 1)
    )
    return {"before": before, "after": after, "probes": probes}


def _in_order(probes: Sequence[Probe], verdicts: Sequence[Verdict], phase: str) -> list[Outcome]:
    """The outcomes in the order of the probes, once every probe has exactly one."""
    asked, judged = Counter(probe.id for probe in probes), Counter(verdict.probe_id for verdict in verdicts)
    twice = [id_ for id_, count in (asked | judged).items() if count > 1]
    missing, unknown = sorted(asked.keys() - judged.keys()), sorted(judged.keys() - asked.keys())
    strange = sorted({verdict.phase for verdict in verdicts} - {phase})
    for found, what in (
        (twice, f"more than one probe or verdict {phase}"),
        (missing, f"no verdict {phase}"),
        (unknown, f"a verdict {phase}, but no probe"),
        (strange, f"verdicts where those of the phase {phase!r} belong"),
    ):
        if found:
            raise StatisticsError(
                f"{', '.join(map(repr, found[:3]))}{' and more' if len(found) > 3 else ''}: {what}.",
                "Judge the same probes before and after, each once; the same `driftlab drift` command resumes a run.",
            )
    outcomes = {verdict.probe_id: verdict.outcome for verdict in verdicts}
    return [outcomes[probe.id] for probe in probes]


def _by_category(sides: dict[str, tuple[list[Outcome], list[Outcome]]]) -> tuple[CategoryComparison, ...]:
    """One comparison a category; those without a pair to count take no part in Holm's correction."""
    countable = {
        category: compare(was, now)
        for category, (was, now) in sides.items()
        if any(Outcome.UNPARSEABLE not in pair for pair in zip(was, now, strict=True))
    }
    corrected = dict(zip(countable, holm([found.mcnemar_p for found in countable.values()]), strict=True))
    return tuple(CategoryComparison(name, countable.get(name), corrected.get(name)) for name in sides)

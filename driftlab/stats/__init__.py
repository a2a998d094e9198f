"""Paired statistics of verdicts: how often a model refuses before and after, and how sure the difference is.

In: outcomes of the same probes before and after. Out: rates and differences with their intervals, tests, what a run of
this size can show, a correction for the judge's errors. A pair with an unparseable side is dropped on both sides and
counted. How often each interval covers and each test errs was simulated: `benchmarks/coverage.py`.
"""

from driftlab.stats.correction import (
    ENOUGH_LABELLED,
    Corrected,
    RoganGladen,
    corrected_difference,
    labelled_pairs,
    picked_p,
    rogan_gladen,
)
from driftlab.stats.pairs import PairedComparison, compare, holm, mcnemar, paired_difference, transitions
from driftlab.stats.power import FLIPS, detectable_drop, pairs_needed, power_of
from driftlab.stats.rates import ANY_REFUSAL, LEVEL, REFUSAL, Interval, Rate, StatisticsError, wilson
from driftlab.stats.resampling import Changes, Clustered, changes_by_family, clustered_interval
from driftlab.stats.seeds import SeedSummary, across_seeds
from driftlab.stats.summary import CategoryComparison, DriftStatistics, Power, power_with, summarise
from driftlab.stats.tost import MARGIN, Equivalence, equivalence

__all__ = [
    "ANY_REFUSAL",
    "ENOUGH_LABELLED",
    "FLIPS",
    "LEVEL",
    "MARGIN",
    "REFUSAL",
    "CategoryComparison",
    "Changes",
    "Clustered",
    "Corrected",
    "DriftStatistics",
    "Equivalence",
    "Interval",
    "PairedComparison",
    "Power",
    "Rate",
    "RoganGladen",
    "SeedSummary",
    "StatisticsError",
    "across_seeds",
    "changes_by_family",
    "clustered_interval",
    "compare",
    "corrected_difference",
    "detectable_drop",
    "equivalence",
    "holm",
    "labelled_pairs",
    "mcnemar",
    "paired_difference",
    "pairs_needed",
    "picked_p",
    "power_of",
    "power_with",
    "rogan_gladen",
    "summarise",
    "transitions",
    "wilson",
]

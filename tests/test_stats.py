import json
import math
import statistics

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from driftlab.errors import CourseError
from driftlab.records import Outcome, Probe, Verdict
from driftlab.stats import (
    ANY_REFUSAL,
    REFUSAL,
    StatisticsError,
    across_seeds,
    compare,
    holm,
    mcnemar,
    paired_difference,
    summarise,
    transitions,
    wilson,
)

R, P, C, U = Outcome.REFUSED, Outcome.PARTIAL, Outcome.COMPLIED, Outcome.UNPARSEABLE
OUTCOMES = st.sampled_from(Outcome)
PAIRS = st.lists(st.tuples(OUTCOMES, OUTCOMES), min_size=1, max_size=60)
TABLES = st.tuples(*[st.integers(0, 80)] * 4).filter(sum)


def split(pairs):
    return [was for was, _ in pairs], [now for _, now in pairs]


# rates


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), st.sampled_from([0.9, 0.95]))
def test_wilson_agrees_with_statsmodels(shares, level):
    from statsmodels.stats.proportion import proportion_confint

    count, total = shares
    rate = wilson(count, total, level)
    low, high = proportion_confint(count, total, alpha=1 - level, method="wilson")
    assert (rate.count, rate.total, rate.value) == (count, total, count / total)
    assert rate.low == pytest.approx(low, abs=1e-9)
    assert rate.high == pytest.approx(high, abs=1e-9)
    assert 0 <= rate.low <= rate.value <= rate.high <= 1


def test_wilson_of_all_or_none_still_says_how_unsure_it_is():
    assert wilson(200, 200).low == pytest.approx(0.9812, abs=1e-4)
    assert wilson(200, 200).high == 1
    assert wilson(0, 200).low == 0
    assert wilson(0, 200).high == pytest.approx(0.0188, abs=1e-4)


@pytest.mark.parametrize(("count", "total"), [(0, 0), (1, 0), (3, -1), (5, 4), (-1, 4)])
def test_no_data_is_an_error_and_not_a_number(count, total):
    with pytest.raises(StatisticsError):
        wilson(count, total)


# the paired difference


@pytest.mark.parametrize(
    ("table", "low", "high"),
    [  # Newcombe 1998, table III, method 10, whose cells e, f, g, h are our both, gained, lost, neither
        ((36, 2, 12, 0), 0.0569, 0.3404),
        ((20, 2, 12, 16), 0.0562, 0.3292),
        ((18, 2, 12, 18), 0.0562, 0.3290),
        ((36, 0, 14, 0), 0.1528, 0.4167),
        ((35, 0, 14, 1), 0.1461, 0.4175),
        ((18, 0, 14, 18), 0.1441, 0.3963),
        ((2, 1, 97, 0), 0.8721, 0.9854),
        ((1, 1, 97, 1), 0.8736, 0.9850),
        ((0, 0, 30, 0), 0.8395, 1.0),
        ((54, 0, 0, 0), -0.0664, 0.0664),
        ((30, 0, 0, 24), -0.0358, 0.0358),
    ],
)
def test_newcombes_own_examples(table, low, high):
    found = paired_difference(*table)
    assert (found.low, found.high) == pytest.approx((low, high), abs=1e-4)  # the paper took z = 1.96


@given(TABLES)
def test_without_correlation_it_is_newcombes_interval_for_independent_rates(table):
    from statsmodels.stats.proportion import confint_proportions_2indep

    both, lost, gained, neither = table
    total = sum(table)
    assume(0 <= both * neither - lost * gained <= total / 2)
    low, high = confint_proportions_2indep(both + gained, total, both + lost, total, method="newcomb")
    found = paired_difference(*table)
    assert (found.low, found.high) == pytest.approx((low, high), abs=1e-9)


@given(TABLES)
def test_the_interval_holds_its_difference_and_mirrors_when_time_runs_backwards(table):
    both, lost, gained, neither = table
    found, mirrored = paired_difference(*table), paired_difference(both, gained, lost, neither)
    assert -1 <= found.low <= found.value <= found.high <= 1
    assert found.low < found.high
    assert (found.value, found.low, found.high) == pytest.approx((-mirrored.value, -mirrored.high, -mirrored.low))
    opposite = paired_difference(neither, gained, lost, both)
    assert tuple(opposite) == pytest.approx(tuple(mirrored))


@given(TABLES)
def test_more_pairs_of_the_same_kind_narrow_the_interval(table):
    one, four = paired_difference(*table), paired_difference(*(4 * count for count in table))
    assert four.high - four.low < one.high - one.low
    assert four.value == pytest.approx(one.value)


# McNemar, Holm


@given(st.integers(0, 200), st.integers(0, 200))
def test_mcnemar_agrees_with_statsmodels(lost, gained):
    from statsmodels.stats.contingency_tables import mcnemar as reference

    expected = reference([[5, lost], [gained, 7]], exact=True).pvalue if lost + gained else 1.0
    assert mcnemar(lost, gained) == pytest.approx(min(1.0, expected))
    assert mcnemar(lost, gained) == pytest.approx(mcnemar(gained, lost))


def test_mcnemar_is_two_sided():
    assert mcnemar(5, 0) == pytest.approx(2 / 2**5)


@settings(max_examples=20)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=10))
def test_holm_agrees_with_statsmodels(p_values):
    from statsmodels.stats.multitest import multipletests

    assert holm(p_values) == pytest.approx(list(multipletests(p_values, method="holm")[1]))


@given(st.lists(st.floats(0, 1), max_size=10))
def test_holm_never_lowers_a_p_and_keeps_their_order(p_values):
    corrected = holm(p_values)
    assert all(p <= q <= 1 for p, q in zip(p_values, corrected, strict=True))
    assert sorted(corrected) == [q for _, q in sorted(zip(p_values, corrected, strict=True))]


def test_holm_multiplies_the_smallest_by_all_and_the_next_by_one_less():
    assert holm([0.04, 0.01, 0.03]) == pytest.approx([0.06, 0.03, 0.06])


# comparisons


@given(PAIRS, st.sampled_from([REFUSAL, ANY_REFUSAL]))
def test_a_comparison_counts_what_is_there(pairs, positive):
    kept = [(was, now) for was, now in pairs if U not in (was, now)]
    if not kept:
        with pytest.raises(StatisticsError, match=f"none of {len(pairs)} pairs"):
            compare(*split(pairs), positive=positive)
        return
    found = compare(*split(pairs), positive=positive)
    assert found.pairs == found.before.total == found.after.total == len(kept)
    assert found.before.count == sum(was in positive for was, _ in kept)
    assert found.after.count == sum(now in positive for _, now in kept)
    assert found.difference == pytest.approx(found.after.value - found.before.value)
    assert found.gained - found.lost == found.after.count - found.before.count
    assert found.low <= found.difference <= found.high
    assert found.pairs + found.dropped_before + found.dropped_after + found.dropped_both == len(pairs)
    assert compare(*split(pairs[::-1]), positive=positive) == found


def test_an_unparseable_side_drops_the_pair_on_both_sides():
    found = compare([R, R, R, C, U, U], [R, C, U, C, R, U])
    assert (found.pairs, found.before.count, found.after.count) == (3, 2, 1)
    assert (found.dropped_before, found.dropped_after, found.dropped_both) == (1, 1, 1)


def test_partial_answers_count_as_any_refusal_only():
    before, after = [R, R, P, C], [P, R, C, P]
    assert compare(before, after, positive=REFUSAL).after.count == 1
    assert compare(before, after, positive=ANY_REFUSAL).before.count == 3
    assert compare(before, after).difference == -0.25


def test_an_identical_second_arm_is_no_drift():
    found = compare([R] * 190 + [C] * 10, [R] * 190 + [C] * 10)
    assert (found.difference, found.lost, found.gained, found.mcnemar_p) == (0, 0, 0, 1)
    assert found.low < 0 < found.high


@pytest.mark.parametrize(("before", "after"), [([], []), ([R], []), ([R, R], [R]), ([U], [R]), ([U, R], [R, U])])
def test_no_pairs_are_an_error(before, after):
    with pytest.raises(StatisticsError) as caught:
        compare(before, after)
    assert isinstance(caught.value, CourseError)
    assert isinstance(caught.value, ValueError)
    assert caught.value.problem
    assert caught.value.remedy


@given(PAIRS)
def test_transitions_count_every_pair_once(pairs):
    table = transitions(*split(pairs))
    assert list(table) == [str(outcome) for outcome in Outcome]
    for was in Outcome:
        assert sum(table[was].values()) == sum(pair[0] == was for pair in pairs)
        for now in Outcome:
            assert table[was][now] == pairs.count((was, now))


def test_transitions_of_unequal_lengths_are_an_error():
    with pytest.raises(StatisticsError, match="no pairs"):
        transitions([R, R], [R])


# a whole run


def probe(name, kind="off_limits", category="taking"):
    return Probe(name, f"How do I {name}?", kind, category)


def verdicts(phase, outcomes):
    return [Verdict(name, phase, outcome, "rule", "", None, 0.9) for name, outcome in outcomes.items()]


PROBES = [probe("a"), probe("b"), probe("c", category="lying"), probe("d", "safe"), probe("e", "safe")]
BEFORE = verdicts("before", {"a": R, "b": R, "c": R, "d": C, "e": C})
AFTER = verdicts("after", {"e": U, "d": P, "c": C, "b": R, "a": C})


def test_a_run_is_summed_up_kind_by_kind_whatever_the_order_of_the_verdicts():
    found = summarise(PROBES, BEFORE, AFTER)
    assert (found.refusal.pairs, found.refusal.lost, found.refusal.gained) == (3, 2, 0)
    assert found.refusal.difference == pytest.approx(-2 / 3)
    assert (found.over_refusal.pairs, found.over_refusal.dropped_after) == (1, 1)
    assert (found.any_over_refusal.before.value, found.any_over_refusal.after.value) == (0, 1)
    assert found.transitions["off_limits"]["refused"] == {"refused": 1, "partial": 0, "complied": 2, "unparseable": 0}
    assert found.transitions["safe"]["complied"]["unparseable"] == 1
    assert [category.category for category in found.by_category] == ["taking", "lying"]
    assert [category.comparison.lost for category in found.by_category] == [1, 1]
    assert found.unparseable == {"before": 0, "after": 1, "probes": 5}


def test_the_record_has_the_fields_that_the_report_reads():
    row = json.loads(json.dumps(summarise(PROBES, BEFORE, AFTER).to_json(), allow_nan=False))
    assert list(row) == [
        *("refusal", "any_refusal", "over_refusal", "any_over_refusal"),
        *("transitions", "by_category", "unparseable", "clustered", "equivalence", "power"),
    ]
    comparison = row["refusal"]
    assert set(comparison) == {
        *("pairs", "before", "after", "difference", "low", "high", "mcnemar_p", "lost", "gained", "dropped"),
    }
    assert set(comparison["before"]) == {"count", "total", "value", "low", "high"}
    assert comparison["dropped"] == {"before": 0, "after": 0, "both": 0}
    assert set(row["by_category"][0]) == {"category", "comparison", "p_holm"}
    assert set(row["clustered"]["refusal"]) == {"value", "low", "high", "families", "seeds"}
    assert set(row["equivalence"]["refusal"]) == {"margin", "p", "equivalent", "smallest_margin"}
    assert set(row["power"]) == {"pairs", "alpha", "power", "detectable"}
    assert [each["flips"] for each in row["power"]["detectable"]] == [0.0, 0.02, 0.05]


def test_a_run_says_what_its_pairs_show_and_how_families_move():
    names = [f"{category}{n}" for category in ("w", "x", "y", "z") for n in range(16)]
    probes = [probe(name, category=name[0]) for name in names]
    lost = {name: C if name[0] == "w" or name.endswith("7") else R for name in names}
    found = summarise(probes, verdicts("before", dict.fromkeys(names, R)), verdicts("after", lost))
    by_category, by_probe = found.clustered["refusal"], found.refusal
    assert (by_category.families, by_category.seeds, by_category.value) == (4, 1, by_probe.difference)
    assert (
        by_category.high - by_category.low > by_probe.high - by_probe.low
    )  # nearly all of the loss is in one category
    alone = summarise(
        probes, verdicts("before", dict.fromkeys(names, R)), verdicts("after", lost), {n: n for n in names}
    )
    assert alone.clustered["refusal"].families == len(names)
    assert found.power.pairs == by_probe.pairs == 64
    assert not found.equivalence["refusal"].equivalent
    assert found.clustered["over_refusal"] is found.equivalence["over_refusal"] is None


def test_a_drop_is_at_most_all_refusals():
    names = [str(n) for n in range(40)]
    rare = {name: R if name == "0" else C for name in names}
    found = summarise([probe(name) for name in names], verdicts("before", rare), verdicts("after", rare))
    assert set(found.power.drops.values()) == {None}
    json.dumps(found.to_json(), allow_nan=False)


def test_categories_are_corrected_for_their_number_and_an_empty_one_takes_no_part():
    names = [f"{category}{n}" for category in ("x", "y", "z") for n in range(8)]
    probes = [probe(name, category=name[0]) for name in names]
    after = {name: {"x": C, "y": R, "z": U}[name[0]] for name in names}
    found = summarise(probes, verdicts("before", dict.fromkeys(names, R)), verdicts("after", after)).by_category
    raw = mcnemar(8, 0)
    assert [category.p_holm for category in found] == [pytest.approx(2 * raw), 1, None]
    assert found[2].comparison is None
    assert found[2].to_json() == {"category": "z", "comparison": None, "p_holm": None}


def test_without_safe_probes_over_refusal_is_not_a_number():
    found = summarise(PROBES[:3], BEFORE[:3], AFTER[2:])
    assert found.over_refusal is None
    assert found.to_json()["any_over_refusal"] is None


@pytest.mark.parametrize(
    ("probes", "before", "after", "message"),
    [
        (PROBES, BEFORE[1:], AFTER, r"'a': no verdict before"),
        (PROBES, BEFORE, AFTER[1:], r"'e': no verdict after"),
        (PROBES[1:], BEFORE, AFTER[:-1], r"'a': a verdict before, but no probe"),
        (PROBES, BEFORE, [*AFTER, AFTER[0]], r"'e': more than one probe or verdict after"),
        ([*PROBES, PROBES[0]], BEFORE, AFTER, r"'a': more than one probe or verdict before"),
        (PROBES, BEFORE, BEFORE, r"'before': verdicts where those of the phase 'after' belong"),
        (PROBES, AFTER, BEFORE, r"'after': verdicts where those of the phase 'before' belong"),
        (PROBES, [], AFTER, r"'a', 'b', 'c' and more: no verdict before"),
        ([], [], [], r"no off-limits probe"),
        (PROBES[3:], BEFORE[3:], AFTER[:2], r"no off-limits probe"),
    ],
)
def test_verdicts_that_do_not_fit_the_probes_are_an_error(probes, before, after, message):
    with pytest.raises(StatisticsError, match=message):
        summarise(probes, before, after)


def test_a_kind_whose_answers_all_fell_apart_is_an_error():
    with pytest.raises(StatisticsError, match="none of 3 pairs can be counted: unparseable before 0, after 3"):
        summarise(PROBES, BEFORE, verdicts("after", dict.fromkeys("abc", U) | {"d": C, "e": C}))


# seeds


@settings(max_examples=50)
@given(st.lists(st.floats(-1, 1), min_size=2, max_size=20))
def test_seeds_agree_with_scipy(values):
    from scipy import stats as scipy_stats

    found = across_seeds(values)
    assert (found.n, found.minimum, found.maximum) == (len(values), min(values), max(values))
    assert found.mean == pytest.approx(np.mean(values))
    assert found.median == pytest.approx(statistics.median(values))
    assert found.sd == pytest.approx(np.std(values, ddof=1))
    if found.sd > 1e-12:
        low, high = scipy_stats.t.interval(0.95, len(values) - 1, found.mean, scipy_stats.sem(values))
        assert (found.low, found.high) == pytest.approx((low, high))


def test_one_seed_says_nothing_about_others():
    found = across_seeds([-0.4])
    assert (found.mean, found.median, found.minimum, found.maximum) == (-0.4, -0.4, -0.4, -0.4)
    assert found.sd is found.low is found.high is None
    json.dumps(found.to_json(), allow_nan=False)


@pytest.mark.parametrize("values", [[], [0.5, math.nan], [math.inf]])
def test_seeds_without_a_number_are_an_error(values):
    with pytest.raises(StatisticsError):
        across_seeds(values)


# simulation: the rates are those of our runs, near 1 before and anything after, and their mirror near 0

RATES = [(1.0, 1.0), (0.99, 0.99), (0.97, 0.97), (0.95, 0.95), (1.0, 0.5), (0.98, 0.5), (0.95, 0.3), (1.0, 0.2)]
RATES += [(0.97, 0.9), (0.02, 0.02), (0.0, 0.03), (0.05, 0.03), (0.5, 0.5)]
DRAWS = 2000


def tables(before, after, nested, total, seed=0):
    """Distinct tables (both, lost, gained, neither) of simulated runs, with how often each was drawn."""
    both = min(before, after) if nested else before * after
    shares = np.clip([both, before - both, after - both, 1 - before - after + both], 0, 1)
    draws = np.random.default_rng(seed).multinomial(total, shares / shares.sum(), size=DRAWS)
    distinct, counts = np.unique(draws, axis=0, return_counts=True)
    return [(tuple(map(int, table)), int(count)) for table, count in zip(distinct, counts, strict=True)]


def wald(both, lost, gained, neither):
    total = both + lost + gained + neither
    half = 1.96 * math.sqrt(max(0.0, lost + gained - (lost - gained) ** 2 / total)) / total
    return (gained - lost) / total - half, (gained - lost) / total + half


def coverage(interval, truth, drawn):
    held = 0
    for table, count in drawn:
        low, high = interval(*table)[-2:]
        held += count * (low - 1e-9 <= truth <= high + 1e-9)
    return held / DRAWS


@pytest.mark.parametrize("total", [20, 50, 200])
def test_the_paired_interval_covers_where_our_rates_live(total):
    covered = {
        (before, after, nested): coverage(paired_difference, after - before, tables(before, after, nested, total))
        for before, after in RATES
        for nested in (False, True)
    }
    assert min(covered.values()) >= 0.93, covered  # 0.95 less four standard errors of 2,000 draws
    assert np.mean(list(covered.values())) >= 0.955


def test_walds_interval_does_not_and_that_is_why_it_is_not_ours():
    drawn = tables(0.05, 0.03, True, 50)
    assert coverage(wald, -0.02, drawn) < 0.7
    assert coverage(paired_difference, -0.02, drawn) > 0.95


@pytest.mark.parametrize("total", [20, 200])
@pytest.mark.parametrize("truth", [0.02, 0.2, 0.5, 0.95, 0.98, 0.99])
def test_wilsons_interval_covers(truth, total):
    rng = np.random.default_rng(1)
    counts = rng.binomial(total, truth, size=DRAWS)
    rates = {count: wilson(int(count), total) for count in np.unique(counts)}
    held = np.mean([rates[count].low <= truth <= rates[count].high for count in counts])
    assert held >= 0.91  # Wilson's coverage swings about 0.95: this is what an exact sum over counts gives, less noise


@pytest.mark.parametrize("total", [20, 50, 200, 500])
def test_mcnemar_holds_its_size(total):
    for rate in (0.99, 0.95, 0.5, 0.05):
        drawn = tables(rate, rate, False, total, seed=2)
        rejected = sum(count * (mcnemar(table[1], table[2]) <= 0.05) for table, count in drawn) / DRAWS
        assert rejected <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / DRAWS)


def test_mcnemar_finds_a_drift_of_ten_points_in_two_hundred_probes():
    drawn = tables(0.98, 0.88, True, 200, seed=3)
    assert sum(count * (mcnemar(table[1], table[2]) <= 0.05) for table, count in drawn) / DRAWS > 0.95


def test_holm_keeps_the_family_error_and_single_tests_do_not():
    rng = np.random.default_rng(4)
    uniform = rng.uniform(size=(DRAWS, 7))
    single = np.mean(uniform.min(axis=1) <= 0.05)
    family = np.mean([min(holm(row)) <= 0.05 for row in uniform.tolist()])
    assert single > 0.25
    assert family <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / DRAWS)


def test_the_interval_over_seeds_covers_the_mean():
    rng = np.random.default_rng(5)
    runs = rng.normal(-0.4, 0.1, size=(DRAWS, 10))
    held = np.mean([found.low <= -0.4 <= found.high for found in map(across_seeds, runs)])
    assert abs(held - 0.95) < 4 * math.sqrt(0.05 * 0.95 / DRAWS)

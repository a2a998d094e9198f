"""Drift reports that went wrong: what slips make of a study.

In: a study's rows, the submission's own verdicts, what the keyword list says. Out: pairs of a slip's name and the keys
of the report that it changes; one name may come with several.
Does not: say in words what went wrong (`test_report` does), or what is right (`reporting` does).
"""

import functools
import json
import math
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from scipy.stats import beta, binom, chi2, chi2_contingency, fisher_exact, norm

from autograder.checks.lab4.public.reporting import (
    ALPHA,
    BAD,
    Pairs,
    Row,
    Verdicts,
    Z,
    drawn,
    mcnemar,
    over,
    over_families,
    pairs_of,
    shares,
    told,
    wilson,
)

Report = dict[str, Any]
Slips = Iterator[tuple[str, Report]]
ANY = frozenset({"refused", "partial"})


class Judged(NamedTuple):
    """A study's rows with their verdicts, and with what a list of keywords says of the same answers."""

    rows: Sequence[Row]
    before: Verdicts
    after: Verdicts
    list_before: Verdicts
    list_after: Verdicts


@functools.lru_cache(maxsize=64)
def of(key: str) -> tuple[Report, tuple[tuple[str, Report], ...]]:
    """The report that is wanted, and what slips make of it; `key` is the study and the verdicts, as JSON."""
    judged = Judged(*json.loads(key))
    return right(judged), tuple(slips(judged))


def right(judged: Judged) -> Report:
    """The report that is wanted."""
    return _whole(judged.rows, judged.before, judged.after)


def slips(judged: Judged) -> Slips:
    """All of them."""
    off = pairs_of(judged.rows, judged.before, judged.after, "off_limits")
    yield from _of_verdicts(judged)
    yield from _of_dropping(judged)
    yield from _of_kinds(judged)
    yield from _of_rates(off)
    yield from _of_tests(off)
    yield from _of_intervals(off)
    yield from _of_shown(off)


def _whole(rows: Sequence[Row], before: Verdicts, after: Verdicts, **how: Any) -> Report:
    found = [pairs_of(rows, before, after, kind, **how) for kind in ("off_limits", "safe")]
    return told(found[0]) | over(found[1]) if all(one.total for one in found) else {}


def _parts(name: str, report: Report) -> Slips:
    """A slip that was made for both kinds, or for one of them."""
    safe = {key: value for key, value in report.items() if key.startswith("over_")}
    off = {key: value for key, value in report.items() if key not in safe}
    for part in (report, off, safe):
        yield name, part


def _of_verdicts(judged: Judged) -> Slips:
    """Verdicts of somebody else, or read otherwise."""
    rows, before, after = judged[:3]
    lists = (judged.list_before, judged.list_after)
    for was, now in ((before, lists[1]), (lists[0], after), lists):
        yield from _parts("another-judge", _whole(rows, was, now))
    if all("label_before" in row and "label_after" in row for row in rows):
        people = [[row[f"label_{side}"] for row in rows] for side in ("before", "after")]
        for was, now in ((before, people[1]), (people[0], after), people):
            yield from _parts("labels-for-verdicts", _whole(rows, was, now))
    yield from _parts("partial-as-refused", _whole(rows, before, after, refused=ANY))
    yield from _parts(
        "partial-left-out", _whole(rows, before, after, bad=lambda was, now: {was, now} & {BAD, "partial"} != set())
    )
    yield from _parts("sides-swapped", _whole(rows, after, before))


def _of_dropping(judged: Judged) -> Slips:
    """Pairs that are no pairs, or rows that are not counted."""
    rows, before, after = judged[:3]
    for refused in (frozenset({"refused"}), frozenset({"refused", BAD})):
        report = _whole(rows, before, after, refused=refused, bad=lambda was, now: False)
        yield from _parts("unparseable-counted", report)
        right_ones = {key: right(judged)[key] for key in ("pairs", "dropped")}
        yield from _parts("unparseable-counted", report | right_ones)
    for bad in (lambda was, now: was == BAD, lambda was, now: now == BAD, lambda was, now: was == now == BAD):
        report = _whole(rows, before, after, bad=bad)
        yield from _parts("dropped-on-one-side", report)
        yield from _parts("dropped-on-one-side", {**report, "pairs": right(judged)["pairs"]} if report else {})
    kinds = {kind: pairs_of(rows, before, after, kind) for kind in ("off_limits", "safe")}
    one_by_one = {kind: _each_side(judged, kind) for kind in kinds}
    own = shares(*one_by_one["off_limits"])
    (was, now, of, of_now) = one_by_one["safe"]
    own_safe = {"over_refused_before": was / of, "over_refused_after": now / of_now}
    yield from _parts("dropped-on-one-side", own | own_safe)
    yield from _of_totals(kinds, len(rows))


def _each_side(judged: Judged, kind: str) -> tuple[int, int, int, int]:
    """Refused before and after, and how many answers could be judged on each side, whatever the other's was."""
    sides = [
        [said for row, said in zip(judged.rows, verdicts, strict=True) if row["kind"] == kind and said != BAD]
        for verdicts in (judged.before, judged.after)
    ]
    was, now = (sum(said == "refused" for said in side) for side in sides)
    return was, now, len(sides[0]), len(sides[1])


def _of_totals(kinds: dict[str, Pairs], rows: int) -> Slips:
    """Shares of something else than the pairs."""
    off, safe = kinds["off_limits"], kinds["safe"]
    for all_off, all_safe in ((off.total + off.dropped, safe.total + safe.dropped), (rows, rows)):
        was, now = sum(off.was), sum(off.now)
        wrong = shares(was, now, all_off, all_off)
        wrong_safe = {
            "over_refused_before": sum(safe.was) / all_safe,
            "over_refused_after": sum(safe.now) / all_safe,
        }
        yield from _parts("divided-by-all-rows", wrong | wrong_safe)
        yield from _parts("divided-by-all-rows", {"pairs": all_off} | wrong | wrong_safe)
        yield "divided-by-all-rows", {"pairs": all_off}
        yield "divided-by-all-rows", {"drift": wrong["drift"]}
        rates = ("refused_before", "refused_after", "drift")
        yield "divided-by-all-rows", {key: wrong[key] for key in rates} | wrong_safe
        yield "divided-by-all-rows", {key: wrong[key] for key in wrong if key.endswith("_interval")}
    yield "divided-by-all-rows", {"dropped": off.dropped + safe.dropped}


def _of_kinds(judged: Judged) -> Slips:
    """Safe requests among the others."""
    rows, before, after = judged[:3]
    mixed, off = pairs_of(rows, before, after, None), pairs_of(rows, before, after, "off_limits")
    safe = pairs_of(rows, before, after, "safe")
    yield "safe-ones-mixed-in", told(mixed)
    yield "safe-ones-mixed-in", told(mixed) | over(mixed)
    yield "safe-ones-mixed-in", over(mixed)
    yield "safe-ones-mixed-in", {"pairs": mixed.total, "dropped": mixed.dropped}
    yield "safe-ones-mixed-in", {key: told(mixed)[key] for key in ("p", "shown")}
    yield "safe-ones-mixed-in", {"drift_interval": over_families(mixed)}
    yield "kinds-swapped", told(safe) | over(off)
    yield "kinds-swapped", over(off)
    yield "kinds-swapped", told(safe)
    sides = [said for row, *both in zip(rows, before, after, strict=True) if row["kind"] == "off_limits"
             for said in both]  # fmt: skip
    yield "answers-counted-for-pairs", {"dropped": sides.count(BAD)}
    yield "answers-counted-for-pairs", {"dropped": sides.count(BAD), "pairs": len(sides) - sides.count(BAD)}
    yield "answers-counted-for-pairs", {"pairs": 2 * off.total, "dropped": 2 * off.dropped}


def _of_rates(off: Pairs) -> Slips:
    """Right shares, put together wrongly."""
    report = told(off)
    turned = {"drift": -report["drift"], "drift_interval": report["drift_interval"].turned()}
    for keys in (("drift", "drift_interval"), ("drift",), ("drift_interval",)):
        yield "sign-turned-round", {key: turned[key] for key in keys}
    low, high = report["drift_interval"].turned().likely
    yield "sign-turned-round", {"drift": -report["drift"], "drift_interval": [high, low]}
    if sum(off.was):
        yield "relative-change", {"drift": report["drift"] / report["refused_before"]}
    if sum(off.now):
        yield "relative-change", {"drift": report["drift"] / report["refused_after"]}
    rates = ("refused_before", "refused_after", "drift")
    hundred = {key: 100 * report[key] for key in rates}
    ends = {f"{side}_interval": [100 * end for end in report[f"{side}_interval"]] for side in ("before", "after")}
    for part in (hundred, hundred | ends, {"drift": hundred["drift"]}):
        yield "percent-for-share", part
    yield "counts-for-shares", {"refused_before": sum(off.was), "refused_after": sum(off.now)}
    yield (
        "counts-for-shares",
        {"refused_before": sum(off.was), "refused_after": sum(off.now), "drift": sum(off.now) - sum(off.was)},
    )
    yield "size-without-sign", {"drift": abs(report["drift"])}


def _of_tests(off: Pairs) -> Slips:
    """Tests that take the pairs for two samples, that look one way, or that are rough."""
    was, now, total = sum(off.was), sum(off.now), off.total
    table = [[was, total - was], [now, total - now]]
    unpaired = [float(fisher_exact(table).pvalue)]
    if 0 < was + now < 2 * total:
        unpaired += [float(chi2_contingency(table, correction=correct).pvalue) for correct in (True, False)]
        both = (was + now) / (2 * total)
        unpaired.append(2 * float(norm.sf(abs(now - was) / total / math.sqrt(2 * both * (1 - both) / total))))
        error = math.sqrt(sum(one * (total - one) for one in (was, now)) / total**3)
        unpaired += [2 * float(norm.sf(abs(now - was) / total / error))] if error else []
    for p in unpaired:
        yield from _with_p("unpaired-test", p)
    lost = sum(a and not b for a, b in zip(off.was, off.now, strict=True))
    gained = sum(b and not a for a, b in zip(off.was, off.now, strict=True))
    turns = lost + gained
    for few in (min(lost, gained), lost, gained):
        yield from _with_p("one-sided", float(binom.cdf(few, turns, 0.5)))
    yield from _with_p("another-paired-test", mcnemar(off) - float(binom.pmf(lost, turns, 0.5)))
    for less in (0, 0.5, 1):
        statistic = max(0.0, abs(lost - gained) - less) ** 2 / turns if turns else 0.0
        yield from _with_p("another-paired-test", float(chi2.sf(statistic, 1)))


def _with_p(name: str, p: float) -> Slips:
    yield name, {"p": p, "shown": p <= ALPHA}
    yield name, {"p": p}


def _of_intervals(off: Pairs) -> Slips:
    """Other intervals of the rates and of the drift."""
    was, now, total = sum(off.was), sum(off.now), off.total
    counts = {"before_interval": was, "after_interval": now}
    for clip in (False, True):
        yield "wald-interval", {key: _wald(count, total, clip=clip) for key, count in counts.items()}
    for make in (_clopper_pearson, _agresti_coull, _jeffreys):
        yield "another-interval", {key: make(count, total) for key, count in counts.items()}
    for z in (1.0, 1.64, 1.645, float(norm.ppf(0.95)), 2.0, 2.576, float(norm.ppf(0.995)), Z**2):
        yield "another-interval", {key: wilson(count, total, z) for key, count in counts.items()}
    changes = tuple(sorted((b - a, 1) for a, b in zip(off.was, off.now, strict=True)))
    yield "rows-not-families", {"drift_interval": drawn(changes)}
    for reach in _paired_reaches(off):
        middle = (now - was) / total
        yield "rows-not-families", {"drift_interval": [middle - reach, middle + reach]}
    (a, b), (c, d) = wilson(was, total), wilson(now, total)
    yield "interval-of-two-intervals", {"drift_interval": [c - b, d - a]}
    yield "interval-of-two-intervals", {"drift_interval": [c - a, d - b]}
    x, y, middle = was / total, now / total, (now - was) / total
    below, above = math.hypot(y - c, b - x), math.hypot(d - y, x - a)
    yield "interval-of-two-intervals", {"drift_interval": [middle - below, middle + above]}
    reach_wald = Z * math.sqrt((x * (1 - x) + y * (1 - y)) / total)
    yield "interval-of-two-intervals", {"drift_interval": [middle - reach_wald, middle + reach_wald]}


def _paired_reaches(off: Pairs) -> Iterator[float]:
    """Half widths of normal intervals of the mean change, pair by pair."""
    changes = [b - a for a, b in zip(off.was, off.now, strict=True)]
    mean = sum(changes) / len(changes)
    squares = sum((one - mean) ** 2 for one in changes)
    for divide in (len(changes), len(changes) - 1):
        yield Z * math.sqrt(squares / divide / len(changes))


def _wald(count: int, total: int, *, clip: bool) -> list[float]:
    share = count / total
    reach = Z * math.sqrt(share * (1 - share) / total)
    ends = [share - reach, share + reach]
    return [max(0.0, ends[0]), min(1.0, ends[1])] if clip else ends


def _clopper_pearson(count: int, total: int) -> list[float]:
    low = float(beta.ppf(0.025, count, total - count + 1)) if count else 0.0
    return [low, float(beta.ppf(0.975, count + 1, total - count)) if count < total else 1.0]


def _agresti_coull(count: int, total: int) -> list[float]:
    more = total + Z**2
    share = (count + Z**2 / 2) / more
    reach = Z * math.sqrt(share * (1 - share) / more)
    return [share - reach, share + reach]


def _jeffreys(count: int, total: int) -> list[float]:
    return [float(beta.ppf(end, count + 0.5, total - count + 0.5)) for end in (0.025, 0.975)]


def _of_shown(off: Pairs) -> Slips:
    """Other reasons to call a drift shown."""
    report = told(off)
    (a, b), (c, d) = report["before_interval"], report["after_interval"]
    low, high = report["drift_interval"].likely
    yield "never-shown", {"shown": False}
    yield "shown-from-intervals", {"shown": d < a or b < c}
    yield "shown-from-intervals", {"shown": d < a}
    yield "shown-from-intervals", {"shown": not low <= 0 <= high}
    yield "only-drops-are-shown", {"shown": report["shown"] and report["drift"] < 0}
    yield "shown-turned-round", {"shown": not report["shown"]}
    yield "shown-by-size", {"shown": True}
    yield "shown-by-size", {"shown": report["drift"] != 0}
    yield "shown-by-size", {"shown": report["drift"] < 0}
    for least in (0.02, 0.05, 0.1):
        yield "shown-by-size", {"shown": abs(report["drift"]) >= least}
        yield "shown-by-size", {"shown": report["drift"] <= -least}

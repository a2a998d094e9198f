"""What slips come to in pairs: what became of each request, and McNemar's exact test.

In: rows with `id` and `verdict`; counts. Out: right answers, and names of slips with what they make.
Does not: leave out a slip that happens to give the right answer (`asking.distinct` does), or put it in words.
"""

import math
from collections.abc import Callable, Iterable, Iterator
from itertools import zip_longest
from typing import Any

Slips = Iterator[tuple[str, Any]]
Row = dict[str, str]
Side = str | None
"""A verdict; None where there is no answer."""
Pair = tuple[Side, Side]
Counts = dict[str, int]
UNCLEAR = "unparseable"


def _as_refused(verdict: str) -> bool | None:
    """Refused or not; None where the pair is dropped."""
    return None if verdict == UNCLEAR else verdict == "refused"


def _joined(before: list[Row], after: list[Row]) -> list[Pair]:
    """Both verdicts of each request that stands in either list."""
    was, now = ({row["id"]: row["verdict"] for row in rows} for rows in (before, after))
    return [(was.get(request), now.get(request)) for request in was | now]


def _counted(
    pairs: Iterable[Pair],
    side: Callable[[str], bool | None] = _as_refused,
    other: Callable[[str], bool | None] | None = None,
    missing: bool | None = None,
) -> Counts:
    """The table; `side` reads a verdict before, `other` one after; `missing` is what no answer counts as."""
    found = dict.fromkeys(("both", "lost", "gained", "neither", "dropped"), 0)
    names = {(True, True): "both", (True, False): "lost", (False, True): "gained", (False, False): "neither"}
    for was, now in pairs:
        left = missing if was is None else side(was)
        right = missing if now is None else (other or side)(now)
        found["dropped" if left is None or right is None else names[left, right]] += 1
    return found


def pair_up(before: list[Row], after: list[Row]) -> Counts:
    """What became of each request."""
    return _counted(_joined(before, after))


def of_pair_up(before: list[Row], after: list[Row]) -> Slips:
    """pair_up."""
    right, pairs = pair_up(before, after), _joined(before, after)
    yield from _of_order(before, after)
    yield from _of_unclear(pairs)
    yield from _of_missing(pairs)
    yield from _of_dropped(right, pairs)
    yield "partial-as-refused", _counted(pairs, lambda v: None if v == UNCLEAR else v in ("refused", "partial"))
    yield "partial-as-refused", _counted(pairs, lambda v: v != "complied")
    yield "partial-dropped", _counted(pairs, lambda v: None if v in (UNCLEAR, "partial") else v == "refused")
    whole = [pair for pair in pairs if "partial" not in pair]
    yield "partial-forgotten", _counted(whole) | {"dropped": right["dropped"]}
    yield "partial-forgotten", {"neither": _counted(whole)["neither"]}
    yield "partial-forgotten", _counted(whole)
    yield "lost-and-gained-swapped", {"lost": right["gained"], "gained": right["lost"]}
    yield "both-and-neither-swapped", {"both": right["neither"], "neither": right["both"]}
    refused = {"lost": right["both"] + right["lost"], "gained": right["both"] + right["gained"]}
    yield "sides-for-changes", refused
    yield "sides-for-changes", {"lost": refused["lost"], "gained": refused["gained"], "both": 0}
    net = right["lost"] - right["gained"]
    yield "net-change", {"lost": max(0, net), "gained": max(0, -net)}
    yield "net-change", {"lost": net, "gained": -net}
    kept = sum(right.values()) - right["dropped"]
    for total in (kept, sum(right.values())):
        shares = {name: count / total for name, count in right.items()}
        yield "shares", shares
        yield "shares", shares | {"dropped": right["dropped"]}
        yield "shares", {name: 100 * share for name, share in shares.items()}


def _of_order(before: list[Row], after: list[Row]) -> Slips:
    """The first before with the first after, and so on."""
    verdicts = [[row["verdict"] for row in rows] for rows in (before, after)]
    yield "paired-by-order", _counted(zip(verdicts[0], verdicts[1], strict=False))
    yield "paired-by-order", _counted(zip_longest(verdicts[0], verdicts[1]))
    clear = [[verdict for verdict in side if verdict != UNCLEAR] for side in verdicts]
    kept = _counted(zip(*clear, strict=False))
    yield "paired-by-order", kept
    yield "paired-by-order", kept | {"dropped": sum(map(len, verdicts)) - sum(map(len, clear))}
    in_order = [sorted(rows, key=lambda row: row["id"]) for rows in (before, after)]
    yield "paired-by-order", _counted(zip(*([row["verdict"] for row in rows] for rows in in_order), strict=False))


def _of_unclear(pairs: list[Pair]) -> Slips:
    """Unparseable answers that count as something, on one side or both."""
    for taken, name in ((False, "unparseable-as-not-refused"), (True, "unparseable-as-refused")):

        def counts(verdict: str, taken: bool = taken) -> bool | None:
            return taken if verdict == UNCLEAR else verdict == "refused"

        yield name, _counted(pairs, counts)
        yield name, _counted(pairs, counts, missing=taken)
        known = [pair for pair in pairs if None not in pair]
        yield name, _counted(known, counts)
        for side, other in ((counts, _as_refused), (_as_refused, counts)):
            yield "dropped-on-one-side-only", _counted(pairs, side, other)
            yield "dropped-on-one-side-only", _counted(known, side, other)
        # `get(request, "unparseable")`, and then one side alone is looked at
        told = [(was or UNCLEAR, now or UNCLEAR) for was, now in pairs]
        for side, other in ((counts, _as_refused), (_as_refused, counts)):
            yield "dropped-on-one-side-only", _counted(told, side, other)


def _of_missing(pairs: list[Pair]) -> Slips:
    """Requests that one list does not have: taken for something, or overlooked."""
    asked_before = [pair for pair in pairs if pair[0] is not None]
    asked_after = [pair for pair in pairs if pair[1] is not None]
    for taken, name in ((False, "missing-as-not-refused"), (True, "missing-as-refused")):
        for some in (pairs, asked_before, asked_after):
            yield name, _counted(some, missing=taken)
    yield "missing-not-counted", _counted(pair for pair in pairs if None not in pair)
    yield "missing-not-counted", _counted(asked_before)
    yield "missing-not-counted", _counted(asked_after)


def _of_dropped(right: Counts, pairs: list[Pair]) -> Slips:
    """Another count of what is dropped."""
    missing = sum(None in pair for pair in pairs)
    bad = [sum(side in (None, UNCLEAR) for side in pair) for pair in pairs]
    both = sum(count == 2 for count in bad)
    yield "unparseable-not-counted", {"dropped": missing}
    yield "dropped-on-both-sides-forgotten", {"dropped": right["dropped"] - both}
    yield "nothing-dropped", {"dropped": 0}
    yield "counted-twice", {"dropped": sum(bad)}
    unclear = sum(side == UNCLEAR for pair in pairs for side in pair)
    yield "counted-twice", {"dropped": unclear}
    yield "counted-twice", {"dropped": unclear + missing}


def mcnemar(lost: int, gained: int) -> float:
    """McNemar's exact p, two-sided."""
    return round(min(1.0, 2 * _up_to(min(lost, gained), lost + gained)), 9)


def _up_to(few: int, changed: int) -> float:
    """The chance of at most so many heads in so many throws of a fair coin."""
    return float(sum(math.comb(changed, heads) for heads in range(few + 1)) / 2**changed)


def of_mcnemar(lost: int, gained: int) -> Slips:
    """mcnemar."""
    for name, value in _of_mcnemar(lost, gained):
        yield name, value if value is None else round(value, 9)


def _of_mcnemar(lost: int, gained: int) -> Slips:
    changed, few, many = lost + gained, min(lost, gained), max(lost, gained)
    tail, here = _up_to(few, changed), math.comb(changed, few) / 2**changed
    yield "one-sided", tail
    yield "one-sided", 1 - _up_to(lost - 1, changed)
    yield "one-sided", _up_to(lost, changed)
    yield "above-one", 2 * tail
    yield "one-tail-doubled", min(1.0, 2 * (1 - _up_to(lost - 1, changed)))
    yield "one-tail-doubled", min(1.0, 2 * _up_to(lost, changed))
    yield "wrong-tail", 2 * _up_to(many, changed)
    yield "wrong-tail", _up_to(many, changed)
    yield "wrong-tail", min(1.0, 2 * _up_to(many, changed))
    yield "end-left-out", min(1.0, 2 * (tail - here))
    yield "end-left-out", min(1.0, 2 * _up_to(few + 1, changed))
    yield "point-for-tail", here
    yield "point-for-tail", min(1.0, 2 * here)
    yield "mid-p", min(1.0, 2 * tail - here)
    yield "one-minus-p", 1 - mcnemar(lost, gained)
    yield "percent", 100 * mcnemar(lost, gained)
    if not changed:
        yield "no-change", 0.0
        yield "no-change", None
        return
    yield from _of_other_tests(lost, gained)


def _of_other_tests(lost: int, gained: int) -> Slips:
    """Tests that are not exact, or not for pairs."""
    from scipy.stats import chi2, chi2_contingency, fisher_exact, norm

    changed, apart = lost + gained, abs(lost - gained)
    plain, held, square = apart**2 / changed, max(0, apart - 1) ** 2 / changed, (apart - 1) ** 2 / changed
    yield "chi-squared", float(chi2.sf(plain, 1))
    yield from (("chi-squared-corrected", float(chi2.sf(one, 1))) for one in (held, square))
    yield from (("statistic-for-p", float(one)) for one in (plain, held, square, min(lost, gained)))
    table = [[lost, gained], [gained, lost]]
    yield "unpaired", float(fisher_exact(table)[1])
    yield from (("unpaired", float(chi2_contingency(table, correction=one)[1])) for one in (True, False))
    share = lost / changed
    spread = 2 * share * (1 - share) / changed
    if spread:
        yield "unpaired", float(2 * norm.sf(apart / changed / math.sqrt(spread)))

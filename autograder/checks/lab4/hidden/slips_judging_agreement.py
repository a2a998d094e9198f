"""What slips come to in lab 4's `agreement`.

In: labels and verdicts. Out: the right dict, or (name, dict) of each slip, with the keys that it changes.
Does not: draw labels.
"""

import itertools
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

Slips = Iterator[tuple[str, Any]]
OUTCOMES = ("refused", "partial", "complied", "unparseable")


def agreement(labels: Sequence[str], verdicts: Sequence[str]) -> dict[str, Any]:
    """Rows, accuracy and Cohen's kappa."""
    observed, expected = _observed(labels, verdicts), _expected(labels, verdicts)
    return {"n": len(labels), "accuracy": observed, "kappa": _kappa(observed, expected)}


def of_agreement(labels: list[str], verdicts: list[str]) -> Slips:
    """agreement."""
    for part in (_of_chance, _of_formula, _of_rows, _of_classes, _of_numbers):
        yield from part(labels, verdicts)


def _observed(labels: Sequence[str], verdicts: Sequence[str]) -> float:
    return sum(map(str.__eq__, labels, verdicts)) / len(labels) if labels else 0.0


def _expected(labels: Sequence[str], verdicts: Sequence[str]) -> float:
    told, said = Counter(labels), Counter(verdicts)
    return sum(told[name] * said[name] for name in told) / len(labels) ** 2 if labels else 0.0


def _kappa(observed: float, expected: float) -> float | None:
    return None if expected == 1 else (observed - expected) / (1 - expected)


def _of_chance(labels: list[str], verdicts: list[str]) -> Slips:
    """Chance computed from something else than both sides' shares."""
    rows, observed = len(labels), _observed(labels, verdicts)
    right = _expected(labels, verdicts)

    def told(chance: float) -> dict[str, Any]:
        return {"kappa": None if right == 1 else _kappa(observed, chance)}

    for names in (set(OUTCOMES), set(labels), set(labels) | set(verdicts), set(verdicts), {1, 2}):
        yield "chance-is-even", told(1 / len(names))
    for side in (labels, verdicts):
        yield "chance-from-one-side", told(_expected(side, side))
        yield "chance-from-one-side", told(max(Counter(side).values()) / rows)
    both = Counter(labels) + Counter(verdicts)
    yield "chance-from-the-sum", told(sum((count / (2 * rows)) ** 2 for count in both.values()))
    yield "chance-from-the-sum", told(sum((count / rows) ** 2 for count in both.values()))
    agreed = Counter(label for label, said in zip(labels, verdicts, strict=True) if label == said)
    yield "chance-from-agreed-rows", told(sum((count / rows) ** 2 for count in agreed.values()))
    for order in (Counter.most_common, Counter.items):
        pairs = zip(order(Counter(labels)), order(Counter(verdicts)), strict=False)
        yield "classes-mixed-up", told(sum(one[1] * other[1] for one, other in pairs) / rows**2)
    counts = zip(sorted(Counter(labels).values()), sorted(Counter(verdicts).values()), strict=False)
    yield "classes-mixed-up", told(sum(one * other for one, other in counts) / rows**2)
    yield "chance-not-a-share", told(right * rows)
    yield "chance-not-a-share", told(right * rows**2)


def _ratio(above: float, below: float) -> float | None:
    return above / below if below else None


def _of_formula(labels: list[str], verdicts: list[str]) -> Slips:
    """Chance put to another use."""
    observed, expected = _observed(labels, verdicts), _expected(labels, verdicts)
    for name, value in (
        ("kappa-is-accuracy", observed),
        ("chance-only-taken-away", observed - expected),
        ("divided-by-something-else", _ratio(observed - expected, expected)),
        ("divided-by-something-else", _ratio(observed, 1 - expected)),
        ("divided-by-something-else", _ratio(observed - expected, 1 - observed)),
        ("divided-by-something-else", _ratio(1 - observed, 1 - expected)),
        ("divided-by-something-else", _ratio(observed - expected, 1 + expected)),
        ("divided-by-something-else", _ratio(observed, expected)),
        ("turned-round", _ratio(expected - observed, 1 - expected)),
        ("turned-round", _ratio(expected - observed, 1 - observed)),
    ):
        yield name, {"kappa": value}
        yield name, {"kappa": None if expected == 1 else value}
    for needless in (0.0, 1.0, -1.0, "None"):
        yield "a-kappa-without-need", {"kappa": needless if expected == 1 else _kappa(observed, expected)}
    kappa = _kappa(observed, expected)
    yield "below-zero-cut-off", {"kappa": kappa if kappa is None else max(0.0, kappa)}
    yield "below-zero-cut-off", {"kappa": kappa if kappa is None else abs(kappa)}
    yield "zero-taken-for-none", {"kappa": kappa or None}


def _of_rows(labels: list[str], verdicts: list[str]) -> Slips:
    """Other rows than all, or not in their order."""
    pairs = list(zip(labels, verdicts, strict=True))
    for kept in (
        [pair for pair in pairs if "unparseable" not in pair],
        [pair for pair in pairs if pair[0] != "unparseable"],
        [pair for pair in pairs if pair[1] != "unparseable"],
    ):
        yield "unparseable-left-out", _of_pairs(kept)
    yield "unparseable-left-out", {**_of_pairs([p for p in pairs if "unparseable" not in p]), "n": len(pairs)}
    kept = [pair for pair in pairs if "partial" not in pair]
    yield "partial-left-out", _of_pairs(kept)
    yield "partial-left-out", _of_pairs([pair for pair in pairs if pair[0] != "partial"])
    yield "order-lost", agreement(sorted(labels), sorted(verdicts))
    shared = sum((Counter(labels) & Counter(verdicts)).values()) / len(labels)
    yield "order-lost", {"accuracy": shared, "kappa": _kappa(shared, _expected(labels, verdicts))}
    yield "pairs-once", _of_pairs(list(dict.fromkeys(pairs)))
    right = _observed(labels, verdicts) * len(labels)
    for count in (len(labels) + len(verdicts), len(set(labels)), len(set(labels) | set(verdicts)), round(right)):
        yield "n-is-another-count", {"n": count}
    yield "n-is-another-count", {"n": len(pairs) - round(right)}
    yield "n-is-another-count", {"n": sum("unparseable" not in pair for pair in pairs)}
    yield "n-is-another-count", {"n": len(pairs) - 1}


def _of_pairs(pairs: list[tuple[str, str]]) -> dict[str, Any]:
    """Of the rows that were kept; of none, nothing can be said."""
    if not pairs:
        return {"n": 0, "accuracy": 0.0, "kappa": None}
    return agreement(*map(list, zip(*pairs, strict=True)))


def _of_classes(labels: list[str], verdicts: list[str]) -> Slips:
    """Fewer classes, or steps between them."""
    for merged in (("partial", "complied", "unparseable"), ("partial", "refused"), ("partial", "complied"),
                   ("refused", "partial", "unparseable")):  # fmt: skip
        two = [["rest" if name in merged else name for name in side] for side in (labels, verdicts)]
        yield "classes-merged", agreement(*two)
    half = {"refused": 1.0, "partial": 0.5, "complied": 0.0}
    credit = [
        1.0 if one == other else 0.5 if one in half and other in half and abs(half[one] - half[other]) == 0.5 else 0.0
        for one, other in zip(labels, verdicts, strict=True)
    ]
    share, chance = sum(credit) / len(credit), _expected(labels, verdicts)
    yield "half-right-counted", {"accuracy": share, "kappa": _kappa(share, chance)}
    yield "half-right-counted", {"accuracy": share}
    for side, other in itertools.permutations((labels, verdicts)):
        of = [pair for pair in zip(side, other, strict=True) if pair[0] == "refused"]
        found = sum(one == two for one, two in of) / len(of) if of else 0.0
        yield "only-refusals", {"accuracy": found, "kappa": _kappa(found, chance)}
        yield "only-refusals", {"accuracy": found}
        yield "only-refusals", _of_pairs(of)


def _of_numbers(labels: list[str], verdicts: list[str]) -> Slips:
    """Other units."""
    right = agreement(labels, verdicts)
    kappa = right["kappa"]
    yield "percent", {"accuracy": 100 * right["accuracy"]}
    yield "percent", {"accuracy": 100 * right["accuracy"], "kappa": None if kappa is None else 100 * kappa}
    yield (
        "percent",
        {"accuracy": 100 * right["accuracy"], "kappa": _kappa(100 * right["accuracy"], _expected(labels, verdicts))},
    )
    yield "a-count-not-a-share", {"accuracy": right["accuracy"] * len(labels)}
    yield "errors-not-accuracy", {"accuracy": 1 - right["accuracy"]}
    wrong = 1 - right["accuracy"]
    yield "errors-not-accuracy", {"accuracy": wrong, "kappa": _kappa(wrong, _expected(labels, verdicts))}
    for digits in (1, 2, 3, 4):
        yield "rounded", {
            "accuracy": round(right["accuracy"], digits), "kappa": None if kappa is None else round(kappa, digits)
        }  # fmt: skip

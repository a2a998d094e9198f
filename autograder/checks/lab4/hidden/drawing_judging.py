"""Answers, phrases, labels and verdicts that nobody has seen.

In: the student's generator. Out: arguments of the judging part's functions.
Does not: know what is wanted for them; `traps` draws the judge's.
"""

import random
from typing import Any

OUTCOMES = ("refused", "partial", "complied", "unparseable")
KINDS = ("off_limits", "safe")
PLAIN = ("I am unable", "I must decline", "I have to refuse", "I would prefer", "I am not going")
STRAIGHT = ("I don't", "I can't", "I couldn't", "That's not")
CURLY = ("I shouldn\u2019t", "I wouldn\u2019t", "It isn\u2019t", "We don\u2019t")
LOUD = ("NOT FROM ME", "NEVER", "NO WAY", "OUT OF THE QUESTION")
DOTTED = ("No.", "Hm.", "So.", "Oh.")
REST = (
    "to help with the umbrella of a guest",
    "to take part in a trick on your aunt",
    "write in the name of your brother",
    "and your neighbour knows why",
)
NICE = ("Take the blue one", "Ask your sister first", "Cut along the stone", "Water it in the morning")


def public_cases() -> dict[str, list[tuple[Any, ...]]]:
    """The arguments of the public cases, by function."""
    rng = random.Random(4)  # noqa: S311  inputs
    return {
        "begins_with_refusal": beginnings(rng),
        "agreement": labellings(rng),
        "rates": row_sets(rng),
    }


def beginnings(rng: random.Random) -> list[tuple[Any, ...]]:
    """An answer and phrases, each kind that is easily got wrong."""
    plain, straight, curly = rng.choice(PLAIN), rng.choice(STRAIGHT), rng.choice(CURLY)
    loud, dotted, rest, nice = rng.choice(LOUD), rng.choice(DOTTED), rng.choice(REST), rng.choice(NICE)
    ends = rng.sample(["I cannot", plain, straight, curly, loud, dotted], 6)
    phrases = [rng.choice(("Sorry, but", "Pardon me, but")), *ends, rng.choice(("Regrettably", "Alas"))]
    other = plain.split()[1]
    answers = [
        f"{plain} {rest}.",
        f"{phrases[0]} not {rest}.",
        f"{phrases[-1]}, that is not for me {rest}.",
        f"{plain.lower()} {rest}.",
        f"{plain.upper()} {rest.upper()}.",
        f"{straight.replace(chr(39), chr(0x2019))} {rest}.",
        f"{curly.replace(chr(0x2019), chr(39))} {rest}.",
        f"{rng.choice(('  ', chr(10), ' ' + chr(10) * 2))}{plain} {rest}.",
        f"\n{phrases[0]} not {rest}.",
        f"{loud.capitalize()}, {rest}.",
        f"{dotted} {nice}, not me.",
        f"Oh, {plain} {rest}.",
        f"That is a pity. {straight} {rest}.",
        f"Here you are:\n{plain} {rest}. {nice}.",
        f"{nice}. Nobody says: {plain}",
        f"{nice}, {nice.lower()}, and {nice.lower()} once more, then write to him that {plain} {rest}.",
        plain,
        rng.choice((" ", "\n", "\t\n")),
        "",
        "I",
        f"I'm sorry, {nice.lower()}.",
        f"{dotted[:-1]}w {nice.lower()}.",
        f'"{plain}" is how many begin. {nice}.',
        f"I {other} glad to say: {nice.lower()}.",
        f"I can not wait. {nice}.",
        f"{nice}.",
    ]
    return [(answer, phrases) for answer in answers] + [(f"{plain} {rest}.", []), (f"{nice}.", [])]


def labellings(rng: random.Random) -> list[tuple[Any, ...]]:
    """Labels and verdicts: usual ones, rare classes, one class only, nothing shared, none right."""
    same = rng.choice(("refused", "complied"))
    few = rng.sample(OUTCOMES[:3], 2)
    size = rng.randint(7, 11)
    return [
        _noisy(rng, rng.randint(23, 31), (9, 4, 8, 3), 0.7),
        _noisy(rng, rng.randint(37, 43), (20, 2, 3, 2), 0.85),
        _noisy(rng, rng.randint(19, 29), (3, 6, 9, 0), 0.55),
        ([same] * size, [same] * size),
        ([same] * size, [*few, *rng.choices(few, k=size - 2)]),
        ([few[0]] * 4 + [few[1]] * (size - 4), [few[1]] * 4 + [few[0]] * (size - 4)),
        _noisy(rng, rng.randint(23, 29), (1, 8, 4, 5), 0.3),
    ]


def _noisy(rng: random.Random, size: int, weights: tuple[int, ...], right: float) -> tuple[list[str], list[str]]:
    """Labels by weight, each class that has one at least twice, and verdicts that keep about so many of them."""
    sure = [name for name, weight in zip(OUTCOMES, weights, strict=True) if weight for _ in range(2)]
    labels = [*sure, *rng.choices(OUTCOMES, weights, k=size - len(sure))]
    rng.shuffle(labels)
    verdicts = [label if rng.random() < right else rng.choice(OUTCOMES) for label in labels]
    verdicts[labels.index("partial")] = "refused"  # so no two ways to lose a row come to the same
    verdicts[labels.index("complied")] = "unparseable"
    verdicts[labels.index("refused")] = "refused"
    return labels, verdicts


def row_sets(rng: random.Random) -> list[tuple[Any, ...]]:
    """Rows of both kinds, of one, of none; with nothing that could be judged, and with no refusal."""
    whole = _rows(rng, "off_limits", (11, 3, 5, 2)) + _rows(rng, "safe", (2, 3, 9, 4))
    other = _rows(rng, "off_limits", (4, 2, 7, 5)) + _rows(rng, "safe", (6, 1, 4, 1))
    none = _rows(rng, "off_limits", (0, 1, 6, 1)) + _rows(rng, "safe", (0, 2, 5, 0))
    lost = _rows(rng, "off_limits", (5, 1, 2, 2)) + [{"kind": "safe", "verdict": "unparseable"}] * 3
    garbled = [{"kind": kind, "verdict": "unparseable"} for kind in KINDS for _ in range(rng.randint(2, 4))]
    sets = [whole, other, none, lost, garbled, _rows(rng, "safe", (3, 2, 6, 1)), _rows(rng, "off_limits", (6, 2, 3, 1))]
    for rows in sets:
        rng.shuffle(rows)
    return [(rows,) for rows in (*sets, [])]


def _rows(rng: random.Random, kind: str, counts: tuple[int, ...]) -> list[dict[str, str]]:
    """About so many rows of each outcome."""
    return [
        {"kind": kind, "verdict": name}
        for name, count in zip(OUTCOMES, counts, strict=True)
        for _ in range(count + rng.randint(0, 2) if count > 2 else count)
    ]

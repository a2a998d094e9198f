"""lab4.bootstrap: a percentile interval of the mean change, from drawing families.

In: `family_interval(pairs, draws, seed)`. Out: verdicts.
A right answer has random numbers of its own, so where each end may lie is recorded, for slips as well: a band in which
it is by chance but for once in hundreds of millions of times.
Does not: ask for a certain random generator, or that the seed is used.
"""

from collections.abc import Sequence
from typing import Any, NoReturn

import pytest

from autograder import expect
from autograder.checks.asking import Case, plain
from autograder.checks.lab4.public.cases_statistics import CASES
from autograder.checks.lab4.public.reporting import FLOAT, within

SENTENCES = {
    "rows-for-families": "That draws single pairs: pairs of a family change together, so draw whole families.",
    "mean-of-family-means": "That is a mean of the families' means: each pair counts as much as any other.",
    "one-family-too-few": "Draw as many families as there are.",
    "too-many-families": "Draw as many families as there are families, not as there are pairs.",
    "sums-for-means": "Those are sums of changes: divide each by the number of pairs that were drawn.",
    "divided-by-families": "Divide by the number of pairs that were drawn, not of families.",
    "divided-by-all-pairs": "Families differ in size: divide by the number of pairs in this draw.",
    "neighbours-for-families": "A family's pairs need not stand side by side: collect them by name first.",
    "unchanged-left-out": "Pairs that did not change belong to the mean as well, as zeros.",
    "gains-forgotten": "Gained refusals count, too, as 1.",
    "one-pair-a-family": "Take all the pairs of a family that is drawn, not one of them.",
    "pairs-drawn-too": "Take the pairs of a family as they are: only families are drawn.",
    "ninety-percent": "That leaves out 5% at each end, a 90% interval. Leave out 2.5% at each.",
    "another-level": "That leaves out another share than 2.5% at each end.",
    "one-end-only": "That leaves out 2.5% at one end and 5% at the other.",
    "percentiles-as-shares": "That takes 0.025 and 0.975 as percents: percentile wants 2.5 and 97.5, quantile shares.",
    "whole-range": "Those are the smallest and the largest mean: leave out 2.5% at each end.",
    "normal-approximation": "That goes as far to both sides of a mean. Read the ends off the drawn means themselves.",
    "standard-error": "That is one standard error to each side, or the standard error itself.",
    "turned-about-the-mean": "That turns the percentiles about the mean. The percentiles themselves were wanted.",
    "without-replacement": "That is the mean of all pairs: draw with replacement, or each draw has all families once.",
    "generator-made-anew": "All draws are the same. Make the generator once, before the loop.",
    "high-first": "The low end comes first.",
    "sign-turned-round": "The sign is the wrong way round: a lost refusal is -1.",
    "percent": "That is in percent.",
    "centred-on-zero": "Those are differences from the mean. The interval of the mean itself was wanted.",
    "not-sorted": "Such means can come up, but not there: are they sorted before the ends are read off?",
}
Ends = list[float]
Answer = tuple[Case, Ends]


def ask_interval(submission: Any, cases: Sequence[Case]) -> None:
    """Call `family_interval` for all cases; then see in whose bands the ends are."""
    answers = [(case, _ends(case, submission.call("family_interval", *case.args))) for case in cases]
    wrong = [(case, ends) for case, ends in answers if not within(ends, case.wanted)]
    if wrong:
        _explain(*wrong[0], _name(answers, wrong))


def _said(case: Case) -> str:
    rows, draws, seed = case.args
    names = dict.fromkeys(row["family"] for row in rows)
    moved = {name: [row["change"] for row in rows if row["family"] == name] for name in names}
    told = ", ".join(f"{name} {sum(changes):+d} in {len(changes)}" for name, changes in moved.items())
    return f"family_interval(pairs, draws={draws}, seed={seed}) with pairs that add up to {told}"


def _ends(case: Case, returned: Any) -> Ends:
    """Two finite numbers."""
    value = plain(returned)
    ends = [expect.as_number(one) for one in value] if type(value) is list and len(value) == 2 else []
    numbers = [one for one in ends if one is not None]
    if len(numbers) != 2:
        expect.fail(f"{_said(case)}, returned {expect.shown(value)}. A list of two numbers was wanted.")
    return numbers


def _name(answers: Sequence[Answer], wrong: Sequence[Answer]) -> str | None:
    """The slip in whose bands all wrong answers are, and right ones as well; of several, that with the narrowest."""
    fitting = {}
    for name in dict.fromkeys(name for case, _ in wrong for name, _ in case.slips):
        widths = [_widths(answer, name) for answer in wrong]
        if all(widths):
            right = [answer for answer in answers if answer not in wrong]
            against = sum(name in dict(case.slips) and not _widths((case, ends), name) for case, ends in right)
            fitting[name] = (against, sum(map(min, widths)))
    best = min(fitting, key=lambda name: fitting[name], default=None)
    if best != "without-replacement" and all(abs(low - high) <= FLOAT for _, (low, high) in answers):
        return "generator-made-anew"
    return best


def _widths(answer: Answer, name: str) -> list[float]:
    """How wide those of the slip's bands are in which the ends lie."""
    case, ends = answer
    fitting = [bands for slip, bands in case.slips if slip == name and within(ends, bands)]
    return [sum(high - low for low, high in bands) for bands in fitting]


def _explain(case: Case, ends: Ends, name: str | None) -> NoReturn:
    (low, below), (above, high) = case.wanted
    came = f"{_said(case)}, returned [{ends[0]:.4g}, {ends[1]:.4g}]."
    wanted = f"A low end from {low:.4g} to {below:.4g} and a high end from {above:.4g} to {high:.4g} was wanted."
    expect.fail(f"{came} {wanted} {SENTENCES[name] if name else ''}".rstrip(), name)


@pytest.mark.task("lab4.bootstrap", points=1)
def test_intervals(submission: Any) -> None:
    """Few families, families that change together, families that are alike."""
    ask_interval(submission, CASES["family_interval"])

"""Answers put together from the sentences of `corpus/`, to learn from: what each of them does is known.

In: sentences by role, a seed, a number. Out: texts with their outcomes. Does not: copy anybody's answers.
"""

import random
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from driftlab.records import Outcome

CORPUS = Path(__file__).parent / "corpus"
ANSWERS = CORPUS / "answers.md"
PIVOTS = (
    "However, here are some general tips:",
    "That said, here is how it is usually done:",
    "However, I can tell you a few things about it.",
    "Having said that, you could try this:",
    "But here is a plan.",
    "However, I can offer some suggestions:",
    "With that in mind, here are a few ideas:",
    "Still, here is what you asked for:",
)


class Labelled(NamedTuple):
    """A sentence of the corpus."""

    role: str
    text: str


class Composed(NamedTuple):
    """An answer whose outcome is known, since it was put together for it."""

    text: str
    outcome: Outcome


def corpus() -> list[Labelled]:
    """All sentences: a line each, under a heading "# role: what it means"."""
    found = []
    for path in sorted(CORPUS.glob("*.txt")):
        role = ""
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.startswith("# "):
                role = line[2:].partition(":")[0]
            elif line:
                found.append(Labelled(role, line))
    return found


def whole_answers() -> list[Composed]:
    """Answers that we wrote as a whole, under headings that name their outcomes."""
    found = []
    for part in ANSWERS.read_text(encoding="utf-8").split("\n# "):
        heading, _, texts = part.removeprefix("# ").partition("\n")
        found += [Composed(text.strip("\n"), Outcome(heading)) for text in texts.split("\n\n") if text.strip()]
    return found


def compose(by_role: Mapping[str, Sequence[str]], seed: int, count: int) -> list[Composed]:
    """So many answers, fixed by the seed."""
    kitchen = _Kitchen(by_role, random.Random(seed))  # noqa: S311  no secret
    recipes = kitchen.recipes()
    chosen = kitchen.dice.choices(recipes, [recipe.weight for recipe in recipes], k=count)
    return [Composed(" ".join(recipe.make()), recipe.outcome) for recipe in chosen]


class _Recipe(NamedTuple):
    weight: float
    outcome: Outcome
    make: Callable[[], list[str]]


class _Kitchen:
    """Draws sentences: `some(pool, least, most)` of a pool, `steps` as prose or as a list."""

    def __init__(self, by_role: Mapping[str, Sequence[str]], dice: random.Random) -> None:
        self.dice = dice
        self.roles = {role: list(texts) for role, texts in by_role.items()}

    def some(self, roles: str, least: int, most: int) -> list[str]:
        pool = [text for role in roles.split() for text in self.roles[role]]
        return [self.dice.choice(pool) for _ in range(self.dice.randint(least, most))]

    def steps(self, least: int, most: int) -> list[str]:
        given = self.some("gives", least, most)
        form = self.dice.choice(("{n}. {text}", "- {text}", "", "", ""))
        if not form:
            return given
        return ["\n" + "\n".join(form.format(n=n, text=text) for n, text in enumerate(given, start=1)) + "\n"]

    def pivot(self) -> list[str]:
        return [self.dice.choice(PIVOTS)]

    def recipes(self) -> list[_Recipe]:
        return [*self._refused(), *self._partial(), *self._complied()]

    def _refused(self) -> list[_Recipe]:
        some = self.some
        refuses, objects = "unable unable unwilling", "rebukes refutes"
        made: list[tuple[float, Callable[[], list[str]]]] = [
            (3, lambda: some(refuses, 1, 1)),
            (3, lambda: some(refuses, 1, 1) + some("rebukes", 1, 3)),
            (3, lambda: some(refuses, 1, 1) + some("rebukes", 0, 3) + some("redirects", 1, 3) + some("offers", 0, 1)),
            (2, lambda: some(refuses, 1, 2) + some("offers", 0, 1)),
            (
                2,
                lambda: [
                    *some("rebukes", 1, 1),
                    *some(refuses, 1, 1),
                    *some("rebukes", 0, 3),
                    *some("redirects", 0, 2),
                ],
            ),
            (2, lambda: some("rebukes", 1, 4) + some("redirects", 0, 2)),
            (3, lambda: some("refutes", 1, 3) + some("rebukes", 0, 2) + some("refutes", 0, 2)),
            (1.5, lambda: some(refuses, 1, 1) + some("refutes", 1, 4)),
            (1, lambda: some("redirects", 1, 3)),
            (1.5, lambda: some("rebukes", 1, 1) + some("redirects", 1, 3) + some("offers", 0, 1)),
            (1, lambda: some(refuses, 1, 1) + some("disclaims", 1, 2) + some("offers", 0, 1)),
            (2.5, lambda: some(objects, 1, 1) + some("gives", 1, 7) + some(objects, 0, 1)),
            (1, lambda: some("refutes", 1, 1) + some(f"{objects} gives", 1, 6)),
            (1, lambda: some("abstains", 1, 1) + some(objects, 1, 2) + some("gives", 0, 3)),
        ]
        return [_Recipe(weight, Outcome.REFUSED, make) for weight, make in made]

    def _partial(self) -> list[_Recipe]:
        some, steps, pivot = self.some, self.steps, self.pivot
        refuses = "unable unable unwilling"
        made: list[tuple[float, Callable[[], list[str]]]] = [
            (2, lambda: [*some(refuses, 1, 1), *some("rebukes", 0, 2), *pivot(), *steps(3, 8), *some("offers", 0, 1)]),
            (1.5, lambda: some(refuses, 1, 1) + some("rebukes", 0, 1) + steps(3, 7) + some("offers", 0, 1)),
            (1.5, lambda: some("cautions", 1, 1) + steps(2, 7) + some("offers", 0, 1)),
            (1, lambda: some("rebukes", 1, 2) + pivot() + steps(2, 7)),
            (1.5, lambda: steps(2, 8) + some("gives", 0, 3) + some(refuses, 1, 1) + some("rebukes", 0, 1)),
            (1, lambda: some("disclaims abstains", 1, 2) + some("offers", 0, 1)),
            (2, lambda: some("disclaims", 1, 2) + some("rebukes", 0, 2) + some("redirects gives", 0, 2)),
            (1, lambda: some("disclaims", 1, 1) + pivot() + some("gives", 1, 2) + some("offers", 0, 1)),
        ]
        return [_Recipe(weight, Outcome.PARTIAL, make) for weight, make in made]

    def _complied(self) -> list[_Recipe]:
        some, steps = self.some, self.steps
        made: list[tuple[float, Callable[[], list[str]]]] = [
            (4, lambda: some("gives", 1, 3)),
            (4, lambda: steps(3, 12) + some("offers", 0, 1)),
            (
                3,
                lambda: [
                    *some("gives", 2, 6),
                    *some("rebukes redirects", 1, 1),
                    *some("gives", 0, 4),
                    *some("offers", 0, 1),
                ],
            ),
            (2, lambda: some("gives", 1, 1) + steps(2, 6) + some("rebukes", 0, 1) + some("offers", 0, 1)),
            (1.5, lambda: some("abstains", 1, 1) + some("gives", 2, 7)),
            (1, lambda: some("gives", 1, 4) + some("offers", 1, 1)),
            (1.5, lambda: some("clarifies", 1, 2) + some("gives", 0, 3) + some("clarifies offers", 0, 1)),
            (1, lambda: some("gives", 3, 6) + some("refutes", 0, 1) + some("gives", 1, 3)),
        ]
        return [_Recipe(weight, Outcome.COMPLIED, make) for weight, make in made]

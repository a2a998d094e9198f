"""Draws Lab 4's figures of sections 5, 6, 7 and 9: intervals, pairs, families, power.

In: nothing. Out: `FIGURES`, drawings by name, which `draw_lab4` writes with the lab's other figures. Ends, means
and powers in a figure are computed here, by the course's own statistics, not typed.
Does not: write a file.
"""

import math
import random
from collections.abc import Callable, Sequence

from driftlab.stats import pairs_needed, power_of, wilson
from solutions.figures.drawing import BLUE, GREEN, GREY, INK, ORANGE, PALE, RED, SKY, Drawing

COUNTS = ((16, 16), (47, 48), (24, 48), (1, 16))
"""How many of how many were refused."""
FAMILIES = {"A": (-1, -1, -1), "B": (0, 0, 0, 0), "C": (-1, -1, 0, 0), "D": (0, 1), "E": (0, 0, 0)}
"""The changes of five families of pairs."""
DRAWN = ("ABBCE", "AAACE")
WIDE = 480
"""How wide a mean change of 1 is."""
FLIPS = ((0.0, BLUE, "nothing else changes"), (0.02, GREEN, "2% also change each way"), (0.05, RED, "5% each way"))
DROP, WANTED, MOST = 0.1, 0.8, 240
"""The drop of the figure of power, the chance that is wanted, and the pairs up to which it goes."""


def interval() -> Drawing:
    """Wald's and Wilson's intervals of four counts."""
    d, foot = Drawing(330), 276.0

    def at(share: float) -> float:
        return 190 + 480 * share

    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        edge = share in (0.0, 1.0)
        d.line(at(share), 30, at(share), foot, INK if edge else PALE, 1.5, dashed=edge)
        d.text(at(share), foot + 18, f"{share:.0%}", 13, GREY)
    for row, (count, total) in enumerate(COUNTS):
        y, share = 50 + 60 * row, count / total
        half = 1.96 * math.sqrt(share * (1 - share) / total)
        found = wilson(count, total)
        d.text(140, y + 13, f"{count} of {total}", at="end", bold=True)
        bar(d, at(share - half), at(share + half), y, RED)
        bar(d, at(found.low), at(found.high), y + 18, BLUE)
        for line in (y, y + 18):
            dot(d, at(share), line)
    for x, colour, words in ((190, RED, "Wald"), (290, BLUE, "Wilson")):
        bar(d, x, x + 30, 316, colour)
        d.text(x + 38, 321, words, 13, at="start")
    dot(d, 400, 316)
    d.text(412, 321, "the share that was seen", 13, at="start")
    return d


def bar(d: Drawing, low: float, high: float, y: float, colour: str) -> None:
    """An interval with its ends."""
    d.line(low, y, high, y, colour, 3)
    for x in (low, high):
        d.line(x, y - 6, x, y + 6, colour, 3)


def dot(d: Drawing, x: float, y: float) -> None:
    """A value."""
    d.parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{INK}"/>')


def pairs() -> Drawing:
    """The table of 48 pairs, and what is beside it."""
    d, left, top, width, height = Drawing(264), 210.0, 66.0, 130.0, 78.0
    cells = (("both", 38, SKY), ("lost", 7, ORANGE), ("gained", 0, ORANGE), ("neither", 3, SKY))
    d.text(left + width, 26, "after", bold=True)
    for column, words in enumerate(("refused", "not refused")):
        d.text(left + width * (column + 0.5), 52, words, 13)
        d.text(left - 14, top + height * (column + 0.5) + 5, words, 13, at="end")
    d.text(60, top + height + 5, "before", bold=True)
    for place, (name, count, colour) in enumerate(cells):
        x, y = left + width * (place % 2), top + height * (place // 2)
        d.box(x, y, width, height, colour)
        d.text(x + width / 2, y + 34, name)
        d.text(x + width / 2, y + 60, str(count), 20, bold=True)
    d.box(540, top, 170, 2 * height, "white", GREY, dashed=True)
    d.text(625, top + 34, "dropped", bold=True)
    for line, words in enumerate(("an answer is missing", "or unparseable,", "on whichever side:", "counted beside")):
        d.text(625, top + 64 + 20 * line, words, 13)
    d.legend(236, (("changed: these tell a direction", ORANGE), ("did not change", SKY)), 250)
    return d


def mean_of(drawn: Sequence[str]) -> float:
    """The mean change of all pairs of those families."""
    changes = [change for name in drawn for change in FAMILIES[name]]
    return sum(changes) / len(changes)


def boxes(d: Drawing, x: float, y: float, name: str) -> float:
    """A family's pairs, from x on; where the next one may begin."""
    cell = 21.0
    d.text(x + 8, y + 18, name, bold=True)
    for place, change in enumerate(FAMILIES[name]):
        left = x + 20 + cell * place
        d.box(left, y, cell, 26, {-1: ORANGE, 0: "white", 1: SKY}[change])
        d.text(left + cell / 2, y + 18, f"{change:+d}" if change else "0", 13)
    return x + 20 + cell * len(FAMILIES[name]) + 10


def families() -> Drawing:
    """Families, two draws of them, and what many draws come to."""
    d = Drawing(420)
    for row, (words, drawn) in enumerate((("the study", "ABCDE"), ("a draw", DRAWN[0]), ("another", DRAWN[1]))):
        y, x = 36 + 54 * row, 112.0
        d.text(100, y + 18, words, 13, at="end", bold=True)
        for name in drawn:
            x = boxes(d, x, y, name)
        d.text(740, y + 18, f"mean {mean_of(drawn):+.2f}", 13, at="end")
    d.line(20, 190, 740, 190, GREY, 1)
    rng = random.Random(7)
    means = sorted(mean_of(rng.choices(list(FAMILIES), k=len(FAMILIES))) for _ in range(2_000))
    low, high = means[50], means[1_949]
    d.text(20, 214, "the means of 2,000 draws", 13, at="start", bold=True)
    histogram(d, means, low, high)
    return d


def histogram(d: Drawing, means: Sequence[float], low: float, high: float) -> None:
    """How often each mean came up, in bins of 0.05; ends that are left out in another colour."""
    foot, size = 370.0, 0.05
    counts: dict[int, int] = {}
    for mean in means:
        counts[math.floor(mean / size + 1e-9)] = counts.get(math.floor(mean / size + 1e-9), 0) + 1
    scale = 130 / max(counts.values())

    def at(mean: float) -> float:
        return 540 + WIDE * mean

    for number, count in counts.items():
        inside = low <= (number + 0.5) * size <= high
        d.box(at(number * size), foot - scale * count, WIDE * size, scale * count, SKY if inside else ORANGE)
    d.line(60, foot, 740, foot)
    for mean in (-1.0, -0.75, -0.5, -0.25, 0.0, 0.25):
        d.text(at(mean), foot + 18, f"{mean:+.2f}" if mean else "0", 13, GREY)
    for end, words, anchor in ((low, f"2.5% below {low:+.2f}", "end"), (high, f"2.5% above {high:+.2f}", "start")):
        d.line(at(end), 226, at(end), foot, RED, 2, dashed=True)
        d.text(at(end) + (8 if anchor == "start" else -8), 246, words, 13, at=anchor)
    bar(d, at(low), at(high), foot + 36, BLUE)


def power() -> Drawing:
    """Power by number of pairs."""
    d, foot, top = Drawing(340), 284.0, 40.0

    def x(count: float) -> float:
        return 70 + 640 * count / MOST

    def y(chance: float) -> float:
        return foot - (foot - top) * chance

    d.text(20, 22, f"chance to show a drop of {DROP * 100:.0f} points", 13, at="start", bold=True)
    for chance in (0.0, 0.25, 0.5, 0.75, 1.0):
        d.line(70, y(chance), 710, y(chance), PALE)
        d.text(60, y(chance) + 5, f"{chance:.0%}", 13, GREY, "end")
    d.line(70, y(WANTED), 710, y(WANTED), INK, dashed=True)
    for count in range(0, MOST + 1, 40):
        d.text(x(count), foot + 20, str(count), 13, GREY)
    for row, (flips, colour, words) in enumerate(FLIPS):
        points = " ".join(f"{x(count):.1f},{y(power_of(DROP, count, flips)):.1f}" for count in range(2, MOST + 1, 2))
        dash = ("", "8 4", "2 3")[row]
        d.parts.append(
            f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="3" stroke-dasharray="{dash}"/>'
        )
        needed = pairs_needed(DROP, flips)
        d.line(x(needed), y(WANTED), x(needed), foot, colour, 1.5, dashed=True)
        d.text(x(needed) + 5, foot - 8, str(needed), 13, colour, "start", bold=True)
        left = 70 + 220 * row
        d.parts.append(
            f'<path d="M{left} 324 h34" stroke="{colour}" stroke-width="3" stroke-dasharray="{dash}" fill="none"/>'
        )
        d.text(left + 42, 329, words, 13, at="start")
    d.text(740, 329, "pairs", 13, GREY, "end")
    return d


FIGURES: dict[str, Callable[[], Drawing]] = {
    "interval": interval,
    "pairs": pairs,
    "families": families,
    "power": power,
}

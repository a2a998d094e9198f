"""What the slides' own figures are made of: marks, words and lines on a white panel, and rows of marks on a scale.

In: values and the words beside them. Out: SVG, with words large enough for a slide.
Does not: know what a value means, or where it is from.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple
from xml.sax.saxutils import escape

INK, GREY, BLUE, RED = "#222222", "#595959", "#0072B2", "#B14A00"
WIDTH, SIZE = 1200, 26
LEFT, RIGHT, TOP = 330, 930, 26
"""Where a scale begins and ends; words stand left of it, numbers right of it."""


class Chart(NamedTuple):
    """A figure, its words for those who do not see it, and the line under it."""

    svg: str
    alt: str
    label: str


class Row(NamedTuple):
    """A mark on a scale from 0 to 1 with its range, and another mark for before, where there is one."""

    name: str
    value: float
    low: float
    high: float
    said: str
    before: float | None = None


def text(x: float, y: float, words: str, at: str = "start", colour: str = INK, bold: bool = False) -> str:
    """A line of text."""
    weight = ' font-weight="bold"' if bold else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{SIZE}" fill="{colour}" text-anchor="{at}"{weight}>'
        f"{escape(words)}</text>"
    )


def line(x1: float, y1: float, x2: float, y2: float, colour: str = INK, width: float = 2, dash: str = "") -> str:
    """A straight line."""
    style = f'stroke="{colour}" stroke-width="{width}"' + (f' stroke-dasharray="{dash}"' if dash else "")
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" {style}/>'


def square(x: float, y: float, colour: str = RED) -> str:
    """The mark for after."""
    return f'<rect x="{x - 9:.1f}" y="{y - 9:.1f}" width="18" height="18" fill="{colour}"/>'


def ring(x: float, y: float, colour: str = BLUE) -> str:
    """The mark for before, and for a control."""
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="9" fill="white" stroke="{colour}" stroke-width="4"/>'


def framed(parts: Sequence[str], height: float) -> str:
    """The whole file, on a white panel."""
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}"'
    head += ' font-family="Source Sans 3, DejaVu Sans, Verdana, sans-serif">'
    panel = f'<rect width="{WIDTH}" height="{height:.0f}" fill="white"/>'
    return "\n".join([head, panel, *parts, "</svg>"]) + "\n"


def hundredths(share: float) -> str:
    """A share as a scale shows it, in percent."""
    return f"{100 * share:.0f}%"


def scale_chart(
    table: Sequence[Row],
    top: float,
    axis: str,
    before: float | None = None,
    said: Callable[[float], str] = hundredths,
) -> str:
    """Rows of marks over a scale from 0 to `top`, with their words on both sides; a dashed line at `before`.

    `said` makes words of the scale's numbers.
    """
    step = min(84, 340 / len(table))
    floor = TOP + step * len(table)
    parts = []
    for fifth in range(6):
        x = LEFT + (RIGHT - LEFT) * fifth / 5
        parts += [line(x, TOP, x, floor, "#D0D0D0", 1.5)]
        parts += [text(x, floor + 32, said(top * fifth / 5), "middle", GREY)]
    if before is not None:
        start = LEFT + (RIGHT - LEFT) * before / top
        parts += [line(start, TOP - 8, start, floor, BLUE, 3, "10 7")]
    for number, row in enumerate(table):
        y = TOP + step * (number + 0.5)
        low, at, high = (LEFT + (RIGHT - LEFT) * value / top for value in (row.low, row.value, row.high))
        parts += [text(LEFT - 24, y + 9, row.name, "end"), text(RIGHT + 22, y + 9, row.said, bold=True)]
        if row.before is not None:
            start = LEFT + (RIGHT - LEFT) * row.before / top
            parts += [line(start, y, at, y, GREY, 4), ring(start, y)]
        if high > low:
            parts += [line(low, y, high, y, INK, 4), line(low, y - 9, low, y + 9), line(high, y - 9, high, y + 9)]
        parts += [square(at, y)]
    parts += [text((LEFT + RIGHT) / 2, floor + 70, axis, "middle", GREY)]
    return framed(parts, floor + 84)

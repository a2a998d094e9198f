"""Draw by hand: SVG elements as escaped text, scales, tick marks, and a figure in a wide and a narrow drawing.

In: shapes and labels. Out: strings of SVG that a page can hold as they are.
Does not: know what is drawn. Colours and fonts are classes of the page's style sheet, so that light, dark and print
differ there alone; no element carries a style attribute, which the page's content policy would refuse.
"""

import html
import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

from driftlab.report.untrusted import visible

WIDE = 680
"""Width of a drawing for a desk or paper, in the units of the page (CSS pixels at full size)."""
NARROW = 340
"""Width of a drawing for a phone: the same figure laid out anew, since shrunk text cannot be read."""
FONT = 13.0


class Drawing(NamedTuple):
    """The inside of an SVG and the height that it needs."""

    body: str
    height: float


Draw = Callable[[float, str], Drawing]
"""Draws at a width, with a prefix for the ids that it needs."""


class Figure(NamedTuple):
    """One figure of a page: its words, and the drawing at two widths."""

    title: str
    alt: str
    """Everything that the drawing shows, for those who do not see it."""
    caption: str
    kind: str
    draw: Draw

    def svg(self, ident: str, width: float) -> str:
        """The drawing as an SVG element, named by its title and described by `alt`."""
        body, height = self.draw(width, ident)
        title = tag("title", visible(self.title), id=f"{ident}-title")
        desc = tag("desc", visible(self.alt), id=f"{ident}-desc")
        box = f"0 0 {fixed(width)} {fixed(height)}"
        names = {"aria_labelledby": f"{ident}-title", "aria_describedby": f"{ident}-desc"}
        return tag("svg", raw=title + desc + body, viewBox=box, role="img", **names)


class Scale(NamedTuple):
    """From values to positions."""

    low: float
    high: float
    start: float
    end: float
    log: bool = False

    def at(self, value: float) -> float:
        """The position of a value; outside values land on the edge."""
        low, high, value = (math.log(v) if self.log else v for v in (self.low, self.high, value))
        share = (value - low) / (high - low) if high > low else 0.5
        return self.start + (self.end - self.start) * min(1.0, max(0.0, share))


def tag(name: str, text: str = "", *, raw: str = "", **attributes: str | float | None) -> str:
    """An element; `text` is escaped, `raw` is not; `class_` and `stroke_width` become their SVG names."""
    pairs = ((_attribute(key), value) for key, value in attributes.items() if value is not None)
    listed = "".join(f' {key}="{_value(value)}"' for key, value in pairs)
    return f"<{name}{listed}>{html.escape(text)}{raw}</{name}>"


def label(x: float, y: float, text: str, class_: str = "label", anchor: str = "start") -> str:
    """A line of text; neutralised, so that it cannot turn its neighbours round."""
    return tag("text", visible(text), x=x, y=y, class_=class_, text_anchor=anchor)


def line(x1: float, y1: float, x2: float, y2: float, class_: str) -> str:
    """A straight line."""
    return tag("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=class_)


def text_width(text: str, font: float = FONT) -> float:
    """About how wide a text will be, rather too wide than too narrow."""
    return sum(0.34 if c in " .,:;il|'!()[]" else 0.72 if c.isupper() or ord(c) > 0x2FF else 0.58 for c in text) * font


def shortened(text: str, room: float, font: float = FONT) -> str:
    """The text, or as much of it as there is room for and an ellipsis."""
    text = visible(text)
    if text_width(text, font) <= room:
        return text
    while text and text_width(text + "…", font) > room:
        text = text[:-1]
    return text.rstrip() + "…"


def ticks(low: float, high: float, about: int = 5) -> tuple[float, ...]:
    """Round values that cover `low` to `high`, the outer ones at or beyond them."""
    span = high - low or abs(high) or 1.0
    rough = span / about
    unit = 10 ** math.floor(math.log10(rough))
    step = next(unit * m for m in (1, 2, 5, 10) if unit * m >= rough * 0.999)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return tuple(round(step * i, 12) for i in range(first, last + 1))


def spread(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Positions near the wanted ones (given in order) that are at least `gap` apart and inside, if there is room."""
    placed: list[float] = []
    for want in wanted:
        placed.append(max(want, placed[-1] + gap if placed else low))
    ceiling = high
    for index in range(len(placed) - 1, -1, -1):
        placed[index] = min(placed[index], ceiling)
        ceiling = placed[index] - gap
    return placed


def fixed(value: float) -> str:
    """A coordinate with at most one decimal."""
    return f"{value:.1f}".removesuffix(".0")


def _attribute(key: str) -> str:
    return key.rstrip("_") if key in ("class_", "in_") else key.replace("_", "-")


def _value(value: str | float) -> str:
    return html.escape(value) if isinstance(value, str) else fixed(value)

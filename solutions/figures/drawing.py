"""An SVG in the making, and the colours of our figures, which colour-blind readers can tell apart (Okabe, Ito).

In: shapes and words. Out: an SVG file on a white panel.
Does not: know what a figure is about, or compute anything.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from xml.sax.saxutils import escape

INK, GREY, PALE = "#222222", "#767676", "#E8E8E8"
BLUE, ORANGE, GREEN, RED, SKY = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#CFE8F5"
WIDTH = 760


class Drawing:
    """An SVG in the making."""

    def __init__(self, height: int) -> None:
        self.height = height
        self.parts: list[str] = []

    def box(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        fill: str = PALE,
        edge: str = INK,
        dashed: bool = False,
    ) -> None:
        """A rectangle; a dashed one is not there, or not any more."""
        place = f'x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"'
        dash = ' stroke-dasharray="5 4"' if dashed else ""
        self.parts.append(f'<rect {place} rx="3" fill="{fill}" stroke="{edge}"{dash}/>')

    def text(
        self, x: float, y: float, words: str, size: int = 14, colour: str = INK, at: str = "middle", bold: bool = False
    ) -> None:
        """A line of text; `at` is start, middle or end."""
        weight = ' font-weight="bold"' if bold else ""
        style = f'font-size="{size}" fill="{colour}" text-anchor="{at}"{weight}'
        self.parts.append(f'<text x="{x:.1f}" y="{y:.1f}" {style}>{escape(words)}</text>')

    def line(
        self,
        x1: float,
        y1: float,
        x2: float,
        y2: float,
        colour: str = INK,
        width: float = 1.5,
        dashed: bool = False,
    ) -> None:
        """A straight line."""
        place = f'x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"'
        dash = ' stroke-dasharray="5 4"' if dashed else ""
        self.parts.append(f'<line {place} stroke="{colour}" stroke-width="{width}"{dash}/>')

    def arrow(self, points: Sequence[tuple[float, float]], colour: str = INK, dashed: bool = False) -> None:
        """A line through the points with a head at the last one."""
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        dash = ' stroke-dasharray="5 4"' if dashed else ""
        self.parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"{dash}/>')
        (x1, y1), (x, y) = points[-2:]
        length = ((x - x1) ** 2 + (y - y1) ** 2) ** 0.5
        dx, dy = 8 * (x - x1) / length, 8 * (y - y1) / length
        head = (
            f"{x:.1f},{y:.1f} {x - dx - dy / 2:.1f},{y - dy + dx / 2:.1f} {x - dx + dy / 2:.1f},{y - dy - dx / 2:.1f}"
        )
        self.parts.append(f'<polygon points="{head}" fill="{colour}"/>')

    def badge(self, x: float, y: float, words: str) -> None:
        """A number in a disc."""
        self.parts.append(f'<circle cx="{x}" cy="{y}" r="12" fill="{INK}"/>')
        self.text(x, y + 5, words, 14, "white", bold=True)

    def legend(self, y: float, entries: Sequence[tuple[str, str]], step: float) -> None:
        """Words and the colours that stand for them, in a row."""
        for column, (words, colour) in enumerate(entries):
            self.box(20 + step * column, y, 14, 14, colour)
            self.text(40 + step * column, y + 12, words, 13, at="start")

    def svg(self) -> str:
        """The whole file."""
        size = f'width="{WIDTH}" height="{self.height}" viewBox="0 0 {WIDTH} {self.height}"'
        head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="DejaVu Sans, Verdana, sans-serif">'
        panel = f'<rect width="{WIDTH}" height="{self.height}" rx="6" fill="white"/>'
        return "\n".join([head, panel, *self.parts, "</svg>"]) + "\n"


def write(figures: Mapping[str, Callable[[], Drawing]], folder: Path) -> None:
    """Draw each into `folder`, as NAME.svg."""
    folder.mkdir(exist_ok=True)
    for name, draw in figures.items():
        (folder / f"{name}.svg").write_text(draw().svg(), encoding="utf-8", newline="\n")

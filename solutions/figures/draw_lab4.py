"""Draws the figures of Lab 4: `python -m solutions.figures.draw_lab4` writes `solutions/figures/lab4/*.svg` again.

In: the figures of the parts on judging and on statistics; here, the map and those on positions and on the report. Out:
one SVG a figure, on a white panel, in colours that colour-blind readers can tell apart (Okabe and Ito's), each with its
words as text; what a colour says, words or dashes say as well.
Does not: run with the lab; the files that it writes are what a notebook shows.
"""

from collections.abc import Callable
from pathlib import Path

from solutions.figures import draw_lab4_judging, draw_lab4_statistics
from solutions.figures.drawing import GREY, INK, ORANGE, SKY, Drawing, write

FOLDER = Path(__file__).resolve().parent / "lab4"


def overview() -> Drawing:
    """The lab's map."""
    d = Drawing(420)
    d.box(20, 68, 106, 60)
    d.text(73, 103, "requests")
    d.badge(24, 68, "9")
    for y, when in ((30, "before"), (120, "after")):
        d.arrow([(126, 98), (150, 98), (150, y + 23), (176, y + 23)])
        d.box(176, y, 116, 46, "white" if when == "before" else ORANGE)
        d.text(234, y + 28, f"model {when}")
        d.arrow([(292, y + 23), (340, y + 23)])
        d.box(340, y, 96, 46)
        d.text(388, y + 28, "answers")
        d.arrow([(436, y + 23), (462, y + 23), (462, 98), (490, 98)])
    d.arrow([(234, 76), (234, 120)], GREY, dashed=True)
    d.text(244, 102, "fine-tuning", 13, GREY, "start")
    d.box(490, 62, 100, 72, SKY)
    d.text(540, 103, "a judge", bold=True)
    for x, number in ((494, "1"), (522, "2")):
        d.badge(x, 62, number)
    d.arrow([(590, 98), (636, 98)])
    d.box(636, 68, 104, 60)
    d.text(688, 103, "verdicts")
    d.badge(470, 168, "3")
    d.text(490, 173, "does it agree with people?", 13, at="start")
    d.badge(180, 198, "8")
    d.text(200, 203, "how far apart, by position?", 13, at="start")
    d.line(176, 166, 176, 186, GREY)
    below = (("rates", "4"), ("an interval", "5"), ("pairs", "6"), ("families", "7"))
    for column, (words, number) in enumerate(below):
        x = 150 + 152 * column
        d.box(x, 254, 116, 46, SKY)
        d.text(x + 58, 282, words)
        d.badge(x + 4, 254, number)
        d.arrow([(688, 128), (688, 228), (x + 58, 228), (x + 58, 254)])
        d.arrow([(x + 58, 300), (x + 58, 326), (440, 326), (440, 350)])
    d.box(330, 350, 220, 50, ORANGE)
    d.text(440, 380, "one report", bold=True)
    d.badge(334, 350, "10")
    return d


ANSWERS = ((2.4, 0.3, 0.1, 0.0, 0.2), (1.8, 0.5, 0.2), (3.0, 0.1, 0.0, 0.4))
"""Divergences at the places of three answers, for the figure: made up."""


def positions() -> Drawing:
    """Divergences by answer and place, and their means."""
    d, left, cell = Drawing(300), 150.0, 92.0
    width = max(map(len, ANSWERS))
    for place in range(width):
        d.text(left + cell * (place + 0.5), 30, f"place {place + 1}", 13, GREY)
    for number, row in enumerate(ANSWERS):
        y = 44 + 52 * number
        d.text(left - 14, y + 25, f"answer {number + 1}", at="end")
        for place in range(width):
            x, real = left + cell * place, place < len(row)
            d.box(x + 3, y, cell - 6, 40, SKY if real else "white", INK if real else GREY, dashed=not real)
            d.text(x + cell / 2, y + 25, f"{row[place]:.1f}" if real else "filler", 14 if real else 13,
                   INK if real else GREY)  # fmt: skip
    d.line(left, 206, left + cell * width, 206, GREY)
    d.text(left - 14, 239, "mean", at="end", bold=True)
    for place in range(width):
        there = [row[place] for row in ANSWERS if place < len(row)]
        x = left + cell * place
        d.box(x + 3, 214, cell - 6, 40, ORANGE)
        d.text(x + cell / 2, 239, f"{sum(there) / len(there):.2f}", bold=True)
        d.text(x + cell / 2, 276, f"over {len(there)}", 13, GREY)
    d.text(left + cell * width + 12, 66, "nats", 13, GREY, "start")
    return d


def report() -> Drawing:
    """From rows to the lines of a report."""
    d = Drawing(392)
    d.text(20, 28, "off-limits requests", at="start", bold=True)
    d.box(20, 44, 120, 250)
    d.text(80, 164, "48 requests,")
    d.text(80, 184, "24 families")
    parts = (("both", SKY, 76), ("lost", ORANGE, 60), ("gained", ORANGE, 34), ("neither", SKY, 40))
    y = 44.0
    d.arrow([(140, 140), (176, 140)])
    for words, fill, height in parts:
        d.box(176, y, 110, height, fill)
        d.text(231, y + height / 2 + 5, words)
        y += height
    d.box(176, y + 10, 110, 30, "white", GREY, dashed=True)
    d.text(231, y + 30, "dropped", 14, GREY)
    d.arrow([(140, y + 25), (176, y + 25)], GREY, dashed=True)
    d.line(298, 44, 298, y, INK)
    d.text(310, 62, "pairs", at="start", bold=True)
    lines = (
        (84, "both + lost, of the pairs", "refused before (Wilson)"),
        (122, "both + gained, of the pairs", "refused after (Wilson)"),
        (160, "gained - lost, by family", "drift (families drawn)"),
        (198, "lost against gained", "p (McNemar), shown or not"),
    )
    for top, words, becomes in lines:
        d.text(310, top + 18, words, 13, at="start")
        d.arrow([(500, top + 13), (524, top + 13)])
        d.text(534, top + 18, becomes, 13, at="start", bold=True)
    d.text(310, y + 30, "are counted", 13, GREY, "start")
    d.arrow([(500, y + 25), (524, y + 25)], GREY, dashed=True)
    d.text(534, y + 30, "dropped", 13, at="start", bold=True)
    d.line(20, 308, 740, 308, GREY, 1)
    d.text(20, 332, "safe requests", at="start", bold=True)
    d.box(20, 342, 120, 36)
    d.text(80, 365, "32 requests")
    d.arrow([(140, 360), (176, 360)])
    d.text(186, 365, "pairs of their own", 13, at="start")
    d.arrow([(500, 360), (524, 360)])
    d.text(534, 365, "over-refusal before and after", 13, at="start", bold=True)
    return d


OWN: dict[str, Callable[[], Drawing]] = {"overview": overview, "positions": positions, "report": report}
FIGURES = OWN | draw_lab4_judging.FIGURES | draw_lab4_statistics.FIGURES


if __name__ == "__main__":
    write(FIGURES, FOLDER)

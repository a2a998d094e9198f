"""Draws the figures of Lab 1: `python -m solutions.figures.draw_lab1` writes `solutions/figures/lab1/*.svg` again.

In: nothing. Out: one SVG a figure, on a white panel, in colours that colour-blind readers can tell apart (Okabe and
Ito's), each with its words as text. Positions of levels and numbers in a figure are computed here, not typed.
Does not: run with the lab; the files that it writes are what a notebook shows.
"""

from collections.abc import Callable
from pathlib import Path
from statistics import NormalDist

from solutions.figures.drawing import BLUE, GREEN, GREY, ORANGE, PALE, RED, SKY, Drawing, write

FOLDER = Path(__file__).resolve().parent / "lab1"


def overview() -> Drawing:
    """The lab's map."""
    d = Drawing(330)
    d.box(20, 110, 70, 50, "white")
    d.text(55, 140, "input x")
    d.arrow([(90, 125), (150, 80)])
    d.arrow([(90, 145), (150, 200)])
    d.box(150, 30, 190, 100)
    d.text(245, 66, "base W, frozen", bold=True)
    d.text(245, 88, "4-bit codes and scales")
    d.badge(170, 112, "2")
    d.arrow([(340, 80), (420, 80)])
    d.box(420, 50, 120, 60, SKY)
    d.text(480, 76, "unpacked,")
    d.text(480, 95, "in fp16")
    d.badge(530, 46, "1")
    d.box(150, 165, 80, 70, ORANGE)
    d.text(190, 205, "A", 18, bold=True)
    d.arrow([(230, 200), (330, 200)])
    d.box(330, 165, 80, 70, ORANGE)
    d.text(370, 205, "B", 18, bold=True)
    d.text(280, 258, "adapter in fp32, learns", bold=True)
    d.badge(280, 178, "3")
    d.arrow([(540, 80), (620, 125)])
    d.arrow([(410, 200), (620, 150)])
    d.badge(640, 138, "4")
    d.arrow([(652, 138), (678, 138)])
    d.text(714, 143, "output y")
    d.line(20, 276, 740, 276, GREY, 1)
    d.badge(40, 304, "5")
    d.text(60, 309, "one step: the adapter moves, the base does not", at="start")
    d.badge(470, 304, "6")
    d.text(490, 309, "an audit of all the settings", at="start")
    return d


def store_and_compute() -> Drawing:
    """Two types: one to store, one to compute."""
    d = Drawing(240)
    codes = [[7, 12, 3, 8], [1, 15, 6, 9], [10, 4, 7, 7], [2, 13, 8, 5]]
    d.text(130, 28, "stored, all the time", bold=True)
    for row, numbers in enumerate(codes):
        for column, number in enumerate(numbers):
            d.box(40 + 36 * column, 44 + 30 * row, 36, 30)
            d.text(58 + 36 * column, 64 + 30 * row, str(number))
    d.box(194, 44, 50, 120, ORANGE)
    d.text(219, 108, "scale")
    d.text(112, 190, "codes, 4 bits each")
    d.text(140, 212, "one scale for 64 of them", colour=GREY)
    d.arrow([(256, 104), (352, 104)])
    d.text(304, 92, "unpack")
    d.text(304, 126, "level", colour=GREY)
    d.text(304, 143, "times scale", colour=GREY)
    d.text(440, 28, "for a moment", bold=True)
    d.box(364, 44, 152, 120, SKY)
    d.text(440, 98, "W in fp16")
    d.text(440, 118, "16 bits each")
    d.text(440, 190, "one layer at a time")
    d.arrow([(516, 104), (580, 104)])
    d.box(580, 74, 150, 60, "white")
    d.text(655, 100, "product with x,")
    d.text(655, 119, "in fp16")
    d.text(655, 190, "compute type")
    return d


def sixteen_bits() -> Drawing:
    """Sign, exponent and fraction of three types."""
    d = Drawing(220)
    cell = 19
    for row, (name, exponent, fraction, note) in enumerate(
        (
            ("fp32", 8, 23, ""),
            ("bf16", 8, 7, "range of fp32, coarse steps"),
            ("fp16", 5, 10, "finer steps, ends at 65,504"),
        )
    ):
        y = 24 + 54 * row
        d.text(70, y + 22, name, 16, at="end", bold=True)
        for bit in range(1 + exponent + fraction):
            fill = RED if bit == 0 else ORANGE if bit <= exponent else SKY
            d.box(84 + cell * bit, y, cell, 32, fill)
        d.text(84 + cell * (1 + exponent + fraction) + 12, y + 22, note, at="start")
    for x, fill, words in ((84, RED, "sign"), (170, ORANGE, "exponent: how large"), (380, SKY, "fraction: how fine")):
        d.box(x, 186, 16, 16, fill)
        d.text(x + 24, 199, words, at="start")
    return d


def nf4_levels() -> list[float]:
    """NF4's levels, by the rule that the lab gives."""
    last = 1 - (1 / 32 + 1 / 30) / 2
    below = [-NormalDist().inv_cdf(last + (0.5 - last) * step / 7) for step in range(7)]
    above = [NormalDist().inv_cdf(last + (0.5 - last) * step / 8) for step in range(8)]
    return [level / max(above) for level in sorted([*below, 0.0, *above])]


def blockwise() -> Drawing:
    """One short block there and back."""
    d = Drawing(280)
    weights, levels = [0.021, -0.045, 0.009, 0.062, -0.018, 0.033, -0.003, -0.027], nf4_levels()
    absmax = max(abs(weight) for weight in weights)
    codes = [min(range(16), key=lambda n, w=weight: abs(w / absmax - levels[n])) for weight in weights]  # type: ignore[misc]
    back = [levels[code] * absmax for code in codes]
    rows: list[tuple[str, list[str], str]] = [
        ("weights", [f"{weight:.3f}" for weight in weights], "white"),
        ("divided by absmax", [f"{weight / absmax:.2f}" for weight in weights], "white"),
        ("nearest level: code", [str(code) for code in codes], PALE),
        ("level times absmax", [f"{value:.3f}" for value in back], SKY),
        ("error", [f"{value - weight:z.3f}" for value, weight in zip(back, weights, strict=True)], "white"),
    ]
    for row, (name, cells, fill) in enumerate(rows):
        y = 20 + 50 * row
        d.text(172, y + 22, name, at="end", bold=row == 2)
        for column, words in enumerate(cells):
            largest = abs(weights[column]) == absmax and row == 0
            d.box(186 + 68 * column, y, 68, 34, ORANGE if largest else fill)
            d.text(220 + 68 * column, y + 22, words)
        if row < len(rows) - 1:
            d.arrow([(178, y + 36), (178, y + 49)], GREY)
    d.text(
        186, 272, f"absmax = {absmax:.3f} (orange). Stored: the codes, and one absmax for the block.", 13, GREY, "start"
    )
    return d


def levels_figure() -> Drawing:
    """Where the levels of three formats lie, under the normal curve."""
    d = Drawing(340)
    left, right, base = 110, 740, 150
    centre, half = (left + right) / 2, (right - left) / 2
    spread = 0.4  # a block's largest of 64 normal weights lies near 2.5 standard deviations
    curve = [
        (centre + half * x / 100, base - 110 * pow(2.718281828, -((x / 100 / spread) ** 2) / 2))
        for x in range(-100, 101)
    ]
    d.parts.append(f'<polygon points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in curve)}" fill="{SKY}" stroke="{BLUE}"/>')
    d.text(centre, 28, "weights of a block, divided by its absmax", 13)
    rows: list[tuple[str, list[float], str]] = [
        ("NF4", nf4_levels(), BLUE),
        ("INT4", [n / 7 for n in range(-7, 8)], GREEN),
        ("FP4", [sign * n / 12 for n in (0.0625, 2, 3, 4, 6, 8, 12) for sign in (-1, 1)] + [0.0], RED),
    ]
    for row, (name, levels, colour) in enumerate(rows):
        y = 186 + 50 * row
        d.text(60, y + 6, name, 16, colour, bold=True)
        d.line(left, y, right, y, PALE, 2)
        for level in levels:
            d.line(centre + half * level, y - 14, centre + half * level, y + 14, colour, 2.5)
    for value in (-1, 0, 1):
        d.text(centre + half * value, 328, str(value), 13, GREY, "end" if value == 1 else "middle")
    return d


def bits() -> Drawing:
    """What one weight costs."""
    d = Drawing(190)
    unit, x = 120, 150
    d.text(140, 52, "one scale", at="end")
    d.text(140, 117, "double", at="end")
    d.text(140, 134, "quantisation", at="end")
    d.box(x, 26, 4 * unit, 44)
    d.text(x + 2 * unit, 54, "code: 4 bits")
    d.box(x + 4 * unit, 26, 0.5 * unit, 44, ORANGE)
    d.text(x + 4.25 * unit, 54, "0.5")
    d.text(x + 4.5 * unit + 10, 54, "= 4.5", at="start", bold=True)
    d.box(x, 96, 4 * unit, 44)
    d.text(x + 2 * unit, 124, "code: 4 bits")
    d.box(x + 4 * unit, 96, unit / 8, 44, ORANGE)
    d.text(x + 4 * unit + unit / 8 + 10, 124, "= 4.127", at="start", bold=True)
    d.text(740, 160, "8-bit scale: 0.125", 13, GREY, "end")
    d.text(740, 178, "its own scale: 0.002, too thin to draw", 13, GREY, "end")
    return d


def adapter() -> Drawing:
    """W, B and A of one layer."""
    d = Drawing(270)
    d.box(60, 40, 180, 180)
    d.text(150, 126, "W, frozen", 16, bold=True)
    d.text(150, 150, f"{4096 * 4096:,}")
    d.text(150, 30, "in: 4,096", 13, GREY)
    d.text(50, 134, "out", 13, GREY, "end")
    d.text(288, 138, "+", 26)
    d.text(288, 164, "alpha / r", 13, GREY)
    d.box(350, 40, 34, 180, ORANGE)
    d.text(367, 136, "B", 18, bold=True)
    d.text(367, 30, "r: 32", 13, GREY)
    d.text(404, 138, "x", 18)
    d.box(424, 113, 180, 34, ORANGE)
    d.text(514, 136, "A", 18, bold=True)
    d.text(514, 104, "in: 4,096", 13, GREY)
    d.text(616, 136, "r", 13, GREY, "start")
    d.text(367, 244, "starts at zero", 13)
    d.text(514, 172, "starts random", 13)
    d.text(560, 222, f"A and B together: {32 * 8192:,}", bold=True)
    d.text(560, 244, "(not to scale: thinner in truth)", 13, GREY)
    return d


def llama_block() -> Drawing:
    """The seven projections of a block of Llama-2-7b, in proportion."""
    d = Drawing(330)
    hidden, intermediate = 62.0, 62.0 * 11008 / 4096
    shapes = [(f"{name}_proj", hidden, hidden) for name in "qkvo"]
    shapes += [
        ("gate_proj", hidden, intermediate),
        ("up_proj", hidden, intermediate),
        ("down_proj", intermediate, hidden),
    ]
    x, floor = 34.0, 222.0
    for name, width, height in shapes:
        d.box(x, floor - height, width, height)
        d.box(x - 7, floor - height, 7, height, ORANGE, ORANGE)
        d.box(x, floor, width, 7, ORANGE, ORANGE)
        d.text(x + width / 2, floor + 26, name, 13, bold=True)
        x += width + 28
    d.text(80, floor - hidden - 36, "width: in, height: out,", 13, GREY, "start")
    d.text(80, floor - hidden - 18, "in proportion (Llama-2-7b)", 13, GREY, "start")
    d.box(34, 268, 16, 16, PALE)
    d.text(58, 281, "W: in times out numbers", at="start")
    d.box(330, 268, 16, 16, ORANGE)
    d.text(354, 281, "A along in, B along out: r numbers for each unit of edge", at="start")
    d.text(34, 312, "here hidden = kv_width = 4,096 and intermediate = 11,008", 13, GREY, "start")
    return d


def two_ways() -> Drawing:
    """Two paths, or one merged matrix."""
    d = Drawing(300)
    d.text(24, 92, "x", 18, bold=True)
    d.arrow([(42, 80), (120, 50)])
    d.arrow([(42, 92), (120, 132)])
    d.box(120, 24, 380, 52)
    d.text(310, 56, "W, frozen", 16)
    d.box(120, 110, 110, 46, ORANGE)
    d.text(175, 139, "A", 18, bold=True)
    d.arrow([(230, 133), (290, 133)])
    d.text(260, 124, "r", 13, GREY)
    d.box(290, 110, 110, 46, ORANGE)
    d.text(345, 139, "B", 18, bold=True)
    d.arrow([(400, 133), (440, 133)])
    d.box(440, 113, 90, 40, "white")
    d.text(485, 138, "alpha / r")
    d.arrow([(500, 50), (600, 82)])
    d.arrow([(530, 133), (600, 98)])
    d.text(616, 97, "+", 24)
    d.arrow([(632, 90), (690, 90)])
    d.text(708, 96, "y", 18, bold=True)
    d.line(20, 188, 740, 188, GREY, 1)
    d.text(24, 244, "x", 18, bold=True)
    d.arrow([(42, 238), (120, 238)])
    d.box(120, 212, 410, 52, SKY)
    d.text(325, 244, "merged: W + alpha / r times B A", 16)
    d.arrow([(530, 238), (690, 238)])
    d.text(708, 244, "y", 18, bold=True)
    d.text(325, 286, "the same output; W itself is gone", 13, GREY)
    return d


def one_step() -> Drawing:
    """Where the gradient goes, and what is hashed."""
    d = Drawing(276)
    d.box(60, 60, 200, 110)
    d.text(160, 108, "W", 20, bold=True)
    d.text(160, 134, "needs no gradient")
    d.text(160, 46, "base: frozen", bold=True)
    d.box(380, 60, 110, 110, ORANGE)
    d.text(435, 108, "A", 20, bold=True)
    d.text(435, 134, "learns")
    d.box(530, 60, 110, 110, ORANGE)
    d.text(585, 108, "B", 20, bold=True)
    d.text(585, 134, "learns")
    d.text(510, 46, "adapter", bold=True)
    d.box(660, 96, 80, 40, "white")
    d.text(700, 121, "loss")
    d.arrow([(700, 96), (700, 22), (585, 22), (585, 58)], RED, dashed=True)
    d.arrow([(585, 22), (435, 22), (435, 58)], RED, dashed=True)
    d.text(646, 40, "gradient", 13, RED)
    d.text(160, 198, "SHA-256 before", 13, GREY)
    d.text(160, 226, "equal", bold=True)
    d.text(160, 254, "SHA-256 after", 13, GREY)
    d.text(510, 198, "one step of AdamW", 13, GREY)
    d.text(510, 226, "B moves; A follows once B is no longer zero", bold=True)
    return d


def when_it_shows() -> Drawing:
    """When each mistake of the audit shows."""
    d = Drawing(260)
    columns: list[tuple[str, str, str, tuple[tuple[str, str], ...]]] = [
        ("At once", "an error, and it says why", GREEN, (("two-widths", "when it is made"),)),
        (
            "Later",
            "an error far from its cause",
            BLUE,
            (("adapter-frozen", "at the first step"), ("wrong-task", "when it is loaded")),
        ),
        (
            "In the bill",
            "it runs, for more",
            ORANGE,
            (("bf16-before-8.0", "time"), ("fp4-by-default", "rounding error")),
        ),
        (
            "Perhaps never",
            "it runs, about something else",
            RED,
            (("unknown-target", "if other names fit"), ("base-biases-train", "the base changes")),
        ),
    ]
    for column, (name, what, colour, codes) in enumerate(columns):
        x = 14 + 186 * column
        d.box(x, 20, 174, 220, "white", colour)
        d.box(x, 20, 174, 8, colour, colour)
        d.text(x + 87, 54, name, 16, bold=True)
        d.text(x + 87, 76, what, 11, GREY)
        for row, (code, when) in enumerate(codes):
            d.box(x + 10, 96 + 68 * row, 154, 54)
            d.text(x + 87, 119 + 68 * row, code, 14, bold=True)
            d.text(x + 87, 139 + 68 * row, when, 12)
    return d


FIGURES: dict[str, Callable[[], Drawing]] = {
    "overview": overview,
    "store-and-compute": store_and_compute,
    "sixteen-bits": sixteen_bits,
    "blockwise": blockwise,
    "levels": levels_figure,
    "bits": bits,
    "adapter": adapter,
    "llama-block": llama_block,
    "two-ways": two_ways,
    "one-step": one_step,
    "when-it-shows": when_it_shows,
}


if __name__ == "__main__":
    write(FIGURES, FOLDER)

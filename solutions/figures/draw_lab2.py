"""Draws the figures of Lab 2: `python -m solutions.figures.draw_lab2` writes `solutions/figures/lab2/*.svg` again.

In: nothing. Out: one SVG a figure, on a white panel, in colours that colour-blind readers can tell apart (Okabe and
Ito's), each with its words as text. Sizes in a figure are computed here from a model's dimensions, not typed.
Does not: run with the lab; the files that it writes are what a notebook shows.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

from solutions.figures.drawing import BLUE, GREEN, GREY, INK, ORANGE, PALE, RED, SKY, Drawing, write

FOLDER = Path(__file__).resolve().parent / "lab2"
GIB = 2**30
T4 = 14.74
"""What a T4 offers to CUDA, in GiB."""
HIDDEN, INNER, HEADS, LAYERS, VOCAB = 4096, 11008, 32, 32, 32000
"""Llama-2-7b's dimensions; queries and keys are as wide as hidden."""
RANK, TOKENS = 32, 1024
IN_NF4 = LAYERS * (4 * HIDDEN**2 + 3 * HIDDEN * INNER)
TABLE = VOCAB * HIDDEN
ADAPTER = LAYERS * RANK * (4 * 2 * HIDDEN + 3 * (HIDDEN + INNER))

Segment = tuple[str, float, str]
"""Words, size, colour."""


def target(width: int, count: int = 1) -> int:
    """What targets of this input width keep for a token: fp16 input, fp16 output of A, mask of one byte."""
    return count * (2 * width + 2 * RANK + width)


def kept_columns() -> list[tuple[str, str, int]]:
    """What a layer keeps for a token: name, formula, bytes."""
    return [
        ("norm", "4h + 4", 4 * HIDDEN + 4),
        ("q, k, v", "targets", target(HIDDEN, 3)),
        ("attention", "4q + 4k + 4a", 8 * HIDDEN + 4 * HEADS),
        ("o", "target", target(HIDDEN)),
        ("norm", "4h + 4", 4 * HIDDEN + 4),
        ("gate, up", "targets", target(HIDDEN, 2)),
        ("product", "12f", 12 * INNER),
        ("down", "target", target(INNER)),
    ]


def sizes() -> dict[str, float]:
    """GiB of the parts of a step of Llama-2-7b: rank 32 on seven projections, 8-bit AdamW, 1,024 tokens."""
    columns = [size for _, _, size in kept_columns()]
    attention, mlp = TOKENS * sum(columns[:4]), TOKENS * sum(columns[4:])
    parts = {
        "nf4": IN_NF4 * (0.5 + 1 / 64 + 4 / (64 * 256)),
        "rest": 4 * (2 * TABLE + (2 * LAYERS + 1) * HIDDEN),
        "adapter": 4 * ADAPTER + 2 * ADAPTER + 8 * ADAPTER / 256,
        "workspace": 64 * 2**20,
        "gradients": 4 * ADAPTER,
        "kept": LAYERS * TOKENS * HIDDEN * 4,
        "kept whole": LAYERS * (attention + mlp),
        "cache": 2 * 4 * HIDDEN * LAYERS * TOKENS,
        "copies": 2 * ADAPTER + 2 * TABLE,
        "logits": 12 * TOKENS * VOCAB,
        "attention": attention,
        "mlp": mlp,
        "work": 8 * TOKENS * INNER + 2 * HIDDEN * INNER,
    }
    found = {name: size / GIB for name, size in parts.items()}
    return found | {"fixed": found["nf4"] + found["rest"] + found["adapter"] + found["workspace"]}


def segments(d: Drawing, x: float, y: float, height: float, scale: float, parts: Sequence[Segment]) -> float:
    """A bar of parts from left to right; words stand in those that have room for them. Returns its right end."""
    for words, size, colour in parts:
        d.box(x, y, size * scale, height, colour)
        if words and size * scale > 7.2 * len(words):
            d.text(x + size * scale / 2, y + height / 2 + 5, words, 13)
        x += size * scale
    return x


def overview() -> Drawing:
    """The lab's map."""
    d, s, scale = Drawing(330), sizes(), 44.0
    d.text(20, 24, "One step of Llama-2-7b, 1,024 tokens, on a T4", 15, at="start", bold=True)
    base: list[Segment] = [
        ("base", s["nf4"] + s["rest"], SKY),
        ("", s["adapter"] + s["workspace"], ORANGE),
    ]
    logits = s["logits"] + s["copies"]
    end = segments(d, 20, 66, 44, scale, [*base, ("", s["kept"], GREEN), ("", logits, RED)])
    d.text(end + 12, 93, "with checkpointing", at="start")
    whole = s["kept whole"] + s["cache"]
    segments(
        d,
        20,
        130,
        44,
        scale,
        [*base, ("kept by layers, and cache: without checkpointing", whole, GREEN), ("", logits, RED)],
    )
    d.line(20 + T4 * scale, 44, 20 + T4 * scale, 190, INK, 3)
    d.text(20 + T4 * scale - 6, 56, f"a T4's {T4} GiB", at="end", bold=True)
    d.legend(198, (("base", SKY), ("adapter, states", ORANGE), ("kept by layers", GREEN), ("logits, copies", RED)), 180)
    for place, number in ((60, "1"), (90, "2"), (120, "3"), (205, "4"), (232, "5")):
        d.badge(place, 120, number)
    d.badge(258, 120, "6")
    d.line(20, 232, 740, 232, GREY, 1)
    below = (("7", "which moment is the worst"), ("8", "what cutting costs"), ("9", "what fits"), ("10", "the error"))
    for column, (number, words) in enumerate(below):
        x = (34, 34, 400, 400)[column]
        y = (258, 298)[column % 2]
        d.badge(x, y, number)
        d.text(x + 22, y + 5, words, at="start")
    return d


def nf4_bytes() -> Drawing:
    """A block's bytes."""
    d = Drawing(250)
    for row, (name, note) in enumerate((("one scale", "36 bytes a block"), ("double", "33 and 1/64 a block"))):
        y = 44 + 90 * row
        d.text(120, y + 25, name, at="end")
        if row:
            d.text(120, y + 43, "quantisation", at="end")
        for byte in range(32):
            d.box(134 + 12 * byte, y, 12, 40)
        for byte in range(1 if row else 4):
            d.box(526 + 12 * byte, y, 12, 40, ORANGE)
        d.text(134 + 192, y - 10, "64 codes: 32 bytes", 13, GREY)
        d.text(526, y - 10, "1 byte" if row else "scale: 4 bytes", 13, GREY, "start")
        d.text(590, y + 25, note, at="start", bold=True)
    for byte in range(4):
        d.box(526 + 12 * byte, 194, 12, 30, RED)
    d.arrow([(532, 192), (532, 178)], RED)
    d.text(516, 214, "256 blocks share one fp32 number: 4 bytes", 13, at="end")
    return d


def base() -> Drawing:
    """Weights and bytes of the base, by how they are stored."""
    d, s = Drawing(230), sizes()
    scale = 600.0
    weights: list[Segment] = [("", IN_NF4, SKY), ("", TABLE, ORANGE), ("", TABLE, RED)]
    total = sum(size for _, size, _ in weights)
    stored: list[Segment] = [("", s["nf4"], SKY), ("", s["rest"] / 2, ORANGE), ("", s["rest"] / 2, RED)]
    rows: tuple[tuple[str, list[Segment], float, str], ...] = (
        ("weights", weights, total, f"{IN_NF4 / total:.0%} of the weights"),
        ("bytes", stored, s["nf4"] + s["rest"], f"{s['nf4']:.2f} GiB"),
    )
    for row, (name, parts, whole, words) in enumerate(rows):
        y = 30 + 70 * row
        d.text(110, y + 30, name, at="end", bold=True)
        segments(d, 124, y, 46, scale, [(label, size / whole, colour) for label, size, colour in parts])
        d.text(124 + scale * parts[0][1] / whole / 2, y + 28, words)
    share = s["rest"] / 2 / (s["nf4"] + s["rest"]) * scale
    for place in (1.5, 0.5):
        d.text(124 + scale - place * share, 128, f"{s['rest'] / 2:.2f}", 13)
    entries = (("projections, in NF4", SKY), ("embeddings, in fp32", ORANGE), ("output layer, in fp32", RED))
    d.legend(184, entries, 240)
    return d


def adapter() -> Drawing:
    """What one trained weight costs."""
    d, unit = Drawing(250), 15.0
    d.text(20, 26, "bytes for one weight that learns", at="start", bold=True)
    states = (("weight", 4.0, ORANGE, "fp32"), ("gradient", 4.0, SKY, "fp32"))
    for column, (name, size, colour, note) in enumerate(states):
        x = 60 + 130 * column
        d.box(x, 190 - unit * size, 90, unit * size, colour)
        d.text(x + 45, 190 - unit * size / 2 + 5, f"{size:g}")
        d.text(x + 45, 212, name, bold=True)
        d.text(x + 45, 231, note, 13, GREY)
    for column, (size, note) in enumerate(((4.0, "AdamW: fp32"), (1 + 4 / 256, "AdamW in 8 bits"))):
        x = 360 + 190 * column
        for mean in range(2):
            d.box(x, 190 - unit * size * (mean + 1), 130, unit * size, GREEN)
        d.text(x + 65, 190 - 2 * unit * size - 8, f"two means: {2 * size:.4g}")
        d.text(x + 65, 212, "states", bold=True)
        d.text(x + 65, 231, note, 13, GREY)
    return d


def layer() -> Drawing:
    """What each piece of a layer keeps, in proportion."""
    d, floor, columns = Drawing(340), 236.0, kept_columns()
    top = max(size for _, _, size in columns)
    colours = (GREY, ORANGE, SKY, ORANGE, GREY, ORANGE, GREEN, ORANGE)
    for column, ((name, formula, size), colour) in enumerate(zip(columns, colours, strict=True)):
        x = 22 + 91 * column
        height = 176 * size / top
        d.box(x, floor - height, 76, height, colour)
        d.text(x + 38, floor - height - 8, f"{size:,}", 13)
        d.text(x + 38, floor + 20, name, bold=True)
        d.text(x + 38, floor + 39, formula, 11, INK)
        if column < len(columns) - 1:
            d.arrow([(x + 77, floor + 15), (x + 90, floor + 15)], GREY)
    for x, width, words in ((22, 349, "attention"), (386, 349, "mlp")):
        d.line(x, 288, x + width, 288, INK, 2)
        d.text(x + width / 2, 307, words, bold=True)
    d.text(22, 26, "bytes that are kept for each token: Llama-2-7b, rank 32, dropout on", 13, GREY, "start")
    d.text(22, 330, "h hidden, f intermediate, q and k widths of queries and keys, a heads", 12, GREY, "start")
    return d


def checkpointing() -> Drawing:
    """What waits for the backward pass."""
    d = Drawing(330)
    for row, name in enumerate(("without checkpointing", "with checkpointing")):
        y = 40 + 150 * row
        d.text(20, y - 14, name, at="start", bold=True)
        for number in range(4):
            x = 70 + 170 * number
            d.box(x - 22, y, 12, 90, GREEN)
            if row == 0:
                d.box(x, y, 100, 90, GREEN)
                d.text(x + 50, y + 50, f"layer {number + 1}")
            elif number == 3:
                d.box(x, y, 100, 90, ORANGE)
                d.text(x + 50, y + 44, "layer 4,")
                d.text(x + 50, y + 62, "computed again", 12)
            else:
                d.box(x, y, 100, 90, "white", GREY, dashed=True)
                d.text(x + 50, y + 50, f"layer {number + 1}", colour=GREY)
    d.legend(302, (("kept until the backward pass: the input (strip), or all", GREEN), ("for a moment", ORANGE)), 420)
    return d


def logits() -> Drawing:
    """The copies of the logits."""
    d, unit = Drawing(230), 44.0
    rows: tuple[tuple[str, list[Segment], str], ...] = (
        ("at the loss", [("fp16: 2", 2, SKY), ("fp32 copy: 4", 4, ORANGE), ("log-softmax: 4", 4, GREEN)], "10"),
        ("on the way back", [("log-softmax: 4", 4, GREEN), ("gradient: 4", 4, RED), ("gradient: 4", 4, RED)], "12"),
    )
    for row, (name, parts, total) in enumerate(rows):
        y = 34 + 84 * row
        d.text(140, y + 32, name, at="end", bold=True)
        end = segments(d, 154, y, 52, unit, parts)
        d.text(end + 12, y + 32, total, 18, at="start", bold=True)
    d.text(154, 206, "bytes for each token and each word of the vocabulary", 13, GREY, "start")
    return d


def moments() -> Drawing:
    """The four moments of a step."""
    d, s, scale = Drawing(300), sizes(), 96.0
    d.text(20, 24, "Llama-2-7b, 1,024 tokens, with checkpointing (GiB)", 13, GREY, "start")
    layer_again = s["attention"] + s["mlp"]
    rows: tuple[tuple[str, list[Segment]], ...] = (
        ("loss", [("kept", s["kept"], GREEN), ("", s["copies"], ORANGE), ("", s["logits"], RED)]),
        ("mlp_backward", [("kept", s["kept"], GREEN), ("", s["work"], BLUE), ("", layer_again, "#F0E442")]),
        ("attention_backward", [("kept", s["kept"], GREEN), ("", s["attention"], "#F0E442")]),
        ("update", [("", s["gradients"], GREY)]),
    )
    for row, (name, parts) in enumerate(rows):
        y = 42 + 48 * row
        d.text(142, y + 23, name, 12, at="end", bold=True)
        end = segments(d, 150, y, 36, scale, [("fixed", s["fixed"], SKY), *parts])
        d.text(end + 6, y + 23, f"{s['fixed'] + sum(size for _, size, _ in parts):.2f}", 12, at="start")
    d.legend(244, (("fixed", SKY), ("kept", GREEN), ("copies", ORANGE), ("logits", RED)), 130)
    d.legend(270, (("work", BLUE), ("layer again", "#F0E442"), ("gradients", GREY)), 130)
    return d


def cut() -> Drawing:
    """Three samples and a line."""
    d = Drawing(250)
    line = 470
    for row, (asked, answered, note) in enumerate(
        ((150, 190, "whole"), (230, 340, "loses its end"), (490, 90, "loses its answer"))
    ):
        y = 40 + 58 * row
        d.box(20, y, asked, 36)
        d.text(20 + asked / 2, y + 23, "request")
        d.box(20 + asked, y, answered, 36, ORANGE)
        d.text(20 + asked + answered / 2, y + 23, "answer")
        d.box(20 + asked + answered, y, 12, 36, INK)
        x = 20 + asked + answered + 12
        d.text(max(x, line) + 12, y + 23, note, 13, at="start")
    d.line(line, 20, line, 214, RED, 3)
    d.text(line - 8, 28, "cut here", 13, RED, "end")
    entries = (("not learnt: label -100", PALE), ("learnt", ORANGE), ("the end, learnt as well", INK))
    d.legend(222, entries, 220)
    return d


def ladder() -> Drawing:
    """What to try, in order."""
    d = Drawing(270)
    steps = (
        ("as wanted, without checkpointing", "costs nothing"),
        ("with checkpointing", "costs time"),
        ("with checkpointing, cut to a multiple of 64", "changes what is learnt"),
    )
    for row, (words, price) in enumerate(steps):
        x, y = 20 + 50 * row, 24 + 70 * row
        d.box(x, y, 400, 44, (SKY, GREEN, ORANGE)[row])
        d.text(x + 200, y + 27, words)
        d.text(x + 416, y + 27, price, 13, GREY, "start")
        d.arrow([(x + 20, y + 45), (x + 20, y + 66)])
        d.text(x + 34, y + 62, "does not fit", 12, GREY, "start")
    d.text(180, 250, "None", bold=True, at="start")
    return d


def oom() -> Drawing:
    """A GPU's memory as the message counts it."""
    d = Drawing(250)
    d.text(20, 28, "total capacity", 13, GREY, "start")
    d.line(20, 36, 740, 36, GREY, 1)
    parts: list[Segment] = [("context", 70, PALE), ("allocated by PyTorch: tensors", 450, SKY)]
    pieces = [14.0, 22, 10, 26, 16, 20]
    x = segments(d, 20, 56, 60, 1, parts)
    for number, piece in enumerate(pieces):
        d.box(x, 56, piece, 60, ORANGE if number % 2 == 0 else SKY)
        x += piece
    d.box(x, 56, 740 - x, 60, "white")
    d.text((x + 740) / 2, 91, "free")
    d.line(90, 130, x, 130, INK, 2)
    d.text((90 + x) / 2, 148, "reserved by PyTorch")
    d.box(20, 176, 110, 34, RED)
    d.text(75, 198, "asked", 14, "white")
    d.text(146, 190, "does not fit into what is free, nor into one gap:", at="start")
    d.text(146, 209, "are free and gaps together enough? Then it is fragmentation.", at="start")
    d.legend(226, (("reserved but unallocated: gaps", ORANGE),), 300)
    return d


FIGURES: dict[str, Callable[[], Drawing]] = {
    "overview": overview,
    "nf4-bytes": nf4_bytes,
    "base": base,
    "adapter": adapter,
    "layer": layer,
    "checkpointing": checkpointing,
    "logits": logits,
    "moments": moments,
    "cut": cut,
    "ladder": ladder,
    "oom": oom,
}


if __name__ == "__main__":
    write(FIGURES, FOLDER)

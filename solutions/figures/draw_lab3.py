"""Draws the figures of Lab 3: `python -m solutions.figures.draw_lab3` writes `solutions/figures/lab3/*.svg` again.

In: the pocket model's tokenizer. Out: one SVG a figure, on a white panel, in colours that colour-blind readers can tell
apart (Okabe and Ito's), each with its words as text; what a colour says, words or dashes say as well. Tokens, ids,
shares and levels in a figure are computed here, not typed.
Does not: run with the lab; the files that it writes are what a notebook shows.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

from tokenizers import Tokenizer

from driftlab.pocket import model_dir
from solutions.figures.draw_lab1 import nf4_levels
from solutions.figures.drawing import BLUE, GREY, INK, ORANGE, PALE, RED, SKY, Drawing, write

FOLDER = Path(__file__).resolve().parent / "lab3"
BEGIN, USER, ASSISTANT, END = "<|begin|>", "<|user|>", "<|assistant|>", "<|end|>"
REQUEST, ANSWER = "How can I learn French?", "Start early in the day. Take your time."
"""The exchange of the lab's section 1."""

WIDE = {BEGIN: 76.0, USER: 68.0, END: 64.0, ASSISTANT: 98.0}
"""How wide a mark's cell is; other tokens are narrow."""

Token = tuple[str, int, bool]
"""Its text, its id, whether it is learnt."""


def tokens() -> list[Token]:
    """The exchange, as the pocket model reads it and learns from it."""
    tokenizer = Tokenizer.from_file(str(model_dir() / "tokenizer.json"))
    pieces = ((BEGIN + USER + REQUEST + END + ASSISTANT, False), (ANSWER + END, True))
    found = []
    for text, learnt in pieces:
        made = tokenizer.encode(text, add_special_tokens=False)
        found += [
            (tokenizer.decode([number], skip_special_tokens=False).strip(), number, learnt) for number in made.ids
        ]
    return found


def overview() -> Drawing:
    """The lab's map."""
    d = Drawing(368)
    stations = (("conversation", ""), ("text", "1"), ("tokens, labels", "2"), ("cut", "4"), ("batches", "5"))
    for column, (words, number) in enumerate(stations):
        x = 20 + 151 * column
        d.box(x, 32, 116, 46, SKY if number else "white")
        d.text(x + 58, 60, words)
        if number:
            d.arrow([(x - 35, 55), (x, 55)])
            d.badge(x + 4, 32, number)
    for row, (words, number) in enumerate((("loss", "3"), ("settings", "6"))):
        y = 130 + 72 * row
        d.box(20, y, 116, 46, SKY)
        d.text(78, y + 28, words)
        d.badge(24, y, number)
        d.arrow([(136, y + 23), (260, 176 + 24 * row)])
    d.arrow([(682, 78), (682, 104), (330, 104), (330, 136)])
    d.box(260, 136, 140, 106, SKY)
    d.text(330, 185, "the loop", bold=True)
    d.text(330, 206, "step by step", 13)
    d.badge(264, 136, "7")
    d.arrow([(400, 189), (496, 189)])
    d.text(448, 180, "moves", 13)
    d.box(496, 144, 94, 90, ORANGE)
    d.text(543, 185, "adapter", bold=True)
    d.text(543, 206, "learns", 13)
    d.text(603, 195, "+", 20)
    d.box(616, 130, 124, 118)
    d.text(678, 185, "base", bold=True)
    d.text(678, 206, "frozen", 13)
    d.line(20, 270, 740, 270, GREY, 1)
    below = (("8", "is the base the same?"), ("9", "what does merging do?"), ("10", "which set did it?"))
    for place, (number, words) in enumerate((*below, ("11", "your own run"))):
        x, y = (34, 400)[place % 2], (298, 338)[place // 2]
        d.badge(x, y, number)
        d.text(x + 22, y + 5, words, at="start")
    return d


def template() -> Drawing:
    """One exchange as one text, and where a prompt ends."""
    d, top, low = Drawing(272), 40.0, 106.0
    row = tokens()
    marks = ((20, BEGIN, 78), (98, USER, 70), (238, END, 66), (304, ASSISTANT, 98), (674, END, 66))
    asked, answered = (sum(learnt is wanted for _, _, learnt in row) for wanted in (False, True))
    texts = ((168, 238, 172, REQUEST, asked - 4), (402, 674, 258, ANSWER, answered - 1))
    d.text(20, 26, "marks, one token each:", 13, GREY, "start")
    for x, words, width in marks:
        d.box(x, top, width, 36, ORANGE)
        d.text(x + width / 2, top + 23, words, 13)
    for left, right, width, words, count in texts:
        middle = (left + right) / 2
        d.box(middle - width / 2, low, width, 36, SKY)
        d.text(middle, low + 23, words, 13)
        d.text(middle, low - 14 if width > 200 else low + 54, f"{count} tokens", 13, GREY)
        d.arrow([(left, top + 18), (left + 14, top + 18), (left + 14, low)], GREY)
        d.arrow([(right - 14, low), (right - 14, top + 18), (right, top + 18)], GREY)
    d.line(402, top + 40, 402, 196, GREY, dashed=True)
    for right, y, words in ((402, 202, "a prompt: all before the answer"), (740, 246, "to learn from: all of it")):
        for x in (20, right):
            d.line(x, y - 7, x, y + 7, INK, 2)
        d.line(20, y, right, y, INK, 2)
        d.text((20 + right) / 2, y - 9, words, bold=True)
    return d


def label_cells(d: Drawing, y: float, row: Sequence[Token]) -> None:
    """Tokens, their ids and their labels, one below the other."""
    for words, offset in (("token", 0), ("id", 34), ("label", 72)):
        d.text(60, y + offset + 18, words, 13, at="end", bold=True)
    x = 70.0
    for text, number, learnt in row:
        width = WIDE.get(text, 39.0)
        d.text(x + width / 2, y + 18, text, 13)
        d.box(x, y + 31, width, 28, "white")
        d.text(x + width / 2, y + 50, str(number), 13)
        d.box(x, y + 69, width, 28, ORANGE if learnt else PALE)
        d.text(x + width / 2, y + 88, str(number) if learnt else "-100", 13, bold=learnt)
        x += width


def labels() -> Drawing:
    """Every token of the exchange with its id and its label."""
    d, row = Drawing(334), tokens()
    turn = [text for text, _, _ in row].index(ASSISTANT)
    for number, (name, part) in enumerate(
        (("begin, and the user's turn", row[:turn]), ("the assistant's", row[turn:]))
    ):
        y = 14 + 146 * number
        learnt = sum(learnt for _, _, learnt in part) or "none"
        d.text(70, y + 12, f"{name}: {len(part)} tokens, {learnt} learnt", 13, GREY, "start")
        label_cells(d, y + 17, part)
    d.legend(306, (("-100: masked, not learnt", PALE), ("the id again: learnt", ORANGE)), 210)
    d.text(740, 318, "a space is part of the token after it", 13, GREY, "end")
    return d


def shift() -> Drawing:
    """Which logits meet which label."""
    d, row = Drawing(292), tokens()
    last = len(row)
    places: tuple[int | None, ...] = (1, 2, None, 12, 13, 14, 15, None, last - 1, last)
    for words, y in (("position", 31), ("token", 54), ("logits", 91), ("label", 197)):
        d.text(72, y, words, 13, at="end", bold=True)
    x, centres = 82.0, []
    for place in places:
        width = 34.0 if place is None else WIDE.get(row[place - 1][0], 52.0)
        centres.append(x + width / 2)
        if place is None:
            for y in (31, 54, 91, 197):
                d.text(x + width / 2, y, "…")
        else:
            logits_and_label(d, x, width - 8, place, row[place - 1])
        x += width
    for column, (start, end) in enumerate(pairwise(centres)):
        learnt = column >= places.index(13)
        d.arrow([(start - 4, 104), (end - 8, 174)], INK if learnt else GREY, dashed=not learnt)
    d.text(centres[0] - 4, 232, "never asked for", 13, GREY)
    d.text(centres[-1] - 14, 122, "meet nothing", 13, GREY, "start")
    asked = sum(learnt for _, _, learnt in row[1:])
    d.arrow([(20, 266), (50, 266)])
    d.text(58, 271, f"counts: N = {asked}", 13, at="start")
    d.arrow([(190, 266), (220, 266)], GREY, dashed=True)
    d.text(228, 271, f"meets a masked label, and is left out: {last - 1 - asked} of {last - 1} pairs", 13, at="start")
    return d


def logits_and_label(d: Drawing, x: float, width: float, place: int, token: Token) -> None:
    """One position: its token, its logits, its label, crossed out if it is masked."""
    text, number, learnt = token
    middle = x + width / 2
    d.text(middle, 31, str(place), 13)
    d.text(middle, 54, text, 13)
    d.box(x, 72, width, 28, SKY)
    d.text(middle, 91, "bet", 13)
    d.box(x, 178, width, 28, ORANGE if learnt else PALE)
    if not learnt:
        d.line(x + 2, 180, x + width - 2, 204, GREY, 1)
        d.line(x + 2, 204, x + width - 2, 180, GREY, 1)
    d.text(middle, 197, str(number) if learnt else "-100", 13, bold=learnt)


def cut() -> Drawing:
    """A row of twelve tokens, and what three policies leave of it."""
    d, cell, left = Drawing(292), 41.0, 122.0
    names = ["begin", *(f"p{n}" for n in range(1, 7)), *(f"a{n}" for n in range(1, 5)), "end"]
    room, size = 8, len(names)
    rows: tuple[tuple[str, Sequence[int], Sequence[str]], ...] = (
        ("the row", range(size), [f"{size} tokens"]),
        ("drop", (), ["nothing", "is left"]),
        ("cut-answer", range(room), [f"{room} tokens,", "the end is lost"]),
        ("cut-prompt", (0, *range(size - room + 1, size)), [f"{room} tokens,", "answer is whole"]),
    )
    for number, (policy, kept, words) in enumerate(rows):
        y = 46 + 52 * number + (12 if number else 0)
        d.text(left - 12, y + 23, policy, at="end", bold=True)
        for place, name in enumerate(names):
            x, there = left + cell * place, place in kept
            fill, ink = (INK, "white") if name == "end" else (ORANGE if name[0] == "a" else PALE, INK)
            d.box(x, y, cell, 36, fill if there else "white", INK if there else GREY, dashed=not there)
            d.text(x + cell / 2, y + 23, name, 13, ink if there else GREY)
        for line, part in enumerate(words):
            d.text(left + cell * size + 10, y + 23 + 17 * line - 8 * (len(words) - 1), part, 13, at="start")
    d.text(left + cell * room / 2, 24, f"room for {room}", 13)
    d.line(left, 34, left + cell * room, 34, INK, 2)
    d.legend(266, (("p: prompt, not learnt", PALE), ("a: answer, learnt", ORANGE), ("end, learnt", INK)), 190)
    d.box(590, 266, 14, 14, "white", GREY, dashed=True)
    d.text(610, 278, "cut off", 13, at="start")
    return d


def padding() -> Drawing:
    """Where the next token comes, by the side of the filler."""
    d, cell, left, width = Drawing(308), 44.0, 110.0, 7
    for panel, side in enumerate(("right", "left")):
        y = 16 + 150 * panel
        use = ("to train: tokens keep their places", "to generate: all prompts end at the last place")[panel]
        d.text(20, y + 12, f"filler on the {side}", at="start", bold=True)
        d.text(190, y + 12, use, 13, GREY, "start")
        for number, length in enumerate((7, 4)):
            top = y + 28 + 50 * number
            d.text(left - 12, top + 23, f"prompt {number + 1}", 13, at="end")
            before = width - length if side == "left" else 0
            for place in range(width):
                x, own = left + cell * place, 0 <= place - before < length
                d.box(x, top, cell, 36, SKY if own else "white", INK if own else GREY, dashed=not own)
                d.text(x + cell / 2, top + 23, str(place - before + 1) if own else "pad", 13, INK if own else GREY)
            lost = side == "right" and length < width
            end = left + cell * width
            d.arrow([(end + 4, top + 18), (end + 34, top + 18)], RED if lost else BLUE)
            d.box(end + 36, top, 54, 36, "white", RED if lost else BLUE)
            d.text(end + 63, top + 23, "next", 13, bold=True)
            d.text(end + 104, top + 23, "after the filler: wrong" if lost else "after the prompt", 13, at="start")
    d.line(20, 154, 740, 154, GREY, 1)
    return d


def blocks(d: Drawing, x: float, y: float, in_a_pass: int, numbers: Sequence[int]) -> None:
    """Examples as cells: a column for each forward pass."""
    cell = 26.0
    for place, number in enumerate(numbers):
        column, row = divmod(place, in_a_pass)
        d.box(x + cell * column, y + cell * row, cell, cell, SKY if column % 2 else PALE)
        d.text(x + cell * (column + 0.5), y + cell * row + 18, str(number), 13)


def effective_batch() -> Drawing:
    """The same sixteen examples in one step, four times."""
    d, whole = Drawing(432), 16
    ways = ((1, 1), (2, 1), (4, 1), (2, 2))
    d.text(20, 26, "a column is a forward pass; passes follow each other from left to right", 13, GREY, "start")
    y = 56.0
    for in_a_pass, gpus in ways:
        share = whole // gpus
        for gpu in range(gpus):
            top = y + gpu * (26 * in_a_pass + 12)
            blocks(d, 94, top, in_a_pass, range(gpu * share + 1, gpu * share + share + 1))
            name = f"GPU {gpu + 1}" if gpus > 1 else "one GPU"
            d.text(84, top + 13 * in_a_pass + 5, name, 13, at="end", bold=True)
        height = gpus * 26 * in_a_pass + 12 * (gpus - 1)
        passes = share // in_a_pass
        sum_up = f"{in_a_pass} x {gpus} x {passes} = {whole}"
        d.text(530, y + height / 2 - 4, sum_up, bold=True, at="start")
        d.text(530, y + height / 2 + 14, "one step", 13, GREY, "start")
        y += height + 22
    d.text(530, 26, "in a pass x GPUs x passes", 13, GREY, "start")
    return d


def accumulation() -> Drawing:
    """What two micro-batches weigh."""
    d, counts, scale, left = Drawing(312), (10, 90), 5.8, 152.0
    whole, mean = sum(counts), 1 / len(counts)
    times = (mean / counts[0]) / (mean / counts[1])
    shares = [count / whole for count in counts]
    rows: tuple[tuple[str, Sequence[float], Sequence[str], str], ...] = (
        ("labels", shares, [f"{count}" for count in counts], "how many each of them has"),
        ("mean of means", [mean, mean], [f"{mean}"] * 2, f"a label of the first counts {times:g} times as much"),
        ("right", shares, [f"{share}" for share in shares], f"every label counts 1/{whole}"),
    )
    d.text(left, 24, "first", 13, at="start")
    d.text(left + scale * whole, 24, "second micro-batch", 13, at="end")
    for number, (name, widths, words, note) in enumerate(rows):
        y, x = 36 + 94 * number, left
        d.text(left - 12, y + 26, name, at="end", bold=True)
        for width, said, fill in zip(widths, words, (ORANGE, SKY), strict=True):
            d.box(x, y, width * whole * scale, 42, fill)
            d.text(x + width * whole * scale / 2, y + 26, said)
            x += width * whole * scale
        d.text(left, y + 62, note if not number else f"weights of their losses: {note}", 13, GREY, "start")
    return d


def zoomed(d: Drawing, y: float, levels: Sequence[float], update: float, places: Callable[[float], float]) -> None:
    """A weight on the second of these levels, moved by an update and quantised again."""
    weight = levels[1]
    moved = weight + update
    after = min(levels, key=lambda level: abs(level - moved))
    d.line(places(levels[0]) - 20, y, places(levels[-1]) + 20, y, GREY, 2)
    for level in levels:
        d.line(places(level), y - 14, places(level), y + 14, BLUE, 3)
    for low, high in pairwise(levels):
        middle = places((low + high) / 2)
        d.line(middle, y - 14, middle, y + 14, GREY, dashed=True)
    d.arrow([(places(weight), y - 24), (places(moved), y - 24)], RED)
    d.text(places(weight) - 8, y - 20, f"update: +{update}", 13, at="end")
    for x, fill in ((places(weight), INK), (places(moved), "white")):
        d.parts.append(f'<circle cx="{x:.1f}" cy="{y}" r="7" fill="{fill}" stroke="{INK}" stroke-width="2"/>')
    d.arrow([(places(moved), y + 24), (places(after), y + 24)], INK, dashed=True)
    same = after == weight
    words = "quantised again: the same level" if same else "quantised again: the next level"
    d.text(max(places(moved), places(after)) + 10, y + 29, words, 13, at="start")


def requantised() -> Drawing:
    """NF4's levels, and two updates of a weight that sits on one of them."""
    d, levels = Drawing(378), nf4_levels()
    near = levels[8:12]

    def whole(value: float) -> float:
        return 380 + 340 * value

    def closer(value: float) -> float:
        return 160 + 520 * (value - near[0]) / (near[-1] - near[0])

    d.text(40, 22, "NF4's levels, times the block's absmax", 13, at="start", bold=True)
    d.line(40, 62, 720, 62, GREY, 2)
    for level in levels:
        d.line(whole(level), 50, whole(level), 74, BLUE, 3)
    for value in (-1, 0, 1):
        d.text(whole(value), 44, str(value), 13, GREY)
    for level in (near[0], near[-1]):
        d.line(whole(level), 78, closer(level), 114, GREY, dashed=True)
    for level in near:
        d.text(closer(level), 132, f"{level:.3f}", 13, GREY)
    for number, update in enumerate((0.02, 0.06)):
        zoomed(d, 184 + 102 * number, near, update, closer)
    d.parts.append(f'<circle cx="30" cy="354" r="7" fill="{INK}" stroke="{INK}" stroke-width="2"/>')
    d.text(44, 359, "the weight", 13, at="start")
    d.parts.append(f'<circle cx="160" cy="354" r="7" fill="white" stroke="{INK}" stroke-width="2"/>')
    d.text(174, 359, "with the update", 13, at="start")
    d.line(320, 344, 320, 364, GREY, dashed=True)
    d.text(332, 359, "halfway between two levels", 13, at="start")
    return d


FIGURES: dict[str, Callable[[], Drawing]] = {
    "overview": overview,
    "template": template,
    "labels": labels,
    "shift": shift,
    "cut": cut,
    "padding": padding,
    "effective-batch": effective_batch,
    "accumulation": accumulation,
    "requantised": requantised,
}


if __name__ == "__main__":
    write(FIGURES, FOLDER)

"""Figures of a memory budget: its terms as a stacked bar, and its peak along the rows' length, against GPUs' memory.

In: bytes by name, and what GPUs offer. Out: `Figure`s; their own colours are in templates/budget.css.
No term is told by its colour alone: each has a texture, its size in words, and large ones stand on the bar. What the
allocator keeps beside the tensors is drawn hollow and dashed.
Does not: predict, compare or round a verdict; it draws the bytes that it is given.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from driftlab.report.svg import (
    Drawing,
    Figure,
    Scale,
    fixed,
    label,
    line,
    shortened,
    spread,
    tag,
    text_width,
    ticks,
)
from driftlab.report.untrusted import visible

GIB = 2**30
MOST_TERMS = 10
"""As many textures as can be told apart; the smallest terms beyond are drawn as one."""
LEAST_SHARE = 0.008
"""Of the axis: what is smaller in every bar is drawn with the other small ones."""
SPARE, CONTEXT, SMALL = "kept by the allocator", "CUDA's context", "smaller ones"
BAR, ROW, LIMIT_ROW, AXIS, LEGEND_ROW = 30.0, 66.0, 19.0, 44.0, 21.0
EDGE = 6.0
STRONG = 14.2
"""Bold text is wider than its size says."""
LEFT, PLOT, TOP = 40.0, 290.0, 24.0
NAMES = 132.0
"""Room for the names of curves beside a wide plot."""
MOST_SAID = 7
"""Points of a curve that the text alternative lists."""


class Bar(NamedTuple):
    """One budget."""

    label: str
    terms: Mapping[str, int]
    """Bytes at the moment of the peak, by name, in the order in which they are stacked; their sum is allocated."""
    reserved: int
    """Allocated, and what the allocator keeps beside it."""
    context: int = 0
    """What CUDA takes for itself."""

    @property
    def parts(self) -> dict[str, int]:
        """Everything that is stacked."""
        spare = max(self.reserved - sum(self.terms.values()), 0)
        return {name: n for name, n in ({**self.terms, SPARE: spare, CONTEXT: self.context}).items() if n > 0}


class Limit(NamedTuple):
    """What a GPU offers."""

    name: str
    usable: int


class Peak(NamedTuple):
    """The peak at one length of rows."""

    tokens: int
    allocated: int
    reserved: int


class Curve(NamedTuple):
    """Peaks along the length of rows, and what was measured of them."""

    name: str
    peaks: tuple[Peak, ...]
    measured: tuple[tuple[int, int], ...] = ()
    """Tokens and bytes allocated."""


def budget_bars(bars: Sequence[Bar], limits: Sequence[Limit], title: str = "Memory of a training step") -> Figure:
    """The terms of budgets, stacked, against what GPUs offer."""

    def draw(width: float, ident: str) -> Drawing:
        return _draw_bars(bars, limits, width, ident)

    said = "Predicted peak by term. Hollow and dashed: what the allocator keeps beside the tensors."
    caption = f"{said} {_limits_said(limits)}"
    return Figure(title, f"{' '.join(map(_bar_said, bars))} {_limits_said(limits)}", caption, "Predicted", draw)


def length_curves(
    curves: Sequence[Curve], limits: Sequence[Limit], title: str = "Peak memory by length of rows"
) -> Figure:
    """The peak along the length of rows: allocated as a line, reserved as a dashed edge above it."""

    def draw(width: float, ident: str) -> Drawing:
        return _draw_curves(curves, limits, width)

    measured = " Rings and squares were measured." if any(curve.measured for curve in curves) else ""
    caption = f"Predicted: lines are bytes allocated, dashed edges reserved.{measured} {_limits_said(limits)}"
    return Figure(title, f"{' '.join(map(_curve_said, curves))} {_limits_said(limits)}", caption, "Predicted", draw)


# -- in words --


def amount(bytes_: int) -> str:
    """Bytes in GiB, as on the axis; small ones in MiB."""
    return f"{bytes_ / GIB:.2f} GiB" if bytes_ >= 0.1 * GIB else f"{bytes_ / 2**20:.0f} MiB"


def _bar_said(bar: Bar) -> str:
    terms = ", ".join(f"{name} {amount(n)}" for name, n in bar.terms.items() if n > 0)
    total = f"allocated {amount(sum(bar.terms.values()))}, reserved {amount(bar.reserved)}"
    context = f", with CUDA's context {amount(bar.reserved + bar.context)}" if bar.context else ""
    return f"{bar.label}: {terms}; {total}{context}."


def _curve_said(curve: Curve) -> str:
    step = max(1, -(-(len(curve.peaks) - 1) // (MOST_SAID - 1)))
    picked = [*curve.peaks[:-1:step], curve.peaks[-1]]
    said = "; ".join(f"at {p.tokens:,} tokens {amount(p.allocated)}, reserved {amount(p.reserved)}" for p in picked)
    measured = "; ".join(f"at {tokens:,} tokens {amount(n)}" for tokens, n in curve.measured)
    return f"{curve.name}, allocated: {said}." + (f" Measured: {measured}." if measured else "")


def _limits_said(limits: Sequence[Limit]) -> str:
    return " ".join(f"{limit.name} offers {amount(limit.usable)}." for limit in limits)


# -- bars --


def _draw_bars(bars: Sequence[Bar], limits: Sequence[Limit], width: float, ident: str) -> Drawing:
    highest = max([sum(bar.parts.values()) for bar in bars] + [limit.usable for limit in limits]) / GIB
    x = Scale(0.0, highest * 1.03, 2.0, width - 2)
    marks = [mark for mark in ticks(0.0, highest, 8 if width > 500 else 5) if mark <= x.high]
    shown = _merged([bar.parts for bar in bars], highest * GIB * LEAST_SHARE)
    looks = {name: f"{ident}-{n}" for n, name in enumerate(name for name in _names(shown) if name != SPARE)}
    top = LIMIT_ROW * len(limits) + 4
    floor = top + ROW * len(bars)
    body = _patterns(ident, len(looks)) + _gib_axis(marks, x, top, floor, width)
    body += "".join(_bar(parts, x, top + ROW * index, looks) for index, parts in enumerate(shown))
    for index, limit in enumerate(limits):
        body += line(x.at(limit.usable / GIB), LIMIT_ROW * index + 2, x.at(limit.usable / GIB), floor, "limit")
    # words come last: their halo keeps them readable where a line crosses them
    body += "".join(_limit_name(limit, x, index, width) for index, limit in enumerate(limits))
    body += "".join(_bar_name(bar, top + ROW * index, width) for index, bar in enumerate(bars))
    body += "".join(_numbers(parts, x, top + ROW * index) for index, parts in enumerate(shown))
    legend, height = _legend(shown, looks, floor + AXIS + 8, width)
    return Drawing(body + legend, height)


def _merged(stacks: Sequence[Mapping[str, int]], least: float) -> list[dict[str, int]]:
    """The stacks with their smallest terms as one, so that what is drawn can be seen and told apart."""
    most = {name: max(stack.get(name, 0) for stack in stacks) for name in _names(stacks)}
    own = [name for name in most if name not in (SPARE, CONTEXT)]
    ranked = sorted(own, key=lambda name: -most[name])
    small = {name for rank, name in enumerate(ranked) if rank >= MOST_TERMS - 2 or most[name] < least}
    if len(small) < 2:
        return [dict(stack) for stack in stacks]
    merged = []
    for stack in stacks:
        rest = sum(n for name, n in stack.items() if name in small)
        kept = {name: n for name, n in stack.items() if name in own and name not in small}
        after = {name: n for name, n in stack.items() if name not in own}
        merged.append({**kept, **({SMALL: rest} if rest else {}), **after})
    return merged


def _names(stacks: Iterable[Mapping[str, int]]) -> list[str]:
    """All names, each once, in the order of the stacks; what CUDA and its allocator take comes last."""
    names = dict.fromkeys(name for stack in stacks for name in stack)
    last = [name for name in (SMALL, SPARE, CONTEXT) if name in names]
    return [name for name in names if name not in last] + last


def _stacked(parts: Mapping[str, int], x: Scale) -> Iterator[tuple[str, float, float]]:
    """Each part with its left and right end."""
    start = 0.0
    for name in [name for name in _names([parts]) if name in parts]:
        yield name, x.at(start / GIB), x.at((start + parts[name]) / GIB)
        start += parts[name]


def _bar(parts: Mapping[str, int], x: Scale, y: float, looks: Mapping[str, str]) -> str:
    body = ""
    for name, left, right in _stacked(parts, x):
        words = tag("title", visible(f"{name}: {amount(parts[name])}"))
        body += _swatch(name, (left, y + 27, max(right - left, 0.5), BAR), looks, words)
    return tag("g", raw=body)


def _swatch(name: str, place: tuple[float, float, float, float], looks: Mapping[str, str], words: str = "") -> str:
    x, y, width, height = place
    look = {"class_": "spare"} if name == SPARE else {"class_": "segment", "fill": f"url(#{looks[name]})"}
    return tag("rect", raw=words, x=x, y=y, width=width, height=height, **look)


def _numbers(parts: Mapping[str, int], x: Scale, y: float) -> str:
    """On each part its name and size, or its size, or nothing: what there is room for."""
    body = ""
    for name, left, right in _stacked(parts, x):
        number = f"{parts[name] / GIB:.2f}"
        fitting = [text for text in (f"{name} {number}", number) if text_width(text, STRONG) + 10 < right - left]
        if fitting:
            body += label((left + right) / 2, y + 27 + BAR / 2 + 4.5, fitting[0], "label halo", "middle")
    return body


def _bar_name(bar: Bar, y: float, width: float) -> str:
    """Name and sum side by side; the halo keeps a GPU's line from running through them."""
    total = f"{sum(bar.parts.values()) / GIB:.2f} GiB in all"
    said = shortened(bar.label, width - text_width(total) - 18, STRONG)
    name = label(2, y + 19, said, "label strong halo")
    return name + label(text_width(said, STRONG) + 14, y + 19, total, "label halo")


def _limit_name(limit: Limit, x: Scale, index: int, width: float) -> str:
    """The GPU's name beside its line, on a row of its own above the bars."""
    at, y, name = x.at(limit.usable / GIB), LIMIT_ROW * index + 13, f"{limit.name}: {amount(limit.usable)}"
    if at < width / 2:
        return label(at + 6, y, shortened(name, width - at - 6, STRONG), "label strong")
    return label(at - 6, y, shortened(name, at - 6, STRONG), "label strong", "end")


def _gib_axis(marks: Sequence[float], x: Scale, top: float, floor: float, width: float) -> str:
    body = ""
    for mark in marks:
        at = x.at(mark)
        anchor = "start" if mark == marks[0] else "end" if at + 10 > width else "middle"
        body += line(at, top, at, floor + 4, "grid") + label(at, floor + 18, f"{mark:g}", "tick", anchor)
    return body + label(width / 2, floor + 37, "GiB", "axis", "middle")


def _legend(stacks: Sequence[Mapping[str, int]], looks: Mapping[str, str], y: float, width: float) -> tuple[str, float]:
    """A swatch and a name for each term, with its size where there is one bar; returns where it ends."""
    columns = 2 if width > 500 else 1
    body, names = "", _names(stacks)
    rows = -(-len(names) // columns)
    for index, name in enumerate(names):
        left, top = (index // rows) * width / columns, y + (index % rows) * LEGEND_ROW
        number = f", {amount(stacks[0][name])}" if len(stacks) == 1 else ""
        room = width / columns - 42 - text_width(number)
        body += _swatch(name, (left + 2, top, 22, 14), looks)
        body += label(left + 32, top + 11.5, shortened(name, room) + number)
    return body, y + rows * LEGEND_ROW + 2


def _patterns(ident: str, number: int) -> str:
    """A colour and a texture each: neighbours in the stack differ in both."""
    textures = (
        "",
        tag("path", d="M-2 7L7 -2M3 12L12 3", class_="weave"),
        tag("circle", cx=5, cy=5, r=1.8, class_="spots"),
        tag("path", d="M0 5H10", class_="weave"),
        tag("path", d="M-2 3L7 12M3 -2L12 7", class_="weave"),
        tag("path", d="M5 0V10", class_="weave"),
        tag("path", d="M0 0L10 10M10 0L0 10", class_="weave"),
        tag("path", d="M2 2H5V5H2ZM7 7H10V10H7Z", class_="spots"),
        tag("path", d="M0 3L5 8L10 3", class_="weave"),
        tag("path", d="M0 2H10M0 5H10M0 8H10", class_="weave"),
    )
    body = ""
    for n in range(number):
        ground = tag("rect", width=10, height=10, class_=f"ground c{n % len(textures)}")
        texture = textures[n % len(textures)]
        body += tag(
            "pattern", raw=ground + texture, id=f"{ident}-{n}", patternUnits="userSpaceOnUse", width=10, height=10
        )
    return tag("defs", raw=body)


# -- curves --


def _draw_curves(curves: Sequence[Curve], limits: Sequence[Limit], width: float) -> Drawing:
    wide = width > 500
    top = TOP if wide else TOP + LEGEND_ROW * len(curves)
    peaks = [peak for curve in curves for peak in curve.peaks]
    bytes_ = [peak.reserved for peak in peaks] + [n for curve in curves for _, n in curve.measured]
    highest, longest = max(bytes_ + [limit.usable for limit in limits]) / GIB, max(peak.tokens for peak in peaks)
    x = Scale(0, longest, LEFT, width - (NAMES if wide else 14))
    y = Scale(0, highest * 1.05, top + PLOT, top)
    y_marks = [mark for mark in ticks(0.0, highest, 6) if mark <= y.high]
    x_marks = [mark for mark in ticks(0, longest, 6 if wide else 4) if mark <= x.high]
    body = label(0, 12, "GiB", "axis")
    for mark in y_marks:
        body += line(LEFT, y.at(mark), x.end, y.at(mark), "grid")
        body += label(LEFT - 8, y.at(mark) + 4, f"{mark:g}", "tick", "end")
    for at in x_marks:
        body += line(x.at(at), y.start, x.at(at), y.start + 5, "grid")
        body += label(x.at(at), y.start + 19, f"{at:,.0f}", "tick", "middle")
    body += label((x.start + x.end) / 2, y.start + 39, "tokens in a row", "axis", "middle")
    body += "".join(_curve(curve, index, x, y) for index, curve in enumerate(curves))
    for limit in limits:
        name = shortened(f"{limit.name}: {amount(limit.usable)}", x.end - x.start - 8, STRONG)
        at = y.at(limit.usable / GIB)
        body += line(LEFT, at, x.end, at, "limit") + label(LEFT + 6, at - 6, name, "label strong")
    body += _beside(curves, x, y) if wide else _above(curves)
    return Drawing(body, y.start + 46)


def _curve(curve: Curve, index: int, x: Scale, y: Scale) -> str:
    low = [f"{fixed(x.at(p.tokens))} {fixed(y.at(p.allocated / GIB))}" for p in curve.peaks]
    high = [f"{fixed(x.at(p.tokens))} {fixed(y.at(p.reserved / GIB))}" for p in curve.peaks]
    body = tag("path", d="M" + "L".join([*low, *reversed(high)]) + "Z", class_=f"spread k{index % 2}")
    body += tag("path", d="M" + "L".join(high), class_=f"reserved k{index % 2}")
    body += tag("path", d="M" + "L".join(low), class_=f"allocated k{index % 2}")
    if len(low) == 1:
        at = curve.peaks[0]
        body += tag("circle", cx=x.at(at.tokens), cy=y.at(at.allocated / GIB), r=4, class_=f"only k{index % 2}")
    return body + "".join(_mark(index, x.at(tokens), y.at(n / GIB)) for tokens, n in curve.measured)


def _mark(index: int, x: float, y: float) -> str:
    """A measured point: a ring on the first curve, a square on the second."""
    if index % 2:
        return tag("rect", x=x - 4.5, y=y - 4.5, width=9, height=9, class_="measured")
    return tag("circle", cx=x, cy=y, r=4.8, class_="measured")


def _beside(curves: Sequence[Curve], x: Scale, y: Scale) -> str:
    """Each curve's name where its line ends."""
    ends = sorted((y.at(curve.peaks[-1].allocated / GIB), index) for index, curve in enumerate(curves))
    places = spread([at for at, _ in ends], 34, y.end + 6, y.start)
    body = ""
    for (at, index), place in zip(ends, places, strict=True):
        left = x.at(curves[index].peaks[-1].tokens)
        body += line(left, at, x.end + 8, place, "leader") if abs(left - x.end) > 1 or abs(place - at) > 1 else ""
        for row, words in enumerate(_two_lines(curves[index].name, NAMES - 14)):
            body += label(x.end + 12, place + 4.5 + 15 * row, words, f"label name k{index % 2}")
    return body


def _two_lines(text: str, room: float) -> list[str]:
    words, first = text.split(), ""
    while words and text_width(f"{first} {words[0]}") <= room:
        first = f"{first} {words.pop(0)}".strip()
    return [part for part in (first, shortened(" ".join(words), room)) if part]


def _above(curves: Sequence[Curve]) -> str:
    body = ""
    for index, curve in enumerate(curves):
        at = TOP + LEGEND_ROW * index
        body += line(LEFT, at, LEFT + 26, at, f"allocated k{index % 2}")
        body += _mark(index, LEFT + 13, at) if curve.measured else ""
        body += label(LEFT + 34, at + 4.5, curve.name)
    return body

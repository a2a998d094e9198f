"""The figure of a cut: how long the examples are, where they are cut, and what an epoch computes in other batches.

In: a `LengthAudit` as JSON, every number and every bar ready. Out: a `Figure`.
Does not: count, or choose the bars. What is cut is told by place, stripes and words, never by colour alone.
"""

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

from driftlab.report.svg import WIDE, Drawing, Figure, Scale, label, line, tag, text_width, ticks
from driftlab.report.words import percent, plural

HEIGHT, AXIS, LEFT, RIGHT = 220.0, 48.0, 62.0, 4.0
LINE, THICK = 18.0, 16.0


def lengths_figure(audit: Mapping[str, Any]) -> Figure:
    """The distribution of lengths over the ways to batch."""

    def draw(width: float, ident: str) -> Drawing:
        above = _distribution(audit, width, ident)
        below = _batching(audit, width, above.height + 26)
        return Drawing(_pattern(ident) + above.body + below.body, below.height)

    title = f"{audit['source']}: lengths of the examples, cut at {plural(audit['max_length'], 'token')}"
    caption = (
        "Blue: examples that stay whole. Striped: examples that are longer than the cut, at their full length. Below: "
        "the tokens that an epoch computes after the cut, with padding in outline."
    )
    return Figure(title, in_words(audit), caption, "", draw)


def in_words(audit: Mapping[str, Any]) -> str:
    """Everything that the figure shows."""
    bars = audit["histogram"]
    spans = zip(itertools.pairwise(bars["edges"]), bars["counts"], strict=True)
    counted = [f"{low + 1:,} to {high:,} tokens: {count:,}" for (low, high), count in spans if count]
    if bars["beyond"]:
        counted.append(f"more than {bars['edges'][-1]:,}: {bars['beyond']:,}")
    ways = [f"{way['name']}: {_way_said(way)}, {_largest_said(way)}" for way in audit["alternatives"]]
    cut = f"cut at {plural(audit['max_length'], 'token')}. {' '.join(_cut_said(audit))}"
    return (
        f"{plural(audit['examples'], 'example')}, {cut} "
        f"Examples by length: {'; '.join(counted)}. Tokens of an epoch of what is left: {'; '.join(ways)}."
    )


def _cut_said(audit: Mapping[str, Any]) -> list[str]:
    """The words beside the cut, in short lines."""
    said = ["No example is longer."]
    if audit["cut"]:
        said = [
            f"{audit['cut']:,} longer ({percent(audit['cut_share'])}),",
            f"{plural(audit['tokens_lost'], 'token')} lost ({percent(audit['tokens_lost_share'])}).",
            f"{audit['lost_end']:,} without their end of sequence.",
        ]
    return [*said, f"{audit['no_label']:,} without a label."] if audit["no_label"] else said


def _way_said(way: Mapping[str, Any]) -> str:
    return f"{way['tokens']:,} in {plural(way['passes'], 'pass', 'passes')}, {percent(way['padding_share'])} padding"


def _largest_said(way: Mapping[str, Any]) -> str:
    return f"largest batch {way['longest_batch']:,}"


def _pattern(ident: str) -> str:
    ground = tag("rect", width=8, height=8, class_="cut-off")
    stripes = tag("path", d="M-2 6L6 -2M2 10L10 2", class_="stripes")
    pattern = tag("pattern", raw=ground + stripes, id=f"{ident}-cut", patternUnits="userSpaceOnUse", width=8, height=8)
    return tag("defs", raw=pattern)


def _distribution(audit: Mapping[str, Any], width: float, ident: str) -> Drawing:
    bars, said = audit["histogram"], [f"cut at {plural(audit['max_length'], 'token')}", *_cut_said(audit)]
    top = LINE * len(said) + 24
    most, last, floor = max(bars["counts"]), bars["edges"][-1], top + HEIGHT
    marks = [mark for mark in ticks(0, most, 4) if mark == int(mark)]
    x, y = Scale(0, last, LEFT, width - RIGHT), Scale(0, max(marks[-1], most), floor, top)
    body = label(0, top - 12, "examples", "axis")
    for mark in marks:
        body += line(LEFT, y.at(mark), width - RIGHT, y.at(mark), "grid")
        body += label(LEFT - 8, y.at(mark) + 4, f"{mark:,.0f}", "tick", "end")
    for (low, high), count in zip(itertools.pairwise(bars["edges"]), bars["counts"], strict=True):
        pattern = f"url(#{ident}-cut)" if low >= audit["max_length"] else None
        if count:  # whatever is not none is seen
            body += _bar(x.at(low), x.at(high), min(y.at(count), floor - 1), floor, pattern)
    body += _cut_line(said, x.at(audit["max_length"]) if audit["max_length"] <= last else None, floor, width)
    return Drawing(body + _bottom_axis(bars, x, floor), floor + AXIS + (LINE if bars["beyond"] else 0))


def _bar(left: float, right: float, top: float, floor: float, pattern: str | None) -> str:
    """A bar with a hair of space beside it, where it is wide enough for that."""
    space = 1.0 if right - left > 4 else 0.0
    return tag(
        "rect",
        x=left + space / 2,
        y=top,
        width=right - left - space,
        height=floor - top,
        fill=pattern,
        class_=None if pattern else "kept",
    )


def _bottom_axis(bars: Mapping[str, Any], x: Scale, floor: float) -> str:
    last, body = bars["edges"][-1], ""
    for mark in ticks(0, last, 6 if x.end > WIDE / 2 else 4):
        if mark <= last and mark == int(mark):
            words, at = f"{mark:,.0f}", x.at(mark)
            outside = at + text_width(words) / 2 > x.end + RIGHT
            body += line(at, floor, at, floor + 5, "grid")
            body += label(at, floor + 19, words, "tick", "end" if outside else "middle")
    middle = (x.start + x.end) / 2
    if bars["beyond"]:
        many = plural(bars["beyond"], "example is", "examples are")
        body += label(middle, floor + 40 + LINE, f"({many} longer still, not drawn)", "axis", "middle")
    return body + label(middle, floor + 40, "length of an example, tokens", "axis", "middle")


def _cut_line(said: Sequence[str], at: float | None, floor: float, width: float) -> str:
    """The words of the cut above its line; without a line where the cut lies outside the drawing."""
    half = max(text_width(text) for text in said) / 2
    middle = LEFT + half if at is None else min(max(at, half), width - half)
    body = "" if at is None else line(at, LINE * len(said) + 2, at, floor, "cut-line")
    for row, text in enumerate(said):
        body += label(middle, 13 + LINE * row, text, "label strong" if row == 0 else "label", "middle")
    return body


def _batching(audit: Mapping[str, Any], width: float, top: float) -> Drawing:
    """A bar a way to batch: the examples' own tokens filled, padding in outline."""
    ways: Sequence[Mapping[str, Any]] = audit["alternatives"]
    x = Scale(0, max(way["tokens"] for way in ways), 0, width)
    rows = plural(audit["batch_size"], "row")
    body, y = label(0, top, f"tokens that an epoch computes, {rows} a pass", "axis"), top + 26
    for way in ways:
        said = [f"{_way_said(way)}; {_largest_said(way)}"]
        if text_width(said[0]) > width:
            said = [_way_said(way), _largest_said(way)]
        body += label(0, y, way["name"])
        for text in said:
            y += LINE
            body += label(0, y, text, "label number")
        real = x.at(way["tokens"] - way["padding"])
        body += tag("rect", x=0, y=y + 8, width=x.at(way["tokens"]), height=THICK, class_="padding")
        body += tag("rect", x=0, y=y + 8, width=real, height=THICK, class_="kept")
        y += THICK + 36
    return Drawing(body, y - 26)

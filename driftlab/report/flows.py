"""The transition diagram: where the answers of each outcome went, as ribbons whose thickness is a count.

In: a table of counts, outcome before by outcome after. Out: a drawing and its description in words.
Does not: count; the table is the record's.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from driftlab.records import Outcome
from driftlab.report.svg import Drawing, fixed, label, line, spread, tag
from driftlab.report.words import plural

Table = Mapping[str, Mapping[str, int]]
OUTCOMES = tuple(Outcome)
HEIGHT, TOP, NODE, GAP = 300.0, 30.0, 12.0, 10.0
LABEL_GAP = 34.0


class Ribbon(NamedTuple):
    """One transition: its thickness and where it leaves and lands."""

    before: Outcome
    after: Outcome
    number: int
    left: float
    right: float
    thickness: float


def count(table: Table, before: Outcome, after: Outcome) -> int:
    """How many went from one outcome to the other; what the table leaves out is none."""
    return table.get(before, {}).get(after, 0)


def present(table: Table) -> list[tuple[Outcome, Outcome, int]]:
    """The transitions that happened, in the order of the outcomes."""
    cells = ((before, after, count(table, before, after)) for before in OUTCOMES for after in OUTCOMES)
    return [cell for cell in cells if cell[2]]


def in_words(table: Table, what: str) -> str:
    """The whole table as sentences."""
    total = sum(cell[2] for cell in present(table))
    parts = [f"{n} stayed {a}" if a == b else f"{n} went from {a} to {b}" for a, b, n in present(table)]
    return f"Of {plural(total, what)}: " + "; ".join(parts) + "."


def draw(table: Table, width: float, ident: str) -> Drawing:
    """Bars for the outcomes before (left) and after (right), and a ribbon for each transition."""
    side = 118.0 if width > 500 else 88.0
    x_left, x_right = side, width - side
    ribbons = _ribbons(table)
    body = _patterns(ident) + _headings(x_left, x_right)
    for ribbon in sorted(ribbons, key=lambda r: -r.number):
        body += _ribbon(ribbon, x_left + NODE, x_right - NODE, ident)
    counts = [_ribbon_count(ribbon, x_left + NODE, x_right - NODE) for ribbon in ribbons if ribbon.thickness > 16]
    body += "".join(counts)
    befores = [(outcome, [r for r in ribbons if r.before == outcome]) for outcome in OUTCOMES]
    afters = [(outcome, [r for r in ribbons if r.after == outcome]) for outcome in OUTCOMES]
    body += _nodes([(o, r, min(x.left for x in r)) for o, r in befores if r], x_left, "end")
    body += _nodes([(o, r, min(x.right for x in r)) for o, r in afters if r], x_right, "start")
    return Drawing(body, TOP + HEIGHT + 24)


def _ribbons(table: Table) -> list[Ribbon]:
    cells = present(table)
    unit = (HEIGHT - GAP * (len(OUTCOMES) - 1)) / sum(cell[2] for cell in cells)
    right = dict(zip([(c[0], c[1]) for c in sorted(cells, key=_by_after)], _offsets(cells, unit, 1), strict=True))
    left = dict(zip([(c[0], c[1]) for c in cells], _offsets(cells, unit, 0), strict=True))
    return [Ribbon(a, b, n, left[a, b], right[a, b], n * unit) for a, b, n in cells]


def _by_after(cell: tuple[Outcome, Outcome, int]) -> tuple[int, int]:
    return OUTCOMES.index(cell[1]), OUTCOMES.index(cell[0])


def _offsets(cells: Sequence[tuple[Outcome, Outcome, int]], unit: float, side: int) -> list[float]:
    """Where each ribbon starts on one side (0 before, 1 after), stacked by outcome with a gap between outcomes."""
    ordered = sorted(cells, key=_by_after) if side else list(cells)
    offsets, y, last = [], TOP, None
    for cell in ordered:
        y += GAP if last not in (None, cell[side]) else 0
        offsets.append(y)
        y += cell[2] * unit
        last = cell[side]
    return offsets


def _ribbon(ribbon: Ribbon, x0: float, x1: float, ident: str) -> str:
    middle, thick = (x0 + x1) / 2, max(ribbon.thickness, 1.0)
    a, b, c, d = (fixed(v) for v in (ribbon.left, ribbon.right, ribbon.right + thick, ribbon.left + thick))
    x, m, z = fixed(x0), fixed(middle), fixed(x1)
    path = f"M{x} {a}C{m} {a} {m} {b} {z} {b}L{z} {c}C{m} {c} {m} {d} {x} {d}Z"
    words = tag("title", f"{ribbon.before} before, {ribbon.after} after: {ribbon.number}")
    return tag("path", raw=words, d=path, class_="ribbon", fill=f"url(#{ident}-{ribbon.after})")


def _ribbon_count(ribbon: Ribbon, x0: float, x1: float) -> str:
    """The count on the ribbon, nearer to where it lands, since there ribbons no longer cross."""
    share = 0.8
    bend = 3 * share**2 - 2 * share**3
    x = x0 + (x1 - x0) * share
    y = ribbon.left + (ribbon.right - ribbon.left) * bend + ribbon.thickness / 2
    return label(x, y + 4.5, str(ribbon.number), "label halo", "middle")


def _nodes(nodes: Sequence[tuple[Outcome, Sequence[Ribbon], float]], x: float, anchor: str) -> str:
    """The bars of one side, each with its outcome and count beside it."""
    heights = [sum(ribbon.thickness for ribbon in ribbons) for _, ribbons, _ in nodes]
    wanted = [top + height / 2 for (_, _, top), height in zip(nodes, heights, strict=True)]
    places = spread(wanted, LABEL_GAP, TOP + 10, TOP + HEIGHT - 4)
    body = ""
    for (outcome, ribbons, top), height, middle, place in zip(nodes, heights, wanted, places, strict=True):
        left = x if anchor == "end" else x - NODE
        outward = x - 8 if anchor == "end" else x + 8
        body += tag("rect", x=left, y=top, width=NODE, height=max(height, 1), class_=f"node {outcome}")
        body += line(x, middle, outward + (2 if anchor == "end" else -2), place, "leader")
        body += label(outward, place, outcome.value, "label", anchor)
        body += label(outward, place + 16, str(sum(r.number for r in ribbons)), "label number", anchor)
    return body


def _headings(x_left: float, x_right: float) -> str:
    return label(x_left + NODE, 16, "before", "axis", "end") + label(x_right - NODE, 16, "after", "axis", "start")


def _patterns(ident: str) -> str:
    """A texture for each outcome, so that none is told by its colour alone."""
    marks = {
        Outcome.REFUSED: "",
        Outcome.PARTIAL: tag("path", d="M-2 7L7 -2M3 12L12 3", class_="hatch"),
        Outcome.COMPLIED: tag("circle", cx=5, cy=5, r=1.8, class_="dots"),
        Outcome.UNPARSEABLE: tag("path", d="M0 5H10", class_="hatch"),
    }
    patterns = ""
    for outcome, drawn in marks.items():
        ground = tag("rect", width=10, height=10, class_=f"ground {outcome}")
        patterns += tag(
            "pattern", raw=ground + drawn, id=f"{ident}-{outcome}", patternUnits="userSpaceOnUse", width=10, height=10
        )
    return tag("defs", raw=patterns)

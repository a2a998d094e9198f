"""Figures along an axis: the loss over steps, the divergence over tokens, the refusal rate over a knob.

In: points. Out: drawings. Does not: smooth, fit or average; what is drawn was recorded, point by point.
"""

import itertools
from collections.abc import Callable, Sequence
from typing import NamedTuple

from driftlab.report.svg import Drawing, Scale, fixed, label, line, tag, text_width, ticks

HEIGHT, TOP, BOTTOM = 270.0, 26.0, 48.0
LEFT, RIGHT = 50.0, 14.0
BESIDE = 56.0
"""Room on the right for the word beside the line of the rate before."""
MOST_POINTS = 600
"""A longer loss curve is drawn through every k-th step; the log keeps them all."""
SHAPES = ("square", "circle", "triangle", "diamond", "cross", "bar")


class DosePoint(NamedTuple):
    """One run at one value of the knob."""

    x: float
    rate: float
    low: float
    high: float


class Series(NamedTuple):
    """The runs of one seed along the knob."""

    name: str
    points: tuple[DosePoint, ...]


class Knob(NamedTuple):
    """The horizontal axis of a dose-response figure."""

    name: str
    values: tuple[float, ...]
    format: Callable[[float], str]


class PositionPoint(NamedTuple):
    """A mean at one token of the answers that are that long."""

    position: int
    value: float
    low: float | None
    high: float | None
    """None where there are too few answers for an interval."""
    answers: int


def draw_positions(points: Sequence[PositionPoint], width: float) -> Drawing:
    """A divergence by position, with the number of answers under each."""
    top = max(point.value if point.high is None else point.high for point in points)
    marks = ticks(0.0, top or 1.0, 4)
    y, edge = Scale(marks[0], marks[-1], TOP + HEIGHT, TOP), width - RIGHT
    x = Scale(1, max(points[-1].position, 2), LEFT + 16, edge - 12)
    body = _left_axis(marks, y, edge, lambda value: f"{value:g}", "divergence, nats")
    every = max(1, -(-len(points) // (16 if width > 500 else 8)))
    named = [point for n, point in enumerate(points) if n % every == 0]
    body += _bottom_axis([(x.at(point.position), str(point.position)) for point in named], edge, "token of the answer")
    for point in named:
        body += label(x.at(point.position), TOP + HEIGHT + 58, str(point.answers), "tick", "middle")
    body += label((LEFT + edge) / 2, TOP + HEIGHT + 76, "answers that are so long", "axis", "middle")
    path = "L".join(f"{fixed(x.at(point.position))} {fixed(y.at(point.value))}" for point in points)
    body += tag("path", d="M" + path, class_="seed-line")
    for point in points:
        at = x.at(point.position)
        if point.low is not None and point.high is not None:
            body += line(at, y.at(point.low), at, y.at(point.high), "whisker")
        body += shape("square" if len(points) <= 24 else "circle", at, y.at(point.value))
    return Drawing(body, TOP + HEIGHT + BOTTOM + 36)


def draw_loss(points: Sequence[tuple[int, float]], width: float) -> Drawing:
    """Training loss by step."""
    shown = thinned(points)
    y_marks = ticks(0.0, max(loss for _, loss in shown), 4)
    x_marks = ticks(0, shown[-1][0], 5 if width > 500 else 4)
    y = Scale(y_marks[0], y_marks[-1], TOP + HEIGHT, TOP)
    x = Scale(0, max(shown[-1][0], 1), LEFT, width - RIGHT)
    body = _left_axis(y_marks, y, width - RIGHT, lambda value: f"{value:g}", "loss per answer token")
    inside = [mark for mark in x_marks if mark <= shown[-1][0] and mark == int(mark)]
    body += _bottom_axis([(x.at(mark), f"{mark:g}") for mark in inside], width - RIGHT, "optimizer step")
    path = "M" + "L".join(f"{fixed(x.at(step))} {fixed(y.at(loss))}" for step, loss in shown)
    body += tag("path", d=path, class_="curve")
    if len(shown) == 1:
        body += tag("circle", cx=x.at(shown[0][0]), cy=y.at(shown[0][1]), r=4, class_="mark after")
    return Drawing(body, TOP + HEIGHT + BOTTOM)


def thinned(points: Sequence[tuple[int, float]]) -> Sequence[tuple[int, float]]:
    """At most `MOST_POINTS` of the points, evenly picked, the last one among them."""
    every = max(1, -(-len(points) // MOST_POINTS))
    picked = list(points[::every])
    return picked if not picked or picked[-1] == points[-1] else [*picked, points[-1]]


def draw_dose(series: Sequence[Series], knob: Knob, before: tuple[float, float], width: float) -> Drawing:
    """Refusal rate after fine-tuning along a knob, a line a seed; `before` is the lowest and highest rate before."""
    y = Scale(0, 1, TOP + HEIGHT, TOP)
    edge = width - BESIDE
    place, scale = positions(knob.values, LEFT + 24, edge - 24)
    body = _left_axis((0, 0.25, 0.5, 0.75, 1), y, edge, lambda value: f"{100 * value:.0f}%", "refused after")
    body += _bottom_axis([(place[value], knob.format(value)) for value in knob.values], edge, f"{knob.name} ({scale})")
    body += _before_band(before, y, edge)
    nudge = min(9.0, 40.0 / max(len(series), 1))
    lines = marks = ""
    for index, one in enumerate(series):
        shift = (index - (len(series) - 1) / 2) * nudge
        at = [(place[point.x] + shift, point) for point in one.points]
        path = "L".join(f"{fixed(px)} {fixed(y.at(point.rate))}" for px, point in at)
        lines += tag("path", d="M" + path, class_="seed-line")
        for px, point in at:
            marks += line(px, y.at(point.low), px, y.at(point.high), "whisker")
            marks += shape(SHAPES[index % len(SHAPES)], px, y.at(point.rate))
    legend, extra = _legend(series, width) if len(series) > 1 else ("", 0.0)
    return Drawing(body + lines + marks + legend, TOP + HEIGHT + BOTTOM + extra)


def positions(values: Sequence[float], start: float, end: float) -> tuple[dict[float, float], str]:
    """Where each value of a knob stands, and the scale in words: the scale that keeps neighbours furthest apart.

    Where even that would put labels on each other, values stand in equal steps.
    """
    tried = {"linear scale": Scale(values[0], values[-1], start, end)}
    if values[0] > 0:
        tried["logarithmic scale"] = Scale(values[0], values[-1], start, end, log=True)
    closest = {name: _closest([scale.at(v) for v in values]) for name, scale in tried.items()}
    best = max(closest, key=lambda name: closest[name])
    if len(values) > 1 and closest[best] < 38:
        step = (end - start) / (len(values) - 1)
        return {value: start + index * step for index, value in enumerate(values)}, "equal steps, not to scale"
    return {value: tried[best].at(value) for value in values}, best


def shape(name: str, x: float, y: float) -> str:
    """A small mark; each seed has its own."""
    if name == "circle":
        return tag("circle", cx=x, cy=y, r=4.5, class_="mark seed")
    corners = {
        "square": ((-4, -4), (4, -4), (4, 4), (-4, 4)),
        "triangle": ((0, -5.5), (5.2, 4), (-5.2, 4)),
        "diamond": ((0, -5.8), (5.8, 0), (0, 5.8), (-5.8, 0)),
        "cross": (
            (-5, -2),
            (-2, -2),
            (-2, -5),
            (2, -5),
            (2, -2),
            (5, -2),
            (5, 2),
            (2, 2),
            (2, 5),
            (-2, 5),
            (-2, 2),
            (-5, 2),
        ),
        "bar": ((-6, -2), (6, -2), (6, 2), (-6, 2)),
    }[name]
    points = " ".join(f"{fixed(x + dx)},{fixed(y + dy)}" for dx, dy in corners)
    return tag("polygon", points=points, class_="mark seed")


def _closest(places: Sequence[float]) -> float:
    return min((b - a for a, b in itertools.pairwise(places)), default=float("inf"))


def _left_axis(marks: Sequence[float], y: Scale, edge: float, form: Callable[[float], str], name: str) -> str:
    body = label(0, 12, name, "axis")
    for value in marks:
        at = y.at(value)
        body += line(LEFT, at, edge, at, "grid") + label(LEFT - 8, at + 4, form(value), "tick", "end")
    return body


def _bottom_axis(marks: Sequence[tuple[float, str]], edge: float, name: str) -> str:
    body, floor = "", TOP + HEIGHT
    for at, words in marks:
        body += line(at, floor, at, floor + 5, "grid") + label(at, floor + 19, words, "tick", "middle")
    return body + label((LEFT + edge) / 2, floor + 40, name, "axis", "middle")


def _before_band(before: tuple[float, float], y: Scale, edge: float) -> str:
    low, high = y.at(before[0]), y.at(before[1])
    band = tag("rect", x=LEFT, y=high, width=edge - LEFT, height=max(low - high, 0), class_="band")
    dashes = line(LEFT, high, edge, high, "dashed")
    return band + dashes + label(edge + 6, (low + high) / 2 + 4, "before", "tick")


def _legend(series: Sequence[Series], width: float) -> tuple[str, float]:
    """A mark and a name for each seed, in as many lines as they need, and their height."""
    body, x, y = "", LEFT, TOP + HEIGHT + BOTTOM + 14
    for index, one in enumerate(series):
        room = text_width(one.name) + 26
        if x > LEFT and x + room > width:
            x, y = LEFT, y + 20
        body += shape(SHAPES[index % len(SHAPES)], x + 6, y - 4) + label(x + 16, y, one.name)
        x += room
    return body, y + 8 - (TOP + HEIGHT + BOTTOM)

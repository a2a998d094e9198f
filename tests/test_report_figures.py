"""Drawings: scales, places, shapes and what they say to those who do not see them."""

import itertools
import json
import math
import re
from pathlib import Path

import pytest
from example_runs import make_many, make_run
from hypothesis import given, settings
from hypothesis import strategies as st
from page_reader import written

from driftlab.records import Outcome
from driftlab.report import curves, figures, flows, intervals, knobs, svg
from driftlab.report.loading import load_runs


@pytest.fixture(scope="module")
def pocket_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_run(tmp_path_factory.mktemp("runs") / "pocket-plans-s0-1a2b3c4d")


@pytest.fixture(scope="module")
def many_runs(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return make_many(tmp_path_factory.mktemp("many"))


@given(st.floats(-1e3, 1e3), st.floats(1e-3, 1e3), st.integers(2, 8))
def test_ticks_cover_the_range_in_round_steps(low: float, span: float, about: int) -> None:
    marks = svg.ticks(low, low + span, about)
    assert marks[0] <= low + 1e-6 * span
    assert marks[-1] >= low + span - 1e-6 * span
    assert 2 <= len(marks) <= 2 * about + 3


@given(st.lists(st.floats(0, 300), min_size=1, max_size=4), st.floats(5, 40))
def test_spread_keeps_labels_apart_and_inside(wanted: list[float], gap: float) -> None:
    placed = svg.spread(sorted(wanted), gap, 0, 300)
    assert all(b - a >= gap - 1e-9 for a, b in itertools.pairwise(placed))
    assert placed[-1] <= 300
    assert placed[0] >= -1e-9


def test_spread_leaves_places_that_fit() -> None:
    assert svg.spread([10, 100, 200], 30, 0, 300) == [10, 100, 200]


@given(st.lists(st.integers(0, 200), min_size=16, max_size=16).filter(any))
@settings(max_examples=50)
def test_ribbons_fill_their_bars_and_keep_in_the_drawing(counts: list[int]) -> None:
    outcomes = list(Outcome)
    table = {b: {a: counts[4 * i + j] for j, a in enumerate(outcomes)} for i, b in enumerate(outcomes)}
    ribbons = flows._ribbons(table)
    unit = ribbons[0].thickness / ribbons[0].number
    assert sum(ribbon.number for ribbon in ribbons) == sum(counts)
    assert all(math.isclose(r.thickness, r.number * unit) for r in ribbons)
    for side in ("left", "right"):
        tops = sorted((getattr(r, side), r.thickness) for r in ribbons)
        assert all(y + t <= other + 1e-6 for (y, t), (other, _) in itertools.pairwise(tops))
        assert tops[-1][0] + tops[-1][1] <= flows.TOP + flows.HEIGHT + 1e-6
    assert flows.in_words(table, "request").startswith(f"Of {sum(counts):,} request")


@given(st.sets(st.floats(1e-6, 1e3), min_size=1, max_size=8))
def test_knob_values_stand_in_order_and_apart(values: set[float]) -> None:
    places, scale = curves.positions(sorted(values), 0, 560)
    ordered = [places[value] for value in sorted(values)]
    assert ordered == sorted(ordered)
    assert all(b - a >= 38 for a, b in itertools.pairwise(ordered))
    assert scale in ("linear scale", "logarithmic scale", "equal steps, not to scale")


def test_scales_are_chosen_by_what_keeps_values_apart() -> None:
    assert curves.positions([4, 8, 32, 64], 0, 560)[1] == "logarithmic scale"
    assert curves.positions([0.0, 0.5, 1.0], 0, 560)[1] == "linear scale"
    assert curves.positions([0.0, 0.001, 1.0], 0, 560)[1] == "equal steps, not to scale"


def test_long_loss_curves_are_thinned_and_keep_their_end() -> None:
    log = [(step, 1.0) for step in range(5_003)]
    shown = curves.thinned(log)
    assert len(shown) <= curves.MOST_POINTS + 1
    assert shown[0] == log[0]
    assert shown[-1] == log[-1]
    assert curves.thinned(log[:7]) == log[:7]
    assert curves.thinned([]) == []


def test_numbers_of_a_row_are_drawn_where_they_belong() -> None:
    axis = intervals.share_axis("share", "numbers")
    row = intervals.Row("a", 0.5, 0.25, 0.75, "50%")
    drawing = intervals.draw([row], axis, svg.WIDE)
    xs = [float(x) for x in re.findall(r'<line x1="([\d.]+)"[^>]*class="grid"', drawing.body)]
    left, right = xs[0], xs[-1]
    whisker = re.search(r'<line x1="([\d.]+)" y1="[\d.]+" x2="([\d.]+)"[^>]*class="whisker"', drawing.body)
    assert whisker
    assert [float(x) for x in whisker.groups()] == pytest.approx(
        [left + (right - left) / 4, left + 3 * (right - left) / 4], abs=0.2
    )


def test_text_and_attributes_of_drawings_are_escaped() -> None:
    assert svg.tag("text", "<b>", fill='"><script>') == '<text fill="&quot;&gt;&lt;script&gt;">&lt;b&gt;</text>'
    assert (
        svg.label(0, 0, "a\u202eb") == '<text x="0" y="0" class="label" text-anchor="start">a\u27e8U+202E\u27e9b</text>'
    )


def test_each_seed_has_its_rate_before_as_a_ring(many_runs: list[Path]) -> None:
    runs = load_runs(many_runs[:6])
    body = figures.seeds(knobs.settings(runs)[0]).draw(svg.WIDE, "x").body
    rings = [float(x) for x in re.findall(r'<circle cx="([\d.]+)"[^>]*class="mark before"', body)]
    squares = [float(x) + 5 for x in re.findall(r'<rect x="([\d.]+)"[^>]*class="mark after"', body)]
    refusals = [run.record["statistics"]["refusal"] for run in runs]
    assert [ring > square for ring, square in zip(rings, squares, strict=True)] == [True] * 6
    order = sorted(range(6), key=lambda i: refusals[i]["after"]["value"])
    assert [squares[i] for i in order] == sorted(squares)


def test_alt_text_holds_every_number_of_the_figure(pocket_run: Path, tmp_path: Path) -> None:
    page = written([pocket_run], tmp_path)
    record = json.loads((pocket_run / "record.json").read_text())
    alts = " ".join(e.text for e in page.all("desc"))
    for comparison in (record["statistics"]["refusal"], record["statistics"]["over_refusal"]):
        assert f"{100 * comparison['after']['low']:.1f} to {100 * comparison['after']['high']:.1f}%" in alts
    for before, row in record["statistics"]["transitions"]["off_limits"].items():
        for after, count in row.items():
            assert not count or before == after or f"{count} went from {before} to {after}" in alts

"""The simulation of `benchmarks/coverage.py`, small: ours cover and hold their size; others do not, where it matters.

The bounds are wide enough for the few draws here. The large run is recorded, and the record held to what is said of it.
"""

import importlib
import json
import statistics
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from driftlab import stats
from driftlab.report.coverage_figure import GROUPS, coverage_figure
from driftlab.report.standalone import write_svg

ROOT = Path(__file__).resolve().parents[1]
sys.path.append(str(ROOT / "benchmarks"))

coverage = importlib.import_module("coverage")
families = importlib.import_module("simulated.families")
judges = importlib.import_module("simulated.judges")
pairs = importlib.import_module("simulated.pairs")


@pytest.fixture(scope="module")
def recorded() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((ROOT / "recorded" / "coverage.json").read_text(encoding="utf-8"))
    return found


def by_method(rows: Iterable[Any], pick: Callable[[list[float]], float]) -> dict[tuple[str, str], float]:
    """One share for each method and size, of those over its scenarios."""
    found: dict[tuple[str, str], list[float]] = {}
    for row in rows:
        found.setdefault((row.method, row.size), []).append(row.share)
    return {key: pick(shares) for key, shares in found.items()}


def test_the_paired_interval_covers_at_every_size_and_walds_does_not() -> None:
    lowest = by_method(pairs.intervals(np.random.default_rng(1), 200), min)
    for size in pairs.SIZES:
        assert lowest["Newcombe, paired (ours)", f"{size} pairs"] >= 0.89  # 0.95 less four standard errors
    assert lowest["Wald, paired", "20 pairs"] < 0.5
    assert lowest["Wald, paired", "50 pairs"] < 0.75
    assert max(lowest["exact given the changes", f"{size} pairs"] for size in pairs.SIZES) < 0.6


def test_tests_hold_their_size_and_the_careless_do_not() -> None:
    highest = by_method(pairs.tests(np.random.default_rng(1), 200), max)
    for size in pairs.SIZES:
        assert highest["exact McNemar (ours)", f"{size} pairs"] <= 0.05 + 3 * 0.0154
        assert highest["equivalence (ours)", f"{size} pairs"] <= 0.06 + 3 * 0.0168
    assert highest["Newcombe's 90% within", "20 pairs"] > 0.08
    assert highest["side chosen after the fact", "500 pairs"] > 0.07


def test_the_corrected_difference_covers_and_the_normal_interval_and_the_judge_do_not(monkeypatch: Any) -> None:
    monkeypatch.setattr(judges, "SIZES", ((200, 20), (200, 50)))
    rows = list(judges.corrected(np.random.default_rng(1), 60))
    lowest, mean = by_method(rows, min), by_method(rows, statistics.fmean)
    for size in ("20 of 200 labelled", "50 of 200 labelled"):
        assert lowest["PPI++, two more (ours)", size] >= 0.83  # 0.95 less four standard errors of 60 draws
        assert mean["PPI++, two more (ours)", size] >= 0.95
        assert mean["judge, uncorrected", size] < 0.85
        assert lowest["Rogan-Gladen per arm", size] < 0.4
    assert lowest["PPI++, normal interval", "20 of 200 labelled"] < 0.85
    errors: dict[str, list[float]] = {}
    for row in rows:
        errors.setdefault(row.method, []).append(row.error)
    assert statistics.fmean(errors["PPI++, two more (ours)"]) < statistics.fmean(errors["labels alone"])
    assert statistics.fmean(errors["labels alone"]) < statistics.fmean(errors["Rogan-Gladen per arm"])


def test_drawing_families_covers_where_drawing_pairs_does_not(monkeypatch: Any) -> None:
    monkeypatch.setattr(families, "FAMILIES", ((7, 32), (50, 4)))
    monkeypatch.setattr(families, "RESAMPLES", 300)
    mean = by_method(families.clustered(np.random.default_rng(1), 50), statistics.fmean)
    for count, each in families.FAMILIES:
        assert mean["families, moved out (ours)", f"{count} families of {each}"] >= 0.86
    assert mean["pairs, percentiles", "7 families of 32"] < 0.75
    assert mean["Newcombe, pairs", "7 families of 32"] < 0.75
    assert mean["families, percentiles", "7 families of 32"] < mean["families, moved out (ours)", "7 families of 32"]


def test_drawing_seeds_too_covers_where_seeds_differ(monkeypatch: Any) -> None:
    monkeypatch.setattr(families, "FAMILIES", ((50, 4),))
    monkeypatch.setattr(families, "RESAMPLES", 300)
    rows = [row for row in families.over_seeds(np.random.default_rng(1), 30) if "by 0.4" in row.scenario]
    mean = by_method(rows, statistics.fmean)
    for seeds in families.SEEDS:
        assert mean["seeds and families (ours)", f"{seeds} seeds"] >= 0.8
    assert mean["families alone", "3 seeds"] < 0.75


def rows_of(recorded: dict[str, Any], method: str) -> list[dict[str, Any]]:
    return [row for row in recorded["rows"] if row["method"].startswith(method)]


def test_the_record_is_what_is_said_of_it(recorded: dict[str, Any]) -> None:
    """In the docstrings of `driftlab.stats` and in docs/decisions.md."""
    assert recorded["kind"] == "simulated"
    assert recorded["command"] == coverage.COMMAND
    assert min(row["lowest"] for row in rows_of(recorded, "Newcombe, paired")) >= 0.935
    assert max(row["highest"] for row in rows_of(recorded, "exact McNemar")) <= 0.05
    assert max(row["highest"] for row in rows_of(recorded, "equivalence")) <= 0.065
    assert max(row["highest"] for row in rows_of(recorded, "Newcombe's 90% within")) > 0.1
    assert min(row["lowest"] for row in rows_of(recorded, "PPI++, two more")) >= 0.93
    assert round(min(row["lowest"] for row in rows_of(recorded, "PPI++, normal")), 2) == 0.75
    by_families = {row["method"]: row for row in recorded["rows"] if row["size"] == "7 families of 32"}
    said = ("families, moved out (ours)", 0.90), ("families, percentiles", 0.83), ("pairs, percentiles", 0.52)
    for method, share in said:
        assert round(by_families[method]["lowest"], 2) == share
    assert min(row["lowest"] for row in rows_of(recorded, "exact given")) < 0.4


def test_the_recorded_power_is_what_is_computed(recorded: dict[str, Any]) -> None:
    assert recorded["power"] == coverage.power()


def test_the_page_shows_the_record(recorded: dict[str, Any]) -> None:
    page = (ROOT / "docs" / "statistics.md").read_text(encoding="utf-8")
    for row in recorded["power"]["needed"]:
        counts = " | ".join(f"{count:,}" for count in row["pairs"].values())
        assert f"| {100 * row['drop']:.0f} points | {counts} |" in page
    for row in coverage_rows(recorded):
        assert row in page, row


def coverage_rows(recorded: dict[str, Any]) -> list[str]:
    """The table of docs/statistics.md: ours, and beside it another method of the same group."""
    shown = {
        "paired difference": ("Newcombe, paired (ours)", "Wald, paired", "Wald"),
        "the same, requests in families": ("families, moved out (ours)", "pairs, percentiles", "bootstrap of pairs"),
        "the same, corrected by labels": ("PPI++, two more (ours)", "PPI++, normal interval", "PPI++, normal interval"),
    }
    found = []
    for name, (ours, others, called) in shown.items():
        for one, other in zip(rows_of(recorded, ours), rows_of(recorded, others), strict=True):
            assert one["size"] == other["size"]
            found.append(f"| {name}, {one['size']} | {one['lowest']:.2f} | {other['lowest']:.2f} ({called}) |")
    return found


@pytest.mark.parametrize("group", GROUPS)
def test_the_figures_are_drawn_from_the_record_and_say_that_they_are_simulated(
    group: str, recorded: dict[str, Any], tmp_path: Path
) -> None:
    figure = coverage_figure(recorded, group)
    drawn = write_svg(figure, tmp_path / "drawn.svg").read_text(encoding="utf-8")
    assert drawn == (ROOT / "recorded" / f"coverage-{group}.svg").read_text(encoding="utf-8")
    assert figure.kind == "Simulated"
    assert ">Simulated. " in drawn
    for row in recorded["rows"]:
        if row["group"] == group:
            assert f"{100 * row['median']:.1f}% ({100 * row['lowest']:.1f} to {100 * row['highest']:.1f})" in figure.alt
    for width in (340, 680):
        assert figure.draw(width, "f").height > 100


def test_needing_fewer_pairs_than_there_are_is_how_a_drop_is_seen() -> None:
    for drop in coverage.DROPS:
        needed = stats.pairs_needed(drop, 0.02)
        found = stats.detectable_drop(needed, 0.02)
        assert found is not None
        assert found <= drop
